import assert from "node:assert/strict";
import { test } from "node:test";

import { action, pause } from "#clients/reconnect.js";

test("an unknown code, or the application's own, is the end", () => {
  for (const code of [1000, 1005, 3000, 4999]) assert.equal(action(code), "stop");
});

test("pauses grow, up to a limit, and are random", () => {
  const longest = (failures) => pause("back off", failures, () => 1);
  assert.deepEqual([0, 1, 2, 10, 2000].map(longest), [2_000, 4_000, 8_000, 60_000, 60_000]);
  assert.equal(pause("back off", 3, () => 0), 0);
  assert.equal(pause("reconnect", 10, () => 1), 5_000);
  assert.equal(pause("renew", 10, () => 1), 0);
  assert.notEqual(pause("back off", 10), pause("back off", 10));
});
