//! libsodium-wrappers: secretstream (XChaCha20-Poly1305), 64 KiB messages.
import sodium from "libsodium-wrappers";

const MESSAGE = 64 * 1024;

export const name = "libsodium";
export const about = "libsodium-wrappers secretstream, 64 KiB messages";

export async function prepare(input) {
  await sodium.ready;
  const key = sodium.crypto_secretstream_xchacha20poly1305_keygen();
  const sealed = [];
  const { header } = seal({ key, input }, (piece) => sealed.push(piece));
  return { key, input, header, sealed };
}

export function seal({ key, input }, take = () => {}) {
  const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
  let bytes = header.length;
  for (let from = 0; from < input.length; from += MESSAGE) {
    const last = from + MESSAGE >= input.length;
    const tag = last
      ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
      : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    const message = input.subarray(from, from + MESSAGE);
    const piece = sodium.crypto_secretstream_xchacha20poly1305_push(state, message, null, tag);
    bytes += piece.length;
    take(piece);
  }
  return { header, bytes };
}

export function open({ key, header, sealed }) {
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, key);
  let bytes = 0;
  for (const piece of sealed) bytes += sodium.crypto_secretstream_xchacha20poly1305_pull(state, piece, null).message.length;
  return { bytes };
}
