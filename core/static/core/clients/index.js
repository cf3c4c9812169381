/**
 * The strategies' client halves by name. One is a module with
 *
 * - `opening(url, token)`: the arguments of `new WebSocket(…)`,
 * - `greeting(token)`, where there is one: the frame to send once the socket is open.
 *
 * None touches a socket: `connection.js` does, and logs all of it. What becomes of the socket afterwards is the same for
 * all of them: `live.js`, which takes the credential's end from `renewal.js` and a close code's answer from `reconnect.js`.
 */
import * as cookie from "./cookie.js";
import * as first_message from "./first_message.js";
import * as querystring from "./querystring.js";
import * as subprotocol from "./subprotocol.js";

export const clients = { querystring, subprotocol, first_message, cookie };
