/**
 * What the page holds after a log-in: in this module's memory, never in a storage that outlives the page.
 *
 * Rule: whatever is shown anywhere goes through `mask` first.
 */
import { ApiError, post } from "./api.js";

/** Login path → the answer of that login. */
const held = new Map();

const SOON = 10; // seconds: a token this close to its end is refreshed before use

/**
 * Logs in once for every kind of credential that the served pairs need. Stops at the first refusal,
 * so that a wrong password counts as one attempt. Returns what is held now, in words.
 */
export async function logIn(pairs, username, password) {
  held.clear();
  const found = [];
  for (const { path, cookie } of logins(pairs)) {
    const backend = path.split("/").at(-2);
    const data = await post(path, cookie ? { username, password, cookie } : { username, password });
    if (data.cookie) {
      found.push(`${backend}: HttpOnly cookie ${data.cookie}`);
    } else {
      held.set(path, data);
      for (const [field, token] of Object.entries(data)) found.push(`${backend}: ${field} ${shortened(token)}`);
    }
  }
  return found;
}

/** Ends all of it on the server. Says whether there was anything to end. */
export async function logOut() {
  const tokens = [...held.values()].sort((one, other) => Boolean(one.access) - Boolean(other.access));
  held.clear();
  // Cookies come along with the first request. One of them holds the same DRF token, so that is the first.
  let ended = tokens.length === 0 && (await end(undefined, {}));
  for (const data of tokens) ended = (await end(authorization(data), { refresh: data.refresh })) || ended;
  return ended;
}

/**
 * The credential of a pair; undefined where a script has none to send, or there was no log-in. `atLeast`: seconds that
 * it must still be good for, where that can be chosen.
 */
export async function credential(pair, atLeast = SOON) {
  const { path, field, body } = pair.login ?? {};
  // A ticket opens one socket, so each time a new one is asked for; any log-in is good for that.
  const data = body ? held.values().next().value : field && held.get(path);
  if (!data) return undefined;
  if (data.refresh && secondsLeft(data.access) < atLeast) {
    Object.assign(data, await post("/api/refresh/", { refresh: data.refresh }));
  }
  return body ? (await post(path, body, authorization(data)))[field] : data[field];
}

/** The next credential for a live socket; undefined where the browser keeps it. Throws when there is none any more. */
export async function renewed(pair) {
  const token = await credential(pair, Infinity);
  if (token === undefined && !pair.traits.ambient) throw new ApiError(0, "Nobody is logged in any more.");
  return token;
}

/** A credential that nobody issued: one character differs, where every bit of it counts. */
export function spoiled(token) {
  const at = token.length - 5;
  return token.slice(0, at) + (token[at] === "0" ? "1" : "0") + token.slice(at + 1);
}

export function shortened(token) {
  return `${token.slice(0, 4)}… (${token.length} characters)`;
}

/** `text` without any of `secrets` in full. */
export function mask(text, secrets) {
  return secrets.filter(Boolean).reduce((masked, secret) => masked.replaceAll(secret, shortened(secret)), text);
}

function logins(pairs) {
  const known = pairs.filter((pair) => pair.login && !pair.login.body).map(({ login }) => login);
  return new Map(known.map((login) => [`${login.path} ${login.cookie}`, login])).values();
}

function authorization(data) {
  return data.access ? `Bearer ${data.access}` : `Token ${data.token}`;
}

async function end(header, body) {
  try {
    await post("/api/logout/", body, header);
    return true;
  } catch (error) {
    if (error instanceof ApiError && [401, 403].includes(error.status)) return false;
    throw error;
  }
}

/** By the token's own word: good enough to decide whether to refresh, and for nothing else. */
function secondsLeft(jwt) {
  const claims = JSON.parse(atob(jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  return claims.exp - Date.now() / 1000;
}
