//! What a page must never do: complain, break the content security policy, or put a secret where it stays.
import assert from "node:assert/strict";

/** Everything one browser context said and asked for. */
export class Watch {
  complaints = [];
  urls = [];
  tokens = new Set();
  #expected = [];

  constructor(context) {
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.#complain(`${message.text()} ${message.location().url}`);
    });
    context.on("weberror", (error) => this.#complain(`uncaught: ${error.error().stack}`));
    context.on("request", (request) => {
      this.urls.push(request.url());
      const [, token] = /^Bearer (.+)$/.exec(request.headers().authorization ?? "") ?? [];
      if (token) this.tokens.add(token);
    });
    // Chromium reports violations of CSP and Trusted Types in the console too; this catches those it only counts.
    context.addInitScript(() => {
      globalThis.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }

  /** Chromium logs every refused request: this one is what the test is about. */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  #complain(text) {
    if (!this.#expected.some((pattern) => pattern.test(text))) this.complaints.push(text);
  }

  /** Fails if anything was wrong, or if a secret (or a session's token) was in a URL or in the page's storage. */
  async assertClean(page, secrets) {
    assert.deepEqual(this.complaints, [], "the console is quiet");
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.ok(this.tokens.size > 0, "a session's token was seen");
    for (const secret of [...secrets, ...this.tokens]) {
      for (const place of [stored, page.url(), ...this.urls].map(decodeURIComponent)) {
        assert.ok(!place.includes(secret), `a secret is in ${place}`);
      }
    }
  }
}
