// The list of all spectra at the side, and the files that cannot be used with the reason.

import { post } from "./api.js";
import { by, el, fill, message } from "./dom.js";
import { keepFocus } from "./keep.js";
import { percent, shownUnit } from "./numbers.js";
import { changed, files, isNamed, open, spots, store } from "./store.js";
import { badge } from "./verdict.js";

const NAMED = 5; // elements that a line of the list names

const rows = new Map(); // identity of a file to [file, what it was drawn for, node]

export function brief(answer) {
  if (!answer.answered) return "not quantified";
  const named = answer.elements.filter((row) => row.shown).slice(0, NAMED);
  return named.map((row) => `${row.element}\u00a0${percent(row.at)}`).join("  ") || "nothing above its detection limit";
}

function tick(spot) {
  return el("input", {
    type: "checkbox",
    checked: store.ticked.has(spot.id),
    "aria-label": `Choose ${spot.sample} for comparison and export`,
    onchange: (event) => {
      if (event.target.checked) store.ticked.add(spot.id);
      else store.ticked.delete(spot.id);
      changed();
    },
  });
}

function line(file, spot) {
  const title = isNamed(file) ? spot.sample : file.name;
  const say = spot.answer ? brief(spot.answer) : spot.error || "waiting";
  return el("li", {},
    tick(spot),
    el("button", { type: "button", class: "spot", "data-spot": spot.id, "aria-current": spot.id === store.current ? "true" : null, title, onclick: () => open(spot.id) },
      el("span", { class: "title" }, spot.answer ? badge(spot.answer.verdict) : null, el("span", { class: "name" }, title)),
      el("span", { class: "brief" }, say)));
}

function remove(file) {
  return el("button", { type: "button", class: "icon quiet", "aria-label": `Remove ${file.name}`, title: "Remove", onclick: () => post("api/remove", { files: [file.id] }) }, "\u00d7");
}

function again(file) {
  const choices = [...store.techniques.values()].map((one) => el("option", { value: one.name }, one.name.toUpperCase()));
  return el("select", {
    "aria-label": `Read ${file.name} as`,
    onchange: (event) => event.target.value && post("api/read", { file: file.id, settings: { technique: event.target.value } }),
  }, el("option", { value: "" }, "read as \u2026"), choices);
}

// A file that lacks what its technique requires can be read once the user says it.
function missing(file) {
  const needed = [...store.techniques.values()].flatMap((technique) => technique.parameters.filter((one) => one.required && file.message.includes(one.name)).map((one) => [technique, one]));
  return needed.map(([technique, one]) => {
    const { scale, unit } = shownUnit(one);
    return el("label", { class: "line" }, `${technique.name.toUpperCase()}, ${one.meaning}:`,
      el("input", { type: "number", step: "any", min: one.low / scale, max: one.high / scale, placeholder: one.default / scale, onchange: (event) => event.target.value && post("api/read", { file: file.id, settings: { technique: technique.name, stated: { [one.name]: Number(event.target.value) * scale } } }) }), unit);
  });
}

// Why a file cannot be used, without its name, which stands above: also that of its only spectrum.
export function saidOf(file) {
  const name = [`${file.name}, spectrum '${file.name.replace(/\.[^.]*$/, "")}': `, `${file.name}: `].find((one) => file.message.startsWith(one));
  return file.message.slice(name?.length ?? 0);
}

function group(file) {
  const head = (isNamed(file) || file.status !== "ready" || !file.spots.length) && el("div", { class: `file ${file.status}` },
    el("span", { class: "name", title: file.name }, file.name),
    remove(file),
    file.status === "failed" || file.status === "cancelled" ? el("div", { class: "why" }, message(saidOf(file)), " ", missing(file), again(file)) : null,
    file.status === "waiting" || file.status === "working" ? el("p", { class: "brief" }, file.status === "waiting" ? "waiting" : "reading and quantifying \u2026") : null);
  return el("li", { class: "group", "data-file": file.id }, head || el("div", { class: "alone" }, remove(file)),
    el("ul", {}, file.spots.filter((spot) => spot.answer || spot.error).map((spot) => line(file, spot))));
}

function state(file) {
  const open = file.spots.find((spot) => spot.id === store.current)?.id ?? "";
  return `${open} ${file.spots.map((spot) => (store.ticked.has(spot.id) ? 1 : 0)).join("")} ${store.techniques.size}`;
}

function nodeOf(file) {
  const known = rows.get(file.id);
  const drawn = state(file);
  if (known && known[0] === file && known[1] === drawn) return known[2];
  const node = group(file);
  rows.set(file.id, [file, drawn, node]);
  return node;
}

function tickAll() {
  const every = spots().filter((spot) => spot.answer);
  const all = every.length > 0 && every.every((spot) => store.ticked.has(spot.id));
  return el("label", { class: "all" }, el("input", {
    type: "checkbox",
    checked: all,
    onchange: () => {
      for (const spot of every) if (all) store.ticked.delete(spot.id); else store.ticked.add(spot.id);
      changed();
    },
  }), store.ticked.size ? `${store.ticked.size} of ${every.length} chosen` : `${every.length} ${every.length === 1 ? "spectrum" : "spectra"}`);
}

const list = el("ul", { class: "spectra" });
const head = el("div", { class: "head" });
const problems = el("ul", { class: "problems" });
let shown = [];

export function drawList() {
  keepFocus(by("side"), () => drawParts(by("side")));
}

function drawParts(side) {
  if (!list.isConnected) fill(side, head, problems, list);
  fill(head, tickAll());
  fill(problems, store.problems.map((text) => el("li", { class: "why" }, message(text))));
  const nodes = files().map(nodeOf);
  for (const identity of rows.keys()) if (!store.files.has(identity)) rows.delete(identity);
  if (nodes.length === shown.length && nodes.every((node, index) => node === shown[index])) return;
  const top = side.scrollTop;
  if (shown.length <= nodes.length && shown.every((node, index) => node.dataset.file === nodes[index].dataset.file)) {
    shown.forEach((node, index) => node !== nodes[index] && node.replaceWith(nodes[index]));
    list.append(...nodes.slice(shown.length));
  } else fill(list, nodes);
  side.scrollTop = top;
  shown = nodes;
}

export function listKeys() {
  by("side").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.classList.contains("spot")) return;
    event.preventDefault();
    const every = [...by("side").querySelectorAll(".spot")];
    const next = every[every.indexOf(event.target) + step];
    if (next) {
      open(next.dataset.spot);
      next.focus();
    }
  });
}
