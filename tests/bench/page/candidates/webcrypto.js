//! The yardstick: AES-256-GCM by WebCrypto in 16 KiB calls, nothing else done, as well pipelined as it goes.

const CHUNK = 16 * 1024;
const SEALED_CHUNK = CHUNK + 16;

export const name = "webcrypto";
export const about = "WebCrypto AES-256-GCM, 16 KiB calls";

/** Calls in flight at a time, and how: measured in `shapes`, the fastest is taken. */
const SHAPES = [
  { flight: 16, order: "batch" },
  { flight: 64, order: "batch" },
  { flight: 256, order: "batch" },
  { flight: 1024, order: "batch" },
  { flight: 32, order: "sliding" },
  { flight: 128, order: "sliding" },
  { flight: 512, order: "sliding" },
];

export async function prepare(input) {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const sealed = new Uint8Array((input.length / CHUNK) * SEALED_CHUNK);
  const state = { key, input, sealed, shape: SHAPES[1] };
  await each(state.shape, input, CHUNK, (index, chunk) => crypto.subtle.encrypt(gcm(index), key, chunk), sealed);
  state.shape = await fastest(state);
  state.about = `${about}, ${state.shape.order} of ${state.shape.flight}`;
  return state;
}

export const seal = ({ key, input, shape }) =>
  each(shape, input, CHUNK, (index, chunk) => crypto.subtle.encrypt(gcm(index), key, chunk));

export const open = ({ key, sealed, shape }) =>
  each(shape, sealed, SEALED_CHUNK, (index, chunk) => crypto.subtle.decrypt(gcm(index), key, chunk));

function gcm(index) {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, index);
  return { name: "AES-GCM", iv };
}

/** Runs `operation` over every chunk; returns how many bytes came out, and keeps them in `kept` if that is given. */
async function each({ flight, order }, input, chunkBytes, operation, kept) {
  const chunks = input.length / chunkBytes;
  let bytes = 0;
  const take = (result) => {
    kept?.set(new Uint8Array(result), bytes);
    bytes += result.byteLength;
  };
  const start = (index) => operation(index, input.subarray(index * chunkBytes, (index + 1) * chunkBytes));
  if (order === "batch") {
    for (let first = 0; first < chunks; first += flight) {
      const batch = [];
      for (let index = first; index < Math.min(first + flight, chunks); index++) batch.push(start(index));
      (await Promise.all(batch)).forEach(take);
    }
    return { bytes };
  }
  const flying = new Array(flight);
  for (let index = 0; index < chunks + flight; index++) {
    const slot = index % flight;
    if (index >= flight) take(await flying[slot]);
    if (index < chunks) flying[slot] = start(index);
  }
  return { bytes };
}

/** Times every shape twice over a part of the input and returns the one with the best time. */
async function fastest({ key, input }) {
  const part = input.subarray(0, Math.min(input.length, 64 * 1024 * 1024));
  let best;
  for (const shape of [...SHAPES, ...SHAPES]) {
    const began = performance.now();
    await seal({ key, input: part, shape });
    const took = performance.now() - began;
    if (!best || took < best.took) best = { took, shape };
  }
  return best.shape;
}
