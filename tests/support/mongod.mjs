//! A real MongoDB replica set of one, for a run of its own.
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { temporaryFolder } from "./folder.mjs";
import { start } from "./process.mjs";

/**
 * The server `KEYFERRY_TEST_MONGODB_URI` names, else one started from `KEYFERRY_MONGOD` or the `mongod` on PATH;
 * resolves once it takes writes. Without any of them it fails, loudly.
 */
export async function startMongod() {
  const running = process.env.KEYFERRY_TEST_MONGODB_URI;
  if (running) return { uri: running, stop: async () => {} };
  const folder = temporaryFolder("mongod");
  const port = await freePort();
  const words = ["--dbpath", folder, "--port", port, "--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", "rs0"];
  const small = ["--oplogSize", "16", "--wiredTigerCacheSizeGB", "0.25"];
  const quiet = ["--setParameter", "diagnosticDataCollectionEnabled=false", "--logpath", join(folder, "mongod.log")];
  const program = await start(process.env.KEYFERRY_MONGOD || "mongod", [...words, ...small, ...quiet].map(String)).catch((cause) => {
    throw new Error("NO MONGODB: set KEYFERRY_TEST_MONGODB_URI or KEYFERRY_MONGOD, or have mongod on PATH", { cause });
  });
  await initiate(port);
  return { uri: `mongodb://127.0.0.1:${port}/?replicaSet=rs0`, stop: () => program.stop() };
}

/** Runs `work` with the database of that name. */
export async function withDatabase(uri, name, work) {
  const client = await MongoClient.connect(uri);
  try {
    return await work(client.db(name));
  } finally {
    await client.close();
  }
}

async function initiate(port) {
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  const admin = client.db("admin");
  await admin.command({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: `127.0.0.1:${port}` }] } });
  const deadline = performance.now() + 30_000;
  while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
    if (performance.now() > deadline) throw new Error("mongod did not become writable");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await client.close();
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}
