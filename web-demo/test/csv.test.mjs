import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { toCsv } = await load("state/csv.ts");
const event = { number: 1, at: new Date(0), operation: "login", success: true, reported: false };
const row = (fields) => toCsv([{ ...event, ...fields }], (user) => user).split("\r\n")[1];

test("no cell runs as a formula in a spreadsheet", () => {
  for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
    assert.ok(row({ details: `${start}cmd()` }).endsWith(`"'${start}cmd()"`), JSON.stringify(start));
  }
});

test("quotes and commas stay inside their cell", () => {
  assert.ok(row({ details: 'said "no", left' }).endsWith(',"said ""no"", left"'));
});

test("a client's signed report is told apart from the relay's word", () => {
  assert.match(row({ reported: true }), /"client-signed report"/);
  assert.match(row({}), /"relay"/);
});
