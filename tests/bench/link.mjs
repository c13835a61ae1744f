//! A link of limited bandwidth: a TCP proxy with a token bucket on what goes up. Run as a program:
//! `node link.mjs TARGET_PORT MEGABITS_PER_SECOND`; it prints `listening on URL`.
import { connect, createServer } from "node:net";

const [targetPort, megabits] = process.argv.slice(2).map(Number);
const bytesPerMs = (megabits * 1e6) / 8 / 1000;
/** What the bucket may hold: enough to make up for a timer that fires late, too little to lift the average. */
const BURST_MS = 20;

/** When the link will have sent everything it took so far, in performance.now() milliseconds. One link for all. */
let busyUntil = 0;

const server = createServer((near) => {
  const far = connect(targetPort, "127.0.0.1");
  near.on("data", (piece) => {
    near.pause();
    const now = performance.now();
    busyUntil = Math.max(busyUntil, now - BURST_MS) + piece.length / bytesPerMs;
    const forward = () => far.write(piece, () => near.resume());
    if (busyUntil <= now) forward();
    else setTimeout(forward, busyUntil - now);
  });
  near.on("end", () => far.end());
  far.pipe(near);
  for (const [socket, other] of [[near, far], [far, near]]) socket.on("error", () => other.destroy());
  near.on("close", () => far.destroy());
});
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
