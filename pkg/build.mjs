// Builds dist/ around the bindings in dist/wasm: the integrity of the module, the declarations, the bundled scripts.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
const dist = join(folder, "dist");
const wasm = join(dist, "wasm");

const glue = join(wasm, "keyferry.js");
/** Kept beside the minified one, for when only the sources changed. */
const original = join(wasm, "keyferry.original");
const written = readFileSync(existsSync(original) ? original : glue, "utf8");
writeFileSync(original, written);
// Classes that nobody takes are left out of a bundle, unless something is done to them beside their declaration.
const bindingsSource = written.replace(/^if \(Symbol\.dispose\) .*$/gm, "");

for (const name of readdirSync(dist)) if (name !== "wasm") rmSync(join(dist, name), { recursive: true });

const fresh = join(wasm, "keyferry_bg.wasm");
const module = join(wasm, "keyferry.module");
if (existsSync(fresh)) renameSync(fresh, module);
const packer = await build({
  entryPoints: [join(folder, "src/pack.ts")],
  bundle: true,
  format: "esm",
  write: false,
  logLevel: "warning",
});
const { pack } = await import(`data:text/javascript;base64,${Buffer.from(packer.outputFiles[0].contents).toString("base64")}`);
const packed = pack(new Uint8Array(readFileSync(module)));
writeFileSync(join(wasm, "keyferry.packed"), packed);
const digest = createHash("sha256").update(packed).digest("base64");
writeFileSync(join(wasm, "integrity.js"), `export const WASM_INTEGRITY = "sha256-${digest}";\n`);
writeFileSync(join(wasm, "integrity.d.ts"), "export declare const WASM_INTEGRITY: string;\n");

const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
execFileSync(process.execPath, [tsc, "-p", folder, "--emitDeclarationOnly"], { stdio: "inherit" });

/** Sources name the bindings as if they lay beside them. They are shipped as wasm-bindgen wrote them, or bundled. */
const bindings = (result) => ({
  name: "bindings",
  setup({ onResolve }) {
    onResolve({ filter: /\/wasm\/[a-z]+\.js$/ }, ({ path }) => result(path.replace(/^.*\/wasm\//, "wasm/")));
  },
});

/** Hashing calls nothing outside the module, so the worker needs none of its imports but the one that starts it. */
const digestOnly = {
  name: "digest-only",
  setup({ onLoad }) {
    onLoad({ filter: /\/keyferry\.js$/ }, ({ path }) => {
      const [, start] = bindingsSource.match(/\n(        [\w$]+: function\(\) \{\n            const table = [^]*?\n        \},)/) ?? [];
      const all = /const import0 = \{[^]*?\n    \};/;
      if (!start || !all.test(bindingsSource)) throw new Error(`${path} is not as wasm-bindgen wrote it before`);
      const few = `const import0 = new Proxy({${start}}, { get: (known, name) => known[name] ?? (() => { throw new Error(name); }) });`;
      return { contents: bindingsSource.replace(all, () => few), loader: "js" };
    });
  },
};

const options = {
  absWorkingDir: folder,
  outdir: dist,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: true,
  external: ["node:*"],
  // Which entries have effects, package.json says of dist, not of the sources.
  ignoreAnnotations: true,
  logLevel: "warning",
};
await build({
  ...options,
  entryPoints: ["src/index.ts", "src/node.ts", "src/content.ts", "src/node-content.ts"],
  plugins: [bindings((path) => ({ path: `./${path}`, external: true }))],
  splitting: true,
  chunkNames: "[name]-[hash]",
});
// The bindings are shipped apart, as small as the rest; only workers start without waiting.
const { code } = await transform(bindingsSource.replace("export { initSync, ", "export { "), {
  format: "esm",
  target: "es2022",
  minify: true,
  treeShaking: true,
});
// The worker is one file without imports, so that every bundler can ship it as it is.
await build({
  ...options,
  entryPoints: ["src/content-worker.ts"],
  plugins: [bindings((path) => ({ path: join(dist, path) })), digestOnly],
});
writeFileSync(glue, code);
