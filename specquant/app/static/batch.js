// All results as one table that can be sorted: a row for each spectrum, a column for each element.

import { el, scrolling } from "./dom.js";
import { brief, saidOf } from "./list.js";
import { known, percent, signed } from "./numbers.js";
import { changed, elementsOf, files, open, redraw, spots, store, titleOf } from "./store.js";
import { badge, UNUSABLE } from "./verdict.js";

const COLUMNS = 24; // elements that get a column; what is left is in the files to save
const AT_ONCE = 60; // rows that are drawn in one frame
const PAUSE = 1000; // ms between two drawings while results come in

let order = { key: null, down: true };
let unit = "at";
let only = ""; // the verdict of the rows that are shown; "": all

const VERDICTS = ["good", "doubtful", "not quantified", UNUSABLE];

// What a row is about: a spectrum with its answer, or a file that cannot be used, which stands like one with a message.
const answers = () => spots().filter((spot) => spot.answer);
const failures = () => files().filter((file) => file.status === "failed").map((file) => ({ file, spots: [], failed: true }));
const verdictOf = (row) => (row.failed ? UNUSABLE : row.answer.verdict);
const nameOf = (row) => (row.failed ? row.file.name : titleOf(row));

const amount = (spot, element) => (spot.answer?.answered ? spot.answer.elements.find((row) => row.element === element && row.shown)?.[unit] ?? 0 : -1);

const KEYS = {
  name: nameOf,
  technique: (row) => row.answer?.technique ?? "",
  verdict: (row) => VERDICTS.indexOf(verdictOf(row)),
  offset: (row) => row.answer?.offset ?? 0,
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

// How many there are of every verdict; each shows those alone.
function choices(rows) {
  const count = (verdict) => rows.filter((row) => verdictOf(row) === verdict).length;
  const button = (verdict, ...texts) => el("button", { type: "button", id: `only-${verdict.replaceAll(" ", "-")}`, "aria-pressed": String(only === verdict), onclick: () => { only = verdict; redraw(); } }, texts);
  const there = VERDICTS.filter(count);
  return there.length > 1 && el("span", { role: "group", "aria-label": "What is shown", class: "line" },
    button("", `All ${rows.length}`), there.map((verdict) => button(verdict, badge(verdict, true), ` ${count(verdict)}`)));
}

// Choose the spectra that are shown, and no others: for a report or a table of them alone.
function chooseShown(rows) {
  const shown = rows.filter((row) => row.answer);
  const choose = () => {
    store.ticked = new Set(shown.map((spot) => spot.id));
    changed();
  };
  return shown.length > 0 && el("button", { type: "button", id: "choose-shown", title: "Tick them in the list, and no others: they are then compared and saved", onclick: choose }, `Choose ${shown.length === 1 ? "this one" : `these ${shown.length}`}`);
}

// What speaks against an answer, the gravest first; all of it in a title.
function grounds({ answer }) {
  const [first, ...others] = answer.grounds;
  return el("td", { class: "word ground", title: answer.grounds.join("\n") }, first ?? "", others.length ? el("small", {}, ` and ${others.length} more`) : null);
}

function heads({ offsets, doubts, columns }) {
  return el("thead", {}, el("tr", {}, head("name", "Spectrum"), head("technique", "Technique"), head("verdict", "Verdict"),
    doubts && el("th", { scope: "col", class: "word" }, "What speaks against it"), offsets && head("offset", "Offset, eV"), columns.map((element) => head(element, element))));
}

function rowOf(row, { offsets, doubts, columns }) {
  const verdict = [el("td", { class: "word" }, row.answer?.technique.toUpperCase() ?? ""), el("td", { class: "word" }, badge(verdictOf(row), true))];
  if (row.failed) return el("tr", {}, el("th", { scope: "row" }, row.file.name), verdict, el("td", { class: "word ground", colspan: 1 + Boolean(offsets) + columns.length }, saidOf(row.file)));
  return el("tr", { "aria-current": row.id === store.current ? "true" : null },
    el("th", { scope: "row" }, el("button", { type: "button", class: "link", title: brief(row.answer), onclick: () => open(row.id) }, titleOf(row))),
    verdict,
    doubts && grounds(row),
    offsets && el("td", {}, known(row.answer.offset) ? signed(row.answer.offset) : ""),
    columns.map((element) => { const value = amount(row, element); return el("td", {}, value > 0 ? percent(value) : ""); }));
}

function table() {
  const all = [...answers(), ...failures()];
  if (!all.length) return el("p", { class: "soft" }, "There is no result yet.");
  if (!all.some((row) => verdictOf(row) === only)) only = "";
  const list = all.filter((row) => only === "" || verdictOf(row) === only);
  const answered = list.filter((row) => row.answer);
  const every = elementsOf(answered);
  const shape = {
    columns: every.slice(0, COLUMNS),
    offsets: answered.some((spot) => known(spot.answer.offset) && spot.answer.offset !== 0),
    doubts: list.some((row) => row.failed || row.answer.grounds.length),
  };
  const body = el("tbody");
  inPieces(body, sorted(list), (row) => rowOf(row, shape));
  const choose = el("select", { onchange: (event) => { unit = event.target.value; redraw(); } }, el("option", { value: "at", selected: unit === "at" }, "at%"), el("option", { value: "wt", selected: unit === "wt" }, "wt%"));
  return el("section", { class: "batch" },
    el("div", { class: "line title" }, el("h2", {}, "All results"), choices(all), chooseShown(list), el("label", {}, "Amounts in ", choose)),
    scrolling("All results", el("table", {}, heads(shape), body)),
    every.length > COLUMNS ? el("p", { class: "soft" }, `Of these there is less, and the saved tables have them: ${every.slice(COLUMNS).join(", ")}.`) : null,
    el("p", { class: "soft" }, "An element is shown from its own detection limit on."));
}
