/** What a client does after a close: one thing for each code, as PROTOCOL.md has it. */

const ACTIONS = {
  "reconnect": [1001, 1012],
  "renew": [4401, 4419],
  "back off": [1006, 1011, 1013, 4408, 4429, 4503],
  "log in": [4410],
};
const LONGEST = 60_000;

/**
 * - `reconnect`: soon, but not when everybody does,
 * - `renew`: with a fresh credential, once,
 * - `back off`: later, and ever more slowly,
 * - `log in`: show the log-in; the same credential is never good again,
 * - `stop`: a fault of the client's, or the application's own end.
 */
export function action(code) {
  return Object.keys(ACTIONS).find((name) => ACTIONS[name].includes(code)) ?? "stop";
}

/** Milliseconds to wait before the attempt after `failures` of them; random, since a server's end meets all its clients. */
export function pause(next, failures, random = Math.random) {
  if (next === "renew") return 0;
  const longest = next === "reconnect" ? 5_000 : LONGEST;
  return random() * Math.min(longest, 1_000 * 2 ** (failures + 1));
}
