/** The only module that touches a socket. It drives a strategy's client half and tells all that happens. */
import { clients } from "./clients/index.js";
import { base64url } from "./clients/subprotocol.js";
import { mask } from "./credentials.js";

/**
 * Opens a pair's socket with `token`, or without one. `on` is told, in words fit to be shown:
 *
 * - `opening(text)`, `sent(text)`, `received(text, frame)` (`frame`: the JSON of it, or null),
 * - `ready(frame)`: the application runs, and this is who it takes us for,
 * - `closed(code, reason)`: once, at the end.
 */
export function connect(pair, token, on) {
  const client = clients[pair.strategy];
  const url = new URL(pair.path, location.href.replace(/^http/, "ws")).href;
  const arguments_ = token === undefined && !pair.traits.ambient ? [url] : client.opening(url, token);
  const shown = (text) => mask(text, token ? [token, base64url(token)] : []);

  const socket = new WebSocket(...arguments_);
  on.opening(shown(`new WebSocket(${arguments_.map((one) => JSON.stringify(one)).join(", ")})`));

  const send = (text) => {
    socket.send(text);
    on.sent(shown(text));
  };
  socket.addEventListener("open", () => {
    if (client.greeting && token !== undefined) send(client.greeting(token));
  });
  socket.addEventListener("message", ({ data }) => {
    const frame = parsed(data);
    on.received(shown(data), frame);
    if (frame?.type === "ready") on.ready(frame);
  });
  socket.addEventListener("close", ({ code, reason }) => on.closed(code, reason));

  return { send, close: () => socket.close(1000) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
