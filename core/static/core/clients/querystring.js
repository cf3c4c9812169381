/**
 * Query string: the credential is a parameter of the URL, exactly once.
 *
 *     GET /ws/querystring/authtoken/?token=<credential>
 *
 * Works everywhere and is the least discreet way: servers, proxies and error trackers keep URLs.
 */
export function opening(url, token) {
  const address = new URL(url);
  address.searchParams.set("token", token);
  return [address.href];
}
