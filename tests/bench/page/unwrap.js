//! Unwrapping DEKs by the SDK's engine, beside WebCrypto alone and the HPKE packages of npm.
import { Aes256Gcm, CipherSuite as CoreSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { AeadId, CipherSuite, KdfId, KemId } from "hpke-js";
import initialize, { Unwraps } from "keyferry-vectors";
import { engineHost } from "../../../pkg/src/engine/host.ts";
import { inFlight } from "./rotation.js";

/** As many as the engine's own lanes would be too few for what waits less. */
const IN_FLIGHT = 16;
const INFO = new TextEncoder().encode("a wrap context is as long as this, more or less, with its labels, its suite, its ids and a key id of 32");
const RSA = { name: "RSA-OAEP", modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
const DEK = crypto.getRandomValues(new Uint8Array(32));

let runs;

/** Makes everything that is to be unwrapped, of one suite. */
export async function prepare(suite, count) {
  await initialize({ module_or_path: "/engine/keyferry_bg.wasm" });
  const unwraps = await Unwraps.prepare(engineHost, suite, count);
  const others = suite === "x25519-hpke" ? await x25519(count) : await rsa(count);
  runs = { keyferry: () => unwraps.run(), ...others };
  return Object.keys(runs);
}

/** Unwraps all of it once. */
export const run = (name) => runs[name]();

async function rsa(count) {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(RSA, false, ["encrypt", "decrypt"]);
  const label = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await crypto.subtle.encrypt({ name: "RSA-OAEP", label }, publicKey, DEK);
  return { raw: () => inFlight(count, IN_FLIGHT, () => crypto.subtle.decrypt({ name: "RSA-OAEP", label }, privateKey, wrapped)) };
}

async function x25519(count) {
  const { privateKey } = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]);
  const ephemeral = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]);
  const enc = await crypto.subtle.exportKey("raw", ephemeral.publicKey);
  const raw = async () => {
    const other = await crypto.subtle.importKey("raw", enc, "X25519", false, []);
    await crypto.subtle.deriveBits({ name: "X25519", public: other }, privateKey, 256);
  };
  const core = new CoreSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const js = new CipherSuite({ kem: KemId.DhkemX25519HkdfSha256, kdf: KdfId.HkdfSha256, aead: AeadId.Aes256Gcm });
  const peers = Object.entries({ "@hpke/core": core, "hpke-js": js });
  const opens = await Promise.all(peers.map(async ([name, suite]) => [name, await opening(suite, count)]));
  return { raw: () => inFlight(count, IN_FLIGHT, raw), ...Object.fromEntries(opens) };
}

/** Opens as many boxes sealed by a package, its own way. */
async function opening(suite, count) {
  const pair = await suite.kem.generateKeyPair();
  const sealed = await suite.seal({ recipientPublicKey: pair.publicKey, info: INFO }, DEK);
  const open = () => suite.open({ recipientKey: pair.privateKey, enc: sealed.enc, info: INFO }, sealed.ct);
  return () => inFlight(count, IN_FLIGHT, open);
}
