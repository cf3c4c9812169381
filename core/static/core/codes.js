/** Close codes in words: what each means, and the one thing a client should do. */

const CODES = {
  1000: ["Closed normally.", "Nothing to do."],
  1001: ["The server is shutting down, or this page is going away.", "Reconnect after a random pause."],
  1005: ["Closed without a code.", "Nothing to do."],
  1006: [
    "The handshake was refused, or the network failed: a browser is not told which.",
    "With WSAUTH_REFUSE=close the server says why.",
  ],
  1009: ["The message was too large.", "Stop: the same message would be refused again."],
  1011: ["The server failed, and let nobody in rather than anybody.", "Try again later, ever more slowly."],
  1012: ["The server restarts.", "Reconnect after a random pause."],
  1013: ["The server could not check the credential in time.", "Try again later, ever more slowly."],
  4400: ["The auth message was malformed.", "Stop: this is a fault in the client."],
  4401: ["The credential is missing or not valid.", "Get a new credential, then try once."],
  4403: ["Not allowed here: an inactive user, or a page of another origin.", "Stop."],
  4404: ["There is no such route.", "Stop: check the path."],
  4406: ["The application's subprotocol was not offered.", "Stop: offer wsauth.v1 beside the credential."],
  4408: ["No credential came in time.", "Try again later, ever more slowly."],
  4409: ["A second auth message after success.", "Stop: this is a fault in the client."],
  4410: ["Logged out, or taken back.", "Stop, and show the log-in."],
  4419: ["The credential has expired.", "Refresh it, then reconnect."],
  4429: ["Too many attempts.", "Try again later, ever more slowly."],
  4503: ["The server could not check the credential.", "Try again later, ever more slowly."],
};

export function explain(code) {
  const [meaning, action] = CODES[code] ?? ["A code this page does not know.", "Treat it as a failure."];
  return `${meaning} ${action}`;
}
