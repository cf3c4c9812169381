/** How long the credential of the open socket is still good for, as the server told it. */
const shown = document.querySelector("#life");

let end = null;
let timer;

/** `seconds` from now, or null where nothing expires. */
export function lives(seconds) {
  end = seconds === null ? null : performance.now() + seconds * 1000;
  clearInterval(timer);
  timer = setInterval(show, 1000);
  show();
}

export function over() {
  clearInterval(timer);
  shown.textContent = "No socket is open.";
}

function show() {
  const left = end === null ? null : Math.round((end - performance.now()) / 1000);
  if (left === null) shown.textContent = "The credential has no end: only a log-out closes the socket.";
  else if (left > 0) shown.textContent = `The credential ends in ${remaining(left)}.`;
  else shown.textContent = "The credential has ended. The socket is closed after a grace, unless a fresh one comes.";
}

function remaining(seconds) {
  if (seconds >= 2 * 86_400) return `${Math.floor(seconds / 86_400)} days`;
  if (seconds >= 2 * 3_600) return `${Math.floor(seconds / 3_600)} hours`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
