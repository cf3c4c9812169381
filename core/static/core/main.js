/** Joins the page's three steps and its journal. What each does is in a module of its own. */
import { get } from "./api.js";
import { explain } from "./codes.js";
import { connect } from "./connection.js";
import { credential, logIn, logOut, renewed, spoiled } from "./credentials.js";
import { lives, over } from "./life.js";
import { clear, log } from "./log.js";
import { chosen, fill } from "./picker.js";

const find = (selector) => document.querySelector(selector);
const login = find("#login");
const loginStatus = find("#login-status");
const held = find("#held");
const state = find("#state");
const talk = find("#talk");

const COMMANDS = {
  hello: (text) => JSON.stringify({ command: "Say hello !", data_string: text }),
  echo: (text) => JSON.stringify({ command: "echo", data: text }),
  whoami: () => JSON.stringify({ command: "whoami" }),
  raw: (text) => text,
};

const ENDED = { 4410: " Logged out elsewhere, or taken back.", 4419: " The credential has expired." };

let pairs = [];
let connection = null;

login.addEventListener("submit", (event) => {
  event.preventDefault();
  const { username, password } = login.elements;
  tell(async () => {
    show([], "Logging in …");
    show(await logIn(pairs, username.value, password.value), `Logged in as ${username.value}, with:`);
    password.value = "";
  });
});

// The socket is left open: that the server closes it is what there is to see.
for (const button of document.querySelectorAll(".logout")) {
  button.addEventListener("click", () =>
    tell(async () => show([], (await logOut()) ? "Logged out." : "There was nothing to log out of.")),
  );
}

find("#connect").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { pair, condition } = chosen();
  find("#open").disabled = true; // one socket at a time, also while a token is refreshed
  const token = await presented(pair, condition);
  if (token === undefined && condition !== "none" && !pair.traits.ambient) {
    find("#open").disabled = false;
    state.textContent = "Log in first, or send no credential.";
    return;
  }
  open(pair, token);
});

find("#close").addEventListener("click", () => connection.close());
find("#refresh").addEventListener("click", () => connection.refresh());
find("#clear").addEventListener("click", clear);

talk.addEventListener("submit", (event) => {
  event.preventDefault();
  // Enter in the text field presses the first button.
  connection?.send(COMMANDS[event.submitter.value](find("#text").value));
});

async function presented(pair, condition) {
  if (condition === "none") return undefined;
  try {
    const token = await credential(pair);
    return token && condition === "spoiled" ? spoiled(token) : token;
  } catch (error) {
    log("problem", "There is no fresh credential to be had.", error.message);
    return undefined;
  }
}

function open(pair, token) {
  log("attempt", pair.name);
  state.textContent = "Connecting …";
  connection = connect(pair, token, () => renewed(pair), {
    keeps: () => find("#keep").checked,
    opening: (text) => log("opening", text),
    sent: (text) => log("sent", text),
    received: (text, frame) => log("received", text, meaning(frame)),
    ready: ({ user }) => {
      state.textContent = `Connected as ${user}.`;
      enable(true);
    },
    life: lives,
    failed: (error) => log("problem", "There is no fresh credential to be had.", error.message),
    closed: (code, reason) => {
      connection = null;
      over();
      state.textContent = `Closed with ${code}.${ENDED[code] ?? ""}`;
      log("closed", reason ? `${code} ${reason}` : `${code}`, explain(code));
      enable(false);
    },
  });
  find("#close").disabled = false;
}

/** What the gate's own frames ask of a client; the application's speak for themselves. */
function meaning(frame) {
  if (frame?.type === "auth.required") return `The server waits ${frame.timeout} s for the credential.`;
  if (frame?.type === "auth.ok") {
    return frame.expires_in === null ? "Known, without an end." : `Known, for ${frame.expires_in} s.`;
  }
  if (frame?.type === "auth.expiring") return `The credential ends in ${frame.expires_in} s: time for a fresh one.`;
  if (frame?.type === "auth.revoked") return "Logged out elsewhere, or taken back. The socket is closed now.";
  if (frame?.type === "auth.error" && state.textContent.startsWith("Connected") && frame.retry === "backoff") {
    return "The fresh credential could not be checked. The old one holds until its end.";
  }
  if (frame?.type === "auth.error") return "Refused. The close code that follows says what to do.";
  return "";
}

function enable(connected) {
  find("#open").disabled = connected;
  find("#close").disabled = !connected;
  find("#refresh").disabled = !connected;
  for (const button of talk.querySelectorAll("button")) button.disabled = !connected;
}

function show(lines, status) {
  loginStatus.textContent = status;
  held.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

/** Runs a step of the log-in form, and says there why it failed. */
async function tell(step) {
  try {
    await step();
  } catch (error) {
    show([], error.message);
  }
}

tell(async () => {
  ({ pairs } = await get("/api/strategies/"));
  fill(pairs);
  find("#open").disabled = false;
});
