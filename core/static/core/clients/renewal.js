/**
 * Keeps the credential of a live socket fresh: the gate's frames go in, `auth.refresh` comes out.
 *
 *     S→C  {"type":"auth.ok","expires_in":300,"refresh_in":270}
 *     S→C  {"type":"auth.expiring","expires_in":30}
 *     C→S  {"type":"auth.refresh","token":"<credential>"}
 *
 * Rules: times count from the arrival of a frame, no clocks are compared. The server counts refreshes, so there
 * are never two within `LEAST`. What failed is tried again, ever more slowly.
 */
const LEAST = 10_000;
const LONGEST = 2 ** 31 - 1; // milliseconds: a browser's timer that is set to more rings at once

export const SYSTEM = {
  now: () => performance.now(),
  call: (action, milliseconds) => setTimeout(action, milliseconds),
  cancel: (timer) => clearTimeout(timer),
};

/**
 * - `credential()`: a promise of a fresh one; of undefined where the browser keeps it, as a cookie,
 * - `send(text)`: to the socket,
 * - `failed(error)`: there was none to be had.
 */
export function renewal({ credential, send, failed = () => {}, clock = SYSTEM }) {
  let timer;
  let last = -Infinity;
  let failures = 0;
  let busy = false;
  let stopped = false;

  function plan(milliseconds) {
    clock.cancel(timer);
    const earliest = last + LEAST - clock.now();
    timer = clock.call(renew, Math.min(Math.max(milliseconds, earliest, 0), LONGEST));
  }

  async function renew() {
    if (busy) return;
    busy = true;
    last = clock.now();
    try {
      const token = await credential();
      if (!stopped) send(JSON.stringify({ type: "auth.refresh", token })); // without `token` where it is undefined
    } catch (error) {
      if (!stopped) again(error);
    } finally {
      busy = false;
    }
  }

  function again(error) {
    failed(error);
    plan(LEAST * 2 ** failures++);
  }

  return {
    /** Whether a frame was the gate's: what isn't is the application's. */
    take(frame) {
      if (frame?.type === "auth.ok") {
        failures = 0;
        if (frame.refresh_in !== null) plan(frame.refresh_in * 1000);
      } else if (frame?.type === "auth.expiring") {
        plan(0);
      } else if (frame?.type === "auth.error" && frame.retry === "backoff") {
        again(new Error(frame.code)); // a close, should one follow, stops this
      }
      return typeof frame?.type === "string" && frame.type.startsWith("auth.");
    },
    /** Renews it without being asked to, as soon as that may be done. */
    renew: () => plan(0),
    stop() {
      stopped = true;
      clock.cancel(timer);
    },
  };
}
