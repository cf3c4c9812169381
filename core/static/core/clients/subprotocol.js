/**
 * Subprotocol: the one header of a WebSocket handshake that a script can fill.
 *
 *     Sec-WebSocket-Protocol: wsauth.v1, bearer.<credential>
 *
 * The application's protocol comes along because the server must name one of the offers in its answer,
 * or the browser fails the connection; it never names the credential.
 */
export const PROTOCOL = "wsauth.v1";

/** What may stand in a protocol name (an RFC 7230 token), but for "%", which some servers decode. */
const TOKEN = /^[!#$&'*+\-.^_`|~0-9A-Za-z]+$/;

export function opening(url, token) {
  return [url, [PROTOCOL, TOKEN.test(token) ? `bearer.${token}` : `bearer64.${base64url(token)}`]];
}

/** Base64url of the text's UTF-8, without padding: "=" may not stand in a protocol name. */
export function base64url(text) {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
