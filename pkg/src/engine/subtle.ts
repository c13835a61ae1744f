// WebCrypto's operations on keys and small records, as sdk-wasm/src/engine/host.rs calls them.
//
// Byte arguments are views of wasm memory, good only until the first `await`, so everything is copied before. Copies
// of secrets are wiped when the operation ends, whatever comes of it; what WebCrypto keeps inside, no one sees.
import type { Bytes } from "./rope.js";

/** A pair just generated. */
export interface KeyPair {
  readonly publicKey: Bytes;
  readonly privateKey: CryptoKey;
}

/** A private key sealed, and its handle that cannot be exported. */
export interface SealedKey {
  readonly ciphertext: Bytes;
  readonly handle: CryptoKey;
}

const GCM = "AES-GCM";
const RSA = "RSA-OAEP";

export function fillRandom(out: Bytes): void {
  crypto.getRandomValues(out);
}

export function pbkdf2(passphrase: Bytes, salt: Bytes, iterations: number): Promise<Bytes> {
  const params = { name: "PBKDF2", hash: "SHA-256", salt: salt.slice(), iterations };
  return withSecrets([passphrase], async ([passphrase]) => {
    const key = await crypto.subtle.importKey("raw", passphrase, "PBKDF2", false, ["deriveBits"]);
    return bytes(crypto.subtle.deriveBits(params, key, 256));
  });
}

export function aesSeal(key: Bytes, nonce: Bytes, aad: Bytes, plaintext: Bytes): Promise<Bytes> {
  const params = gcm(nonce, aad);
  return withSecrets([key, plaintext], async ([key, plaintext]) =>
    bytes(crypto.subtle.encrypt(params, await aesKey(key, "encrypt"), plaintext)));
}

export function aesOpen(key: Bytes, nonce: Bytes, aad: Bytes, sealed: Bytes): Promise<Bytes> {
  const params = gcm(nonce, aad);
  const input = sealed.slice();
  return withSecrets([key], async ([key]) =>
    bytes(crypto.subtle.decrypt(params, await aesKey(key, "decrypt"), input)));
}

/** Its private key is extractable: [`sealPrivateKey`] seals it and gives the handle to keep. */
export async function generatePair(algorithm: string, modulusBits: number): Promise<KeyPair> {
  const params = modulusBits > 0
    ? { name: RSA, hash: "SHA-256", modulusLength: modulusBits, publicExponent: new Uint8Array([1, 0, 1]) }
    : { name: algorithm };
  const pair = (await crypto.subtle.generateKey(params, true, usages(algorithm, true))) as CryptoKeyPair;
  const publicKey = await bytes(crypto.subtle.exportKey(modulusBits > 0 ? "spki" : "raw", pair.publicKey));
  return { publicKey, privateKey: pair.privateKey };
}

/** The key's bytes go from WebCrypto's `wrapKey` to its `unwrapKey` sealed; they are never seen here. */
export function sealPrivateKey(privateKey: CryptoKey, key: Bytes, nonce: Bytes, aad: Bytes): Promise<SealedKey> {
  const params = gcm(nonce, aad);
  return withSecrets([key], async ([key]) => {
    const wrapping = await aesKey(key, "wrapKey", "unwrapKey");
    const ciphertext = await bytes(crypto.subtle.wrapKey("pkcs8", privateKey, wrapping, params));
    return { ciphertext, handle: await unwrap(ciphertext, wrapping, params, privateKey.algorithm) };
  });
}

export function openPrivateKey(
  algorithm: string,
  modulusBits: number,
  key: Bytes,
  nonce: Bytes,
  aad: Bytes,
  sealed: Bytes,
): Promise<CryptoKey> {
  const params = gcm(nonce, aad);
  const input = sealed.slice();
  return withSecrets([key], async ([key]) => {
    const kind = modulusBits > 0 ? { name: RSA, hash: "SHA-256" } : { name: algorithm };
    const handle = await unwrap(input, await aesKey(key, "unwrapKey"), params, kind);
    const { modulusLength = 0 } = handle.algorithm as Partial<RsaHashedKeyAlgorithm>;
    if (modulusLength !== modulusBits) throw new DOMException("a key of another size", "DataError");
    return handle;
  });
}

