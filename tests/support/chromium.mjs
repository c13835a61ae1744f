//! The browser: which one, with which flags, and how to launch it.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Flags without which headless Chromium talks to the network or does not start in a container. */
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The Chromium `KEYFERRY_CHROMIUM` names, else the distribution's. */
export function chromiumPath() {
  const path = process.env.KEYFERRY_CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(path)) throw new Error(`there is no Chromium at ${path}; set KEYFERRY_CHROMIUM`);
  return path;
}

/** Launches it for Playwright, with `flags` more. */
export function launchChromium(flags = []) {
  return chromium.launch({ executablePath: chromiumPath(), args: [...FLAGS, ...flags] });
}

/** Its name and version. */
export function chromiumVersion() {
  return execFileSync(chromiumPath(), ["--version"], { encoding: "utf8" }).trim().split(" built")[0];
}
