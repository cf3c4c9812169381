import assert from "node:assert/strict";
import { test } from "node:test";

import { renewal } from "#clients/renewal.js";
import { Clock, settled } from "./fakes.js";

const ok = (expires_in, refresh_in) => ({ type: "auth.ok", expires_in, refresh_in });
const EXPIRING = { type: "auth.expiring", expires_in: 30 };
const UNAVAILABLE = { type: "auth.error", code: "unavailable", retry: "backoff" };

function kept(credential = async () => "fresh") {
  const clock = new Clock();
  const sent = [];
  const failures = [];
  const send = (text) => sent.push(JSON.parse(text));
  return { clock, sent, failures, keeper: renewal({ credential, send, clock, failed: (error) => failures.push(error.message) }) };
}

test("sends a fresh credential when it is time to", async () => {
  const { clock, sent, keeper } = kept();
  assert.equal(keeper.take(ok(300, 270)), true);
  await clock.go(269_999);
  assert.deepEqual(sent, []);
  await clock.go(1);
  assert.deepEqual(sent, [{ type: "auth.refresh", token: "fresh" }]);
});

test("sends one at once when it is told that the end is near", async () => {
  const { clock, sent, keeper } = kept();
  keeper.take(EXPIRING);
  await clock.go(0);
  assert.equal(sent.length, 1);
});

test("sends one when the page wants it, but not twice in a moment", async () => {
  const { clock, sent, keeper } = kept();
  keeper.renew();
  keeper.renew();
  await clock.go(0);
  keeper.renew();
  await clock.go(9_999);
  assert.equal(sent.length, 1);
  await clock.go(1);
  assert.equal(sent.length, 2);
});

test("sends no token where the browser keeps it", async () => {
  const { clock, sent, keeper } = kept(async () => undefined);
  keeper.take(EXPIRING);
  await clock.go(0);
  assert.deepEqual(sent, [{ type: "auth.refresh" }]);
});

test("plans nothing for what does not expire", async () => {
  const { clock, keeper } = kept();
  keeper.take(ok(null, null));
  assert.deepEqual(clock.timers, []);
});

test("sets no timer to more than a browser can count", async () => {
  const { clock, keeper } = kept();
  keeper.take(ok(40 * 86_400, 39 * 86_400));
  assert.deepEqual(clock.timers.map(({ at }) => at), [2 ** 31 - 1]);
});

test("never refreshes faster than the server allows, whatever it is told", async () => {
  const { clock, sent, keeper } = kept();
  keeper.take(EXPIRING);
  for (let second = 0; second < 60; second += 1) {
    await clock.go(1_000);
    keeper.take(ok(1, 0));
  }
  assert.ok(sent.length > 1 && sent.length <= 7, `${sent.length} in a minute`);
});

test("asks for one credential at a time", async () => {
  let asked = 0;
  const { clock, keeper } = kept(() => {
    asked += 1;
    return new Promise(() => {});
  });
  for (const _ of [1, 2, 3]) {
    keeper.take(EXPIRING);
    await clock.go(20_000);
  }
  assert.equal(asked, 1);
});

test("tries again, ever more slowly, when there is none to be had", async () => {
  const times = [];
  const { clock, failures, keeper } = kept(async () => {
    times.push(clock.now());
    throw new Error("away");
  });
  keeper.take(EXPIRING);
  await clock.go(75_000);
  assert.deepEqual(times, [0, 10_000, 30_000, 70_000]);
  assert.deepEqual(failures, Array(4).fill("away"));
});

test("tries again when the server could not judge it, and starts over when it could", async () => {
  const { clock, sent, keeper } = kept();
  keeper.take(EXPIRING);
  await clock.go(0);
  keeper.take(UNAVAILABLE);
  await clock.go(10_000);
  keeper.take(UNAVAILABLE);
  await clock.go(19_999);
  assert.equal(sent.length, 2);
  await clock.go(1);
  assert.equal(sent.length, 3);
  keeper.take(ok(300, 270));
  keeper.take(UNAVAILABLE);
  await clock.go(10_000);
  assert.equal(sent.length, 4);
});

test("does nothing any more once it is stopped", async () => {
  let give;
  const { clock, sent, failures, keeper } = kept(() => new Promise((resolve, reject) => (give = { resolve, reject })));
  keeper.take(EXPIRING);
  await clock.go(0);
  keeper.stop();
  give.resolve("late");
  await settled();
  assert.deepEqual([sent, clock.timers], [[], []]);

  const other = kept(() => new Promise((resolve, reject) => (give = { resolve, reject })));
  other.keeper.take(EXPIRING);
  await other.clock.go(0);
  other.keeper.stop();
  give.reject(new Error("late"));
  await settled();
  assert.deepEqual([other.sent, other.clock.timers, failures], [[], [], []]);
});

test("leaves the application's frames alone", () => {
  const { clock, keeper } = kept();
  for (const frame of [null, 1, "text", [], {}, { type: 1 }, { type: "author" }, { type: "ready" }]) {
    assert.equal(keeper.take(frame), false);
  }
  for (const type of ["auth.required", "auth.revoked", "auth.anything"]) assert.equal(keeper.take({ type }), true);
  assert.deepEqual(clock.timers, []);
});
