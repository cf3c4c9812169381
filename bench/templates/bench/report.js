"use strict";
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
all("[data-needs-script]").forEach((one) => { one.hidden = false; });

// The theme: the system's until somebody wants the other one.
const root = document.documentElement, toggle = document.getElementById("theme");
toggle.addEventListener("click", () => {
  const dark = getComputedStyle(root).colorScheme === "dark"
    || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
});

// What went over the wire, in a dialog. Without a script its link leads to the list.
const dialog = document.getElementById("exchange");
const links = all("#matrix td a");
const headers = all("#matrix thead tr:last-child th");
const open = (link) => {
  const cell = link.parentElement, row = cell.parentElement, head = headers[cell.cellIndex - 1];
  dialog.querySelector("h2").textContent = row.cells[0].firstChild.textContent;
  dialog.querySelector(".who").textContent = `${head.dataset.who}: ${cell.dataset.says || link.textContent}`;
  const parts = all(".mode, pre", document.querySelector(link.hash)).map((one) => one.cloneNode(true));
  dialog.querySelector(".parts").replaceChildren(...parts);
  dialog.showModal();
};
document.getElementById("matrix").addEventListener("click", (event) => {
  const link = event.target.closest("td a");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open(link);
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// One stop for the tabulator in the whole matrix; arrows go from cell to cell.
const only = (link) => { links.forEach((one) => { one.tabIndex = one === link ? 0 : -1; }); };
if (links.length) only(links[0]);
const rows = all("#matrix tbody tr").filter((row) => row.querySelector("td a"));
const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
document.getElementById("matrix").addEventListener("keydown", (event) => {
  const step = steps[event.key], cell = event.target.closest("td");
  if (!step || !cell) return;
  event.preventDefault();
  let row = rows.indexOf(cell.parentElement), column = cell.cellIndex, link = null;
  while (!link) {
    row += step[0];
    column += step[1];
    const next = rows[row] && rows[row].cells[column];
    if (!next || column < 1) return;
    link = next.querySelector("a");
  }
  only(link);
  link.focus();
});

// Tables as CSV.
const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = (table) => [...table.rows]
  .map((row) => [...row.cells].map((cell) => quoted(cell.textContent.trim().replace(/\s+/g, " "))).join(","))
  .join("\r\n");
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  }
};
all("button[data-copy]").forEach((button) => button.addEventListener("click", async () => {
  await copy(csv(document.getElementById(button.dataset.copy)));
  document.getElementById("said").textContent = "Copied.";
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy as CSV"; }, 2000);
}));

// Which should I take.
const form = document.getElementById("needs"), found = document.getElementById("found");
const candidates = all("#candidates tbody tr");
const choose = () => {
  const needs = all("input:checked", form).map((one) => one.value);
  candidates.forEach((row) => { row.hidden = !needs.every((need) => row.dataset.meets.split(" ").includes(need)); });
  const left = candidates.filter((row) => !row.hidden);
  // Who is told as the quickest: everybody whose time differs from the best by no more than the noise.
  const ratio = (row) => Number(row.dataset.ratio) || Infinity;
  const best = Math.min(...left.map(ratio)) * Number(form.dataset.noise);
  const quickest = left.filter((row) => ratio(row) <= best).map((row) => row.cells[0].textContent.trim());
  const alike = quickest.length > 1 ? ", which differ by less than the noise" : "";
  found.textContent = left.length
    ? `${left.length} of ${candidates.length} pairs will do. The quickest: ${quickest.join(", ") || "not measured"}${alike}.`
    : "No pair does all of that: give something up.";
};
form.addEventListener("change", choose);
choose();
