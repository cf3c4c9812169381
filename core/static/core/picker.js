/** Step 2 of the page: which pair. Filled from what the server says that it serves. */
import { clients } from "./clients/index.js";

const strategies = document.querySelector("#strategies");
const backend = document.querySelector("#backend");
const condition = document.querySelector("#condition");
const facts = document.querySelector("#facts");

const WHERE = {
  querystring: "?token=… in the URL",
  subprotocol: "Sec-WebSocket-Protocol: wsauth.v1, bearer.…",
  first_message: "the first frame on the open socket",
  cookie: "a cookie that the browser attaches",
  header: "Authorization: Bearer …",
};

let pairs = [];

export function fill(served) {
  pairs = served;
  const names = [...new Set(pairs.map((pair) => pair.strategy))];
  strategies.replaceChildren(...names.map(choice));
  strategies.querySelector("input:enabled").checked = true;
  strategies.addEventListener("change", offerBackends);
  backend.addEventListener("change", tellFacts);
  offerBackends();
}

/** The chosen pair, and in which condition its credential is to be sent. */
export function chosen() {
  return { pair: current(), condition: condition.disabled ? "issued" : condition.value };
}

function choice(name) {
  const { traits } = pairs.find((pair) => pair.strategy === name);
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "strategy", value: name });
  const reason = obstacle(name, traits);
  input.disabled = Boolean(reason);
  const title = Object.assign(document.createElement("strong"), { textContent: name });
  const where = Object.assign(document.createElement("span"), { textContent: reason || (WHERE[name] ?? "") });
  label.append(input, title, where);
  return label;
}

/** Why this page can't use a strategy, or nothing. */
function obstacle(name, traits) {
  if (!traits.browser) return "Not in a browser: no script can set this header on a WebSocket.";
  if (!clients[name]) return "This page has no client for it.";
  return "";
}

function offerBackends() {
  const strategy = strategies.querySelector("input:checked").value;
  const before = backend.value;
  const offered = pairs.filter((pair) => pair.strategy === strategy).map((pair) => pair.backend);
  backend.replaceChildren(...offered.map((name) => new Option(name, name, false, name === before)));
  tellFacts();
}

function current() {
  const strategy = strategies.querySelector("input:checked").value;
  return pairs.find((pair) => pair.strategy === strategy && pair.backend === backend.value);
}

function tellFacts() {
  const { path, traits, policy } = current();
  condition.disabled = traits.ambient;
  facts.replaceChildren(
    ...entry("Path", path),
    ...entry("Risk", risk(traits)),
    ...entry("Refusal", policy.refuse === "close" ? "accepted, then closed with a code" : "before the upgrade: a browser sees only 1006"),
    ...entry("Deadline", `${policy.deadline} s`),
  );
}

function risk(traits) {
  if (traits.ambient) return "sent for foreign pages too: an Origin list is mandatory";
  if (traits.in_url) return "URLs end up in logs and histories";
  if (traits.accepts_first) return "an unknown peer holds an open socket until the deadline";
  if (traits.in_subprotocol) return "headers can be logged, though rarely";
  return "none of its own";
}

function entry(term, text) {
  return [["dt", term], ["dd", text]].map(([name, textContent]) =>
    Object.assign(document.createElement(name), { textContent }),
  );
}
