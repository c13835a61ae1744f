//! Incompressible input, made in the page.

/** `bytes` random bytes: getRandomValues gives at most 64 KiB at a time. */
export function randomBytes(bytes) {
  const input = new Uint8Array(bytes);
  for (let from = 0; from < bytes; from += 65536) crypto.getRandomValues(input.subarray(from, Math.min(from + 65536, bytes)));
  return input;
}
