//! A person at the web app: one browser context, one account, and what one does with mouse and keyboard.
import assert from "node:assert/strict";
import { Watch } from "./watch.mjs";

const LONG = { timeout: 120_000 };

/** Somebody with a browser of their own. */
export class Person {
  /** Opens the app in a fresh context. */
  static async arrive(browser, url, email) {
    const context = await browser.newContext({ acceptDownloads: true, reducedMotion: "reduce" });
    const watch = new Watch(context);
    // Headless Chromium has no file dialog; without it the app saves by a download, which can be looked at.
    await context.addInitScript(() => delete globalThis.showSaveFilePicker);
    const page = await context.newPage();
    await page.goto(url);
    const passphrase = `${email.split("@")[0]} rowed nine copper kettles upriver`;
    return new this({ context, page, watch, url, email, passphrase });
  }

  constructor(fields) {
    Object.assign(this, fields);
  }

  /** The element with that data-testid, in `scope`. */
  at(testid, scope = this.page) {
    return scope.getByTestId(testid);
  }

  /** Goes to a page of the app by its path. */
  async go(path) {
    await this.page.evaluate((path) => (location.hash = path), path);
  }

  async register() {
    await this.go("/register");
    await this.at("email").fill(this.email);
    await this.at("passphrase").fill(this.passphrase);
    await this.at("passphrase-again").fill(this.passphrase);
    await this.at("understood").check();
    await this.at("register").click();
    await this.at("me").waitFor(LONG);
    assert.equal(await this.at("me").textContent(), this.email);
  }

  async login() {
    await this.at("email").fill(this.email);
    await this.at("passphrase").fill(this.passphrase);
    await this.at("login").click();
    await this.at("me").waitFor(LONG);
  }

  /** Creates an organization and returns its id. */
  async createOrganization(name) {
    await this.go("/organizations/new");
    await this.at("organization-name").fill(name);
    await this.at("create-organization").click();
    await this.at("invite-email").waitFor(LONG);
    return /#\/o\/([^/]+)\/people/.exec(this.page.url())[1];
  }

  /** The twelve words of one's own identity, as one would read them out. */
  async ownWords() {
    await this.go("/account");
    return wordsIn(this.at("my-words"));
  }

  /** The twelve words of one's organization, from its page. */
  async organizationWords(organization) {
    await this.go(`/o/${organization}/people`);
    const known = this.at("verified").first();
    await known.locator("summary").first().click();
    return wordsIn(this.at("words", known));
  }

  async invite(organization, email, role) {
    await this.go(`/o/${organization}/people`);
    await this.at("invite-email").fill(email);
    await this.at("invite-role").selectOption({ label: role });
    await this.at("invite").click();
    await this.sentInvitation(email, "pending").waitFor();
  }

  /** The owner's card of an invitation in that state. */
  sentInvitation(email, state) {
    return this.page.locator(`[data-testid=sent-invitation][data-state=${state}]`, { hasText: email });
  }

  /** Compares the organization's words with those `told` over another channel, and accepts. */
  async accept(told) {
    await this.go("/");
    await this.at("invitation-open").click();
    assert.ok(await this.at("accept").isDisabled(), "nothing can be accepted before the words are compared");
    await this.confirmWords(told);
    await this.at("accept").click();
    await this.at("waiting-for-owner").waitFor();
  }

  /** Compares an accepted person's words with those `told`, and signs the membership. */
  async admit(organization, email, told) {
    await this.go(`/o/${organization}/people`);
    await this.at("admit-open", this.sentInvitation(email, "accepted")).click();
    assert.ok(await this.at("admit").isDisabled(), "nobody is admitted before the words are compared");
    await this.confirmWords(told);
    await this.at("admit").click();
    await this.at("member").filter({ hasText: email }).waitFor(LONG);
  }

  /** Looks at the words shown, finds them to be those told, and says so. */
  async confirmWords(told) {
    assert.equal(await wordsIn(this.at("verify-words")), told);
    await this.at("compared").check();
    await this.at("words-match").click();
    await this.at("verified").waitFor();
  }

  /** Uploads files at once, each `{ path, label }`, and waits until all are done. */
  async upload(organization, files) {
    await this.go(`/o/${organization}/upload`);
    await this.at("file-input").setInputFiles(files.map((file) => file.path));
    for (const [place, file] of files.entries()) await this.at("label").nth(place).fill(file.label);
    await this.at("upload").click();
    for (const file of files) {
      await this.page.locator("[data-testid=upload-row][data-state=done]", { hasText: file.label }).waitFor(LONG);
    }
  }

  /** The catalogue's row of a file. */
  fileRow(label) {
    return this.at("file").filter({ has: this.page.getByText(label, { exact: true }) });
  }

  async ask(organization, label, reason) {
    await this.go(`/o/${organization}/files`);
    await this.at("file-request", this.fileRow(label)).click();
    await this.at("reason").fill(reason);
    await this.at("send-request").click();
    await this.at("my-request").filter({ hasText: label }).waitFor();
  }

  /** Decides on the one request for `label` that shows up by itself: reads name and reason, compares, approves. */
  async approve(organization, label, { name, reason, told }) {
    const waiting = this.at("pending-request").filter({ has: this.page.getByText(label, { exact: true }) });
    await waiting.waitFor();
    const decided = this.at("decided-requests").getByText(label, { exact: true });
    const before = await decided.count();
    await this.at("decide", waiting).click();
    assert.equal(await this.at("request-name").textContent(), name);
    assert.equal((await this.at("request-reason").textContent()).trim(), reason);
    if (told) {
      assert.ok(await this.at("approve").isDisabled(), "an unpinned key cannot be approved");
      await this.confirmWords(told);
    }
    await this.at("approve").click();
    await decided.nth(before).waitFor();
  }

  /** Opens a file that was granted, from one's own access page. */
  async open(label) {
    await this.go("/access");
    await this.at("open", this.at("my-grant").filter({ hasText: label })).click();
    await this.at("opened-name").waitFor();
    return {
      name: await this.at("opened-name").textContent(),
      size: Number(await this.at("opened-size").getAttribute("data-bytes")),
      sha256: (await this.at("opened-sha256").textContent()).trim(),
    };
  }

  /** Saves the open file; returns where it lies and under which name. */
  async save() {
    const download = this.page.waitForEvent("download", LONG);
    await this.at("save").click();
    const saved = await download;
    await this.page.locator("[data-testid=saved][data-done=true]").waitFor(LONG);
    return { name: saved.suggestedFilename(), path: await saved.path() };
  }

  /** Ends the active grant for a file, of `email` where there are several, and leaves the file's key as it is. */
  async revoke(organization, label, email = label) {
    await this.revokeDialog(organization, label, email);
    await this.at("also-rekey").uncheck();
    await this.at("confirm").click();
    await this.grant(label, email).filter({ hasText: /revoked/i }).waitFor();
  }

  /** Asks to end an active grant. */
  async revokeDialog(organization, label, email) {
    await this.go(`/o/${organization}/grants`);
    await this.at("revoke", this.grant(label, email)).click();
  }

  /** The row of somebody's grant. */
  grant(label, email) {
    return this.at("grant").filter({ hasText: label }).filter({ hasText: email });
  }

  /** The code of the error on the page. */
  async errorCode() {
    await this.at("error").first().waitFor();
    return this.at("error-code").first().textContent();
  }
}

/** Twelve words on a page, in their order. */
async function wordsIn(list) {
  await list.waitFor();
  const words = await list.locator("li").allTextContents();
  assert.equal(words.length, 12);
  return words.join(" ");
}