export function reseal(
  key: Bytes,
  nonce: Bytes,
  aad: Bytes,
  sealed: Bytes,
  newKey: Bytes,
  newNonce: Bytes,
  newAad: Bytes,
): Promise<Bytes> {
  const [from, to, input] = [gcm(nonce, aad), gcm(newNonce, newAad), sealed.slice()];
  return withSecrets([key, newKey], async ([key, newKey]) => {
    const opened = await bytes(crypto.subtle.decrypt(from, await aesKey(key, "decrypt"), input));
    try {
      return await bytes(crypto.subtle.encrypt(to, await aesKey(newKey, "encrypt"), opened));
    } finally {
      opened.fill(0);
    }
  });
}

export function sign(key: CryptoKey, message: Bytes): Promise<Bytes> {
  return bytes(crypto.subtle.sign("Ed25519", key, message.slice()));
}

export function rsaWrap(publicKey: Bytes, label: Bytes, secret: Bytes): Promise<Bytes> {
  const [spki, params] = [publicKey.slice(), { name: RSA, label: label.slice() }];
  return withSecrets([secret], async ([secret]) => {
    const key = await crypto.subtle.importKey("spki", spki, { name: RSA, hash: "SHA-256" }, false, ["encrypt"]);
    return bytes(crypto.subtle.encrypt(params, key, secret));
  });
}

export function rsaUnwrap(key: CryptoKey, label: Bytes, wrapped: Bytes): Promise<Bytes> {
  return bytes(crypto.subtle.decrypt({ name: RSA, label: label.slice() }, key, wrapped.slice()));
}

export async function generateEphemeral(): Promise<KeyPair> {
  const pair = (await crypto.subtle.generateKey("X25519", false, ["deriveBits"])) as CryptoKeyPair;
  return { publicKey: await bytes(crypto.subtle.exportKey("raw", pair.publicKey)), privateKey: pair.privateKey };
}

export async function x25519(key: CryptoKey, publicKey: Bytes): Promise<Bytes> {
  const other = await crypto.subtle.importKey("raw", publicKey.slice(), "X25519", false, []);
  return bytes(crypto.subtle.deriveBits({ name: "X25519", public: other }, key, 256));
}

export function importContentKey(key: Bytes): Promise<CryptoKey> {
  return withSecrets([key], ([key]) => aesKey(key, "encrypt", "decrypt"));
}

/** Runs `operation` with copies of the secrets, and wipes them afterwards. */
async function withSecrets<const S extends readonly Bytes[], T>(
  secrets: S,
  operation: (copies: { [K in keyof S]: Bytes }) => Promise<T>,
): Promise<T> {
  const copies = secrets.map((secret) => secret.slice());
  try {
    return await operation(copies as { [K in keyof S]: Bytes });
  } finally {
    for (const copy of copies) copy.fill(0);
  }
}

function aesKey(key: Bytes, ...uses: KeyUsage[]): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, GCM, false, uses);
}

function unwrap(sealed: Bytes, key: CryptoKey, params: AesGcmParams, kind: KeyAlgorithm): Promise<CryptoKey> {
  return crypto.subtle.unwrapKey("pkcs8", sealed, key, params, kind, false, usages(kind.name, false));
}

/** What a private key is for; WebCrypto generates pairs for the uses of both halves. */
function usages(algorithm: string, pair: boolean): KeyUsage[] {
  if (algorithm === RSA) return pair ? ["encrypt", "decrypt"] : ["decrypt"];
  if (algorithm === "Ed25519") return pair ? ["sign", "verify"] : ["sign"];
  return ["deriveBits"];
}

function gcm(nonce: Bytes, aad: Bytes): AesGcmParams {
  return { name: GCM, iv: nonce.slice(), additionalData: aad.slice() };
}

async function bytes(buffer: Promise<ArrayBuffer>): Promise<Bytes> {
  return new Uint8Array(await buffer);
}
