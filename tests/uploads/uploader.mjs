//! Somebody who may upload, and the tus client that the world uses.
import { Keyferry } from "@keyferry/sdk";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Upload } from "tus-js-client";
import { startRelay } from "../support/relay.mjs";

/** Starts a relay and registers somebody with an organization there. */
export async function uploader(words = []) {
  const relay = await startRelay({ words });
  const { organization, authorization } = await found(relay.url);
  return new Uploader(relay, organization, authorization);
}

/** A relay, and what a tus client must say to upload there. */
export class Uploader {
  constructor(relay, organization, authorization) {
    Object.assign(this, { relay, organization, authorization, endpoint: `${relay.url}/v1/uploads` });
    this.headers = { authorization };
  }

  /** Prepares an upload by tus-js-client, to be started. `finished` resolves with it when it succeeded. */
  prepare(source, options = {}) {
    let upload;
    const finished = new Promise((resolve, reject) => {
      upload = new Upload(source, {
        endpoint: this.endpoint,
        headers: this.headers,
        metadata: { organization: this.organization },
        retryDelays: null,
        onSuccess: () => resolve(upload),
        onError: reject,
        ...options,
      });
    });
    return { upload, finished };
  }

  /** Sends a tus request as it is. */
  tus(method, url, headers = {}, body) {
    return fetch(url, { method, headers: { ...this.headers, "tus-resumable": "1.0.0", ...headers }, body });
  }

  /** SHA-256 in hex of the bytes that the relay keeps for an upload. */
  kept(url) {
    const folder = join(this.relay.dataFolder, "content", new URL(url).pathname.split("/").at(-1));
    const hash = createHash("sha256");
    // Parts are named by where they begin.
    for (const part of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, part)));
    return hash.digest("hex");
  }
}

/** Registers by the SDK; the token is read off its requests, since the SDK hands it to nobody. */
async function found(url) {
  const { fetch } = globalThis;
  let authorization;
  globalThis.fetch = (address, init) => {
    authorization = new Headers(init?.headers).get("authorization") ?? authorization;
    return fetch(address, init);
  };
  try {
    const ferry = await Keyferry.connect(url);
    const session = await ferry.register({ email: "up@example.org", passphrase: "seven otters rowed copper kettles" });
    const organization = await session.organizations.create({ name: "Uploads" });
    return { organization: organization.id, authorization };
  } finally {
    globalThis.fetch = fetch;
  }
}
