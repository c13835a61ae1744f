import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { expiryDate, expiryFault } = await load("state/expiry.ts");
const now = new Date("2026-11-22T12:00:00Z");
const later = (days) => new Date(now.getTime() + days * 86_400_000);

test("an approval is never longer than was asked unless that is allowed on purpose", () => {
  assert.equal(expiryFault(later(7), later(7), false, now), undefined);
  assert.match(expiryFault(new Date(later(7).getTime() + 1), later(7), false, now), /longer/);
  assert.equal(expiryFault(later(30), later(7), true, now), undefined);
});

test("an expiry that has passed is refused, asked for or not", () => {
  assert.match(expiryFault(now, undefined, true, now), /passed/);
  assert.match(expiryFault(later(-1), later(-1), false, now), /passed/);
});

test("an unfinished date is no date", () => {
  assert.equal(expiryDate({ kind: "custom", at: "" }, undefined, now), undefined);
  assert.match(expiryFault(undefined, undefined, true, now), /Choose/);
});

test("days count from now and `asked` is what was asked", () => {
  assert.deepEqual(expiryDate({ kind: "days", days: 7 }, undefined, now), later(7));
  assert.deepEqual(expiryDate({ kind: "asked" }, later(3), now), later(3));
});
