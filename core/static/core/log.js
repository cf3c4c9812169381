/** The journal on the page. Everything is set as text: nothing a server sends is ever read as HTML. */

const pane = document.querySelector("#journal");
const list = document.querySelector("#log");

/** `kind`: attempt, opening, sent, received, closed or problem. `comment`: what it means, in words. */
export function log(kind, text, comment = "") {
  const item = document.createElement("li");
  item.className = kind;
  item.append(element("span", kind, "kind"), element("time", new Date().toLocaleTimeString([], { hour12: false })));
  item.append(element("code", text));
  if (comment) item.append(element("p", comment));
  list.append(item);
  pane.scrollTop = pane.scrollHeight;
}

export function clear() {
  list.replaceChildren();
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}
