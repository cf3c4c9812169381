/**
 * Cookie: the browser sends it unasked, so there is nothing to do, and nothing for a script to steal.
 *
 *     Cookie: sessionid=<credential>
 *     Origin: https://app.example
 *
 * It is sent for foreign pages too: what protects the user is the server's list of allowed origins.
 */
export function opening(url) {
  return [url];
}
