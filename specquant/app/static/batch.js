// All results as one table that can be sorted: a row for each spectrum, a column for each element.

import { el, scrolling } from "./dom.js";
import { brief } from "./list.js";
import { known, percent, signed } from "./numbers.js";
import { elementsOf, files, open, redraw, spots, store, titleOf } from "./store.js";
import { badge } from "./verdict.js";

const COLUMNS = 24; // elements that get a column; what is left is in the files to save
const AT_ONCE = 60; // rows that are drawn in one frame
const PAUSE = 1000; // ms between two drawings while results come in

let order = { key: null, down: true };
let unit = "at";

const amount = (spot, element) => (spot.answer.answered ? spot.answer.elements.find((row) => row.element === element && row.shown)?.[unit] ?? 0 : -1);

const KEYS = {
  name: (spot) => titleOf(spot),
  technique: (spot) => spot.answer.technique,
  verdict: (spot) => ["good", "doubtful", "not quantified"].indexOf(spot.answer.verdict),
  offset: (spot) => spot.answer.offset ?? 0,
};

function sorted(list) {
  if (order.key === null) return list;
  const key = KEYS[order.key] ?? ((spot) => amount(spot, order.key));
  const way = order.down ? -1 : 1;
  return [...list].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    return way * (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b);
  });
}

function head(key, text) {
  const on = order.key === key;
  return el("th", { scope: "col", "aria-sort": on ? (order.down ? "descending" : "ascending") : "none" },
    el("button", { type: "button", id: `sort-${key}`, onclick: () => { order = { key, down: on ? !order.down : !(key in KEYS) }; redraw(); } }, text, el("span", { "aria-hidden": "true" }, on ? (order.down ? " \u25be" : " \u25b4") : "")));
}

// Put rows in, those of the first screen at once and the others frame by frame.
function inPieces(body, list, row) {
  let next = 0;
  const put = () => {
    if (next > 0 && !body.isConnected) return; // drawn anew
    body.append(...list.slice(next, next + AT_ONCE).map(row));
    next += AT_ONCE;
    if (next < list.length) requestAnimationFrame(put);
  };
  put();
}

let drawn = { at: 0, state: "", node: null };
let timer = null;

// The table anew, while results come in once a second at most.
export function batch() {
  const working = files().some((file) => file.status === "waiting" || file.status === "working");
  const state = `${store.version} ${store.current}`;
  const wait = drawn.at + PAUSE - performance.now();
  if (working && drawn.node?.isConnected && drawn.state === state && wait > 0) {
    timer ??= setTimeout(() => { timer = null; redraw(); }, wait);
    return drawn.node;
  }
  const height = drawn.node?.isConnected ? drawn.node.offsetHeight : 0;
  drawn = { at: performance.now(), state, node: table() };
  drawn.node.style.minHeight = `${height}px`; // so that what is in view stays while rows are put in
  return drawn.node;
}

function table() {
  const list = spots().filter((spot) => spot.answer);
  if (!list.length) return el("p", { class: "soft" }, "There is no result yet.");
  const every = elementsOf(list);
  const columns = every.slice(0, COLUMNS);
  const offsets = list.some((spot) => known(spot.answer.offset) && spot.answer.offset !== 0);
  const row = (spot) => el("tr", { "aria-current": spot.id === store.current ? "true" : null },
    el("th", { scope: "row" }, el("button", { type: "button", class: "link", title: brief(spot.answer), onclick: () => open(spot.id) }, titleOf(spot))),
    el("td", { class: "word" }, spot.answer.technique.toUpperCase()),
    el("td", { class: "word" }, badge(spot.answer.verdict, true)),
    offsets && el("td", {}, known(spot.answer.offset) ? signed(spot.answer.offset) : ""),
    columns.map((element) => { const value = amount(spot, element); return el("td", {}, value > 0 ? percent(value) : ""); }));
  const body = el("tbody");
  inPieces(body, sorted(list), row);
  const choose = el("select", { onchange: (event) => { unit = event.target.value; redraw(); } }, el("option", { value: "at", selected: unit === "at" }, "at%"), el("option", { value: "wt", selected: unit === "wt" }, "wt%"));
  return el("section", { class: "batch" },
    el("div", { class: "line title" }, el("h2", {}, `All results (${list.length})`), el("label", {}, "Amounts in ", choose)),
    scrolling("All results", el("table", {},
      el("thead", {}, el("tr", {}, head("name", "Spectrum"), head("technique", "Technique"), head("verdict", "Verdict"), offsets && head("offset", "Offset, eV"), columns.map((element) => head(element, element)))),
      body)),
    every.length > columns.length ? el("p", { class: "soft" }, `${every.length - columns.length} elements with less are in the saved tables: ${every.slice(COLUMNS).join(", ")}.`) : null,
    el("p", { class: "soft" }, "An element is shown from its own detection limit on."));
}
