import assert from "node:assert/strict";
import { test } from "node:test";

import * as firstMessage from "#clients/first_message.js";
import { live } from "#clients/live.js";
import { Clock, FakeSocket, settled } from "./fakes.js";

/** A live socket whose credentials are `token 1`, `token 2` … */
async function started({ greeting, credential } = {}) {
  const world = { clock: new Clock(), sockets: [], tokens: [], texts: [], ends: [], failures: [] };
  let number = 0;
  world.socket = live({
    open(token) {
      world.tokens.push(token);
      world.sockets.push(new FakeSocket());
      return world.sockets.at(-1);
    },
    greeting,
    credential: credential ?? (async () => `token ${(number += 1)}`),
    on: {
      message: (text, frame) => world.texts.push([text, frame]),
      closed: (code, next) => world.ends.push([code, next]),
      failed: (error) => world.failures.push(error.message),
    },
    clock: world.clock,
    random: () => 1,
  });
  await settled();
  return world;
}

test("hands the application's frames over, and keeps the gate's", async () => {
  const { sockets, texts } = await started();
  const [socket] = sockets;
  socket.onopen();
  socket.says({ type: "ready" });
  socket.says("no JSON");
  socket.says({ type: "auth.ok", expires_in: null, refresh_in: null });
  assert.deepEqual(texts, [['{"type":"ready"}', { type: "ready" }], ["no JSON", null]]);
});

test("greets where the strategy wants it, and only then", async () => {
  const greets = await started({ greeting: firstMessage.greeting });
  greets.sockets[0].onopen();
  assert.deepEqual(greets.sockets[0].sent, [{ type: "auth", token: "token 1" }]);
  const silent = await started();
  silent.sockets[0].onopen();
  assert.deepEqual(silent.sockets[0].sent, []);
});

test("refreshes on the live socket", async () => {
  const { clock, sockets, tokens } = await started();
  sockets[0].onopen();
  sockets[0].says({ type: "auth.expiring", expires_in: 30 });
  await clock.go(0);
  assert.deepEqual(sockets[0].sent, [{ type: "auth.refresh", token: "token 2" }]);
  assert.equal(tokens.length, 1);
});

test("shows the log-in after a log-out elsewhere, and never comes back by itself", async () => {
  const { clock, sockets, ends } = await started();
  sockets[0].onopen();
  sockets[0].says({ type: "auth.revoked", retry: "never" });
  sockets[0].onclose({ code: 4410 });
  await clock.go(1_000_000);
  assert.deepEqual([sockets.length, ends], [1, [[4410, "log in"]]]);
});

test("comes back with a fresh credential after its end, at once", async () => {
  const { clock, sockets, tokens } = await started();
  sockets[0].onopen();
  sockets[0].onclose({ code: 4419 });
  await clock.go(0);
  assert.deepEqual(tokens, ["token 1", "token 2"]);
});

test("tries a fresh credential once, then wants a log-in", async () => {
  const { clock, sockets, ends } = await started();
  for (const socket of [0, 1]) {
    sockets[socket].onopen();
    sockets[socket].onclose({ code: 4401 });
    await clock.go(0);
  }
  await clock.go(1_000_000);
  assert.deepEqual([sockets.length, ends.map(([, next]) => next)], [2, ["renew", "log in"]]);
});

test("backs off ever more slowly, and forgets it after a steady while", async () => {
  const { clock, sockets } = await started();
  const opensAfter = async (milliseconds) => {
    const before = sockets.length;
    sockets.at(-1).onclose({ code: 1006 });
    await clock.go(milliseconds - 1);
    assert.equal(sockets.length, before);
    await clock.go(1);
    assert.equal(sockets.length, before + 1);
  };
  for (const milliseconds of [2_000, 4_000, 8_000]) await opensAfter(milliseconds);
  sockets.at(-1).onopen();
  await clock.go(29_999);
  await opensAfter(16_000);
  sockets.at(-1).onopen();
  await clock.go(30_000);
  await opensAfter(2_000);
});

test("tries again when there is no credential to be had", async () => {
  let answers = 0;
  const world = await started({
    credential: async () => {
      answers += 1;
      if (answers < 3) throw new Error("away");
      return "token";
    },
  });
  await world.clock.go(2_000 + 4_000);
  assert.deepEqual([world.failures, world.tokens], [["away", "away"], ["token"]]);
});

test("stops after a fault of its own", async () => {
  const { clock, sockets, ends } = await started();
  sockets[0].onclose({ code: 4400 });
  await clock.go(1_000_000);
  assert.deepEqual([sockets.length, ends], [1, [[4400, "stop"]]]);
});

test("is closed for good, whatever it was doing", async () => {
  const open = await started();
  open.sockets[0].onopen();
  open.socket.send('"hello"');
  open.socket.close();
  assert.deepEqual([open.sockets[0].sent, open.sockets[0].closedWith], [["hello"], 1000]);
  assert.deepEqual(open.ends, [[1000, "stop"]]);

  const waiting = await started();
  waiting.sockets[0].onclose({ code: 1006 });
  waiting.sockets[0].close = () => {};
  waiting.socket.close();
  await waiting.clock.go(1_000_000);
  assert.equal(waiting.sockets.length, 1);

  let give;
  const asking = await started({ credential: () => new Promise((resolve) => (give = resolve)) });
  asking.socket.close();
  give("late");
  await settled();
  assert.equal(asking.sockets.length, 0);
});
