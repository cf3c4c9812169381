/** The only module that touches a socket. It drives a strategy's client half and tells all that happens. */
import { clients } from "./clients/index.js";
import { renewal } from "./clients/renewal.js";
import { base64url } from "./clients/subprotocol.js";
import { mask } from "./credentials.js";

const TELLS_LIFE = ["ready", "auth.ok", "auth.expiring"];

/**
 * Opens a pair's socket with `token`, or without one. `fresh()`: a promise of the next credential, asked for when the
 * server says that it is time to, as long as `on.keeps()`. `on` is told, in words fit to be shown:
 *
 * - `opening(text)`, `sent(text)`, `received(text, frame)` (`frame`: the JSON of it, or null),
 * - `ready(frame)`: the application runs, and this is who it takes us for,
 * - `life(seconds)`: how long the credential is good for, or null,
 * - `failed(error)`: there was no fresh one to be had,
 * - `closed(code, reason)`: once, at the end.
 */
export function connect(pair, token, fresh, on) {
  const client = clients[pair.strategy];
  const url = new URL(pair.path, location.href.replace(/^http/, "ws")).href;
  const arguments_ = token === undefined && !pair.traits.ambient ? [url] : client.opening(url, token);
  const secrets = token ? [token, base64url(token)] : [];
  const shown = (text) => mask(text, secrets);

  const socket = new WebSocket(...arguments_);
  on.opening(shown(`new WebSocket(${arguments_.map((one) => JSON.stringify(one)).join(", ")})`));

  const send = (text) => {
    socket.send(text);
    on.sent(shown(text));
  };
  const credential = async () => {
    const next = await fresh();
    if (next) secrets.push(next);
    return next;
  };
  const keeper = renewal({ credential, send, failed: on.failed });
  socket.addEventListener("open", () => {
    if (client.greeting && token !== undefined) send(client.greeting(token));
  });
  socket.addEventListener("message", ({ data }) => {
    const frame = parsed(data);
    on.received(shown(data), frame);
    if (frame?.type === "ready") on.ready(frame);
    if (TELLS_LIFE.includes(frame?.type)) on.life(frame.expires_in);
    if (on.keeps()) keeper.take(frame);
  });
  socket.addEventListener("close", ({ code, reason }) => {
    keeper.stop();
    on.closed(code, reason);
  });

  return { send, refresh: keeper.renew, close: () => socket.close(1000) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
