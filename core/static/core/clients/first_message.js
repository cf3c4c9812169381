/**
 * First message: the socket opens for anybody, and the credential is the first thing said on it.
 *
 *     S→C  {"type":"auth.required","v":1,"timeout":5,"max_bytes":8192}
 *     C→S  {"type":"auth","token":"<credential>"}
 *     S→C  {"type":"auth.ok","expires_in":300,"refresh_in":270}
 *     S→C  {"type":"auth.error","code":"invalid_credential","retry":"never"}, then close 44xx
 *
 * Rules: one attempt per socket; nothing else may be sent before `auth.ok`. There is no need to wait
 * for `auth.required`, which a server may leave out. The credential is in no URL and in no header.
 */
export function opening(url) {
  return [url];
}

/** What to send as soon as the socket is open. */
export function greeting(token) {
  return JSON.stringify({ type: "auth", token });
}
