//! A Chromium with no debugger attached: its page asks a loopback server what to do, and reports back.
import { chromiumPath, FLAGS } from "../support/chromium.mjs";
import { start } from "../support/process.mjs";
import { serveSite } from "../support/site.mjs";

/** The server side: hands out one order at a time and waits for its report. */
export class Orders {
  #waiting = [];
  #given;

  /** Serves the page from `folders` and the orders beside it. */
  static async serve(folders) {
    const orders = new Orders();
    orders.site = await serveSite(folders, {
      routes: {
        "/orders": (_, response) => orders.#waiting.push(response),
        "/report": (request, response) => void orders.#report(request, response),
      },
    });
    return orders;
  }

  /** Waits until a page asks for an order. */
  async ready() {
    while (!this.#waiting.length) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Has the page do `name` and resolves with its report. */
  async give(name, ...words) {
    await this.ready();
    const response = this.#waiting.shift();
    const reported = new Promise((resolve, reject) => (this.#given = { resolve, reject }));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ name, words }));
    return reported;
  }

  async #report(request, response) {
    let text = "";
    for await (const piece of request) text += piece;
    response.writeHead(204).end();
    const { result, error } = JSON.parse(text);
    if (error) this.#given.reject(new Error(error));
    else this.#given.resolve(result);
  }

  /** The next page to ask is another browser's. */
  forget() {
    this.#waiting = [];
  }

  close() {
    this.site.close();
  }
}

/** Starts Chromium on `url` with the profile in `profile`, with `flags` more. */
export function startChromium(profile, url, flags = []) {
  const words = ["--headless=new", `--user-data-dir=${profile}`, ...FLAGS, ...flags, url];
  return start(chromiumPath(), words, {});
}
