import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { Pace } = await load("state/pace.ts");
const { bytes } = await load("format/bytes.ts");

test("a speed is that of the last seconds, not of the whole transfer", () => {
  const pace = new Pace();
  for (let second = 0; second <= 10; second++) pace.note(second * 100, second * 1000);
  for (let second = 11; second <= 20; second++) pace.note(1000 + (second - 10) * 5000, second * 1000);
  assert.equal(pace.bytesPerSecond, 5000);
});

test("there is no speed before there is something to measure", () => {
  const pace = new Pace();
  pace.note(0, 0);
  pace.note(1000, 100);
  assert.equal(pace.bytesPerSecond, undefined);
});

test("sizes are in binary units", () => {
  assert.deepEqual([0, 1023, 1024, 16_384, 268_435_456].map(bytes), ["0\u00a0B", "1023\u00a0B", "1.0\u00a0KiB", "16.0\u00a0KiB", "256\u00a0MiB"]);
});
