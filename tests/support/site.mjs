//! A static site on a free loopback port, from several folders.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/**
 * Serves `folders` (URL prefix to folder; the longest matching prefix wins). `routes` maps a path to a handler
 * `(request, response)` that goes first. Resolves with its `url` and `close()`.
 */
export async function serveSite(folders, { routes = {}, headers = {} } = {}) {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://site").pathname);
    if (routes[path]) return void routes[path](request, response);
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    const inside = prefix && normalize(path.slice(prefix.length) || "index.html");
    const file = inside && !inside.startsWith("..") && join(folders[prefix], inside);
    if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...headers });
    createReadStream(file).pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A test that failed before it could close the site still ends.
  server.unref();
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
