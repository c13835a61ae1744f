//! The yardstick for uploads: `PUT` a body, get 204 once its bytes are on the disk. Run as a program, it prints
//! `listening on URL` and keeps what it receives in the folder it is given.
import { createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

const folder = process.argv[2];
const CORS = { "access-control-allow-origin": "*", "access-control-allow-methods": "PUT", "access-control-max-age": "600" };
let received = 0;

const server = createServer(async (request, response) => {
  if (request.method !== "PUT") {
    response.writeHead(204, CORS).end();
    return;
  }
  const path = join(folder, String(received++));
  await pipeline(request, createWriteStream(path, { highWaterMark: 1024 * 1024 }));
  await sync(path);
  await sync(folder);
  response.writeHead(204, CORS).end();
  await rm(path);
});
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));

/** fsync of a file, or of the folder that names it. */
async function sync(path) {
  const handle = await open(path, "r");
  await handle.sync();
  await handle.close();
}
