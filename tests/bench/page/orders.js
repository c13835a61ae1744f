//! A page that drives itself: asks for an order, does it, reports. No debugger need be attached: one that is copies
//! every request's body.

/** Does what the server at this origin asks for, until the page is closed. */
export async function obey(orders) {
  for (;;) {
    const { name, words } = await (await fetch("/orders")).json();
    const report = {};
    try {
      report.result = await orders[name](...words);
    } catch (error) {
      report.error = `${name}: ${error.code ?? ""} ${error.stack ?? error}`;
    }
    await fetch("/report", { method: "POST", body: JSON.stringify(report) });
  }
}

/** A file in the origin private file system. */
export const handle = async (name) => (await navigator.storage.getDirectory()).getFileHandle(name, { create: true });

const PIECE = 1024 * 1024;

/** Writes a file of random content: a random mebibyte, numbered, again and again. */
export async function writeFile(name, bytes) {
  const sink = await (await handle(name)).createWritable();
  const piece = new Uint8Array(PIECE);
  for (let from = 0; from < PIECE; from += 65536) crypto.getRandomValues(piece.subarray(from, from + 65536));
  for (let number = 0; number < bytes / PIECE; number++) {
    new DataView(piece.buffer).setUint32(0, number);
    await sink.write(piece);
  }
  await sink.close();
}
