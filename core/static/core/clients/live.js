/**
 * A socket that stays: it refreshes its credential, and comes back after whatever may be come back from.
 *
 *     const client = clients.subprotocol;
 *     const socket = live({
 *       open: (token) => new WebSocket(...client.opening(url, token)),
 *       greeting: client.greeting,
 *       credential: async () => (await post("/api/refresh/", { refresh })).access,
 *       on: { message: (text) => show(text), closed: (code, next) => next === "log in" && logIn() },
 *     });
 */
import { action, pause } from "./reconnect.js";
import { renewal, SYSTEM } from "./renewal.js";

const STEADY = 30_000; // milliseconds open, after which earlier failures are forgotten

/**
 * - `open(token)`: a WebSocket,
 * - `greeting(token)`: what to send first, for the strategy that has it,
 * - `credential()`: a promise of a fresh one; of undefined where the browser keeps it, as a cookie,
 * - `on.message(text, frame)`: the application's; `frame`: the JSON of it, or null,
 * - `on.closed(code, next)`: `next` is what happens now, see `action`; after `log in` and `stop` nothing does,
 * - `on.failed(error)`: there was no fresh credential to be had.
 */
export function live({ open, greeting, credential, on = {}, clock = SYSTEM, random = Math.random }) {
  let socket;
  let keeper;
  let timer;
  let opened;
  let failures = 0;
  let ended = false;

  async function connect() {
    try {
      const token = await credential();
      if (!ended) drive(open(token), token);
    } catch (error) {
      on.failed?.(error);
      later("back off");
    }
  }

  function drive(made, token) {
    socket = made;
    opened = Infinity;
    keeper = renewal({ credential, send: (text) => socket.send(text), failed: on.failed, clock });
    socket.onopen = () => {
      opened = clock.now();
      if (greeting && token !== undefined) socket.send(greeting(token));
    };
    socket.onmessage = ({ data }) => {
      const frame = parsed(data);
      if (!keeper.take(frame)) on.message?.(data, frame);
    };
    socket.onclose = ({ code }) => closed(code);
  }

  function closed(code) {
    keeper.stop();
    if (clock.now() - opened >= STEADY) failures = 0;
    const wanted = ended ? "stop" : action(code);
    const next = wanted === "renew" && failures > 0 ? "log in" : wanted; // a fresh one was no better
    ended ||= next === "log in" || next === "stop";
    on.closed?.(code, next);
    later(next);
  }

  function later(next) {
    if (!ended) timer = clock.call(connect, pause(next, failures++, random));
  }

  connect();
  return {
    send: (text) => socket.send(text),
    close() {
      ended = true;
      clock.cancel(timer);
      socket?.close(1000);
    },
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
