// The answer to one spectrum: verdict with reasons, the table beside the earlier answer, what could hide, and notes.

import { el, heads, scrolling } from "./dom.js";
import { change, interval, known, percent, signed } from "./numbers.js";
import { store, titleOf } from "./store.js";
import { badge } from "./verdict.js";

const HIDING = 12; // elements that could hide, or are too little for a row, and are named
const PRINTED = 0.0005; // fraction from which on a sum is written: half of the last figure

export function heading(spot) {
  const { answer } = spot;
  const technique = store.techniques.get(answer.technique);
  const reasons = answer.reasons.map((reason) => el("li", {}, el("details", {}, el("summary", {}, reason.text), el("ul", { class: "figures" }, reason.figures.map((text) => el("li", {}, text))))));
  const warnings = answer.notes.filter((note) => note.kind === "warning").map((note) => el("li", {}, note.text));
  const map = spot.file.shape ? `, map of ${spot.file.shape[0]} \u00d7 ${spot.file.shape[1]} pixels` : "";
  const moved = answer.offset ? `, offset of the energy axis ${signed(answer.offset)} ${technique?.unit ?? "eV"}, taken off` : "";
  const sum = spot.file.shape && spot.id === spot.file.spots[0].id && store.view !== "map";
  return el("header", { class: "heading" },
    el("h2", {}, titleOf(spot)),
    el("p", {}, badge(answer.verdict, true), el("span", { class: "soft", title: spot.file.reason }, ` \u00b7 ${technique ? technique.title : answer.technique}${map}${moved}`)),
    sum ? el("p", { class: "soft", id: "sum-of-map" }, "All pixels added up and fitted as one sample. Where they are of several phases, this is not their mean, which the tab Map gives.") : null,
    reasons.length ? el("ul", { class: `judgement ${answer.answered ? "doubtful" : "refused"}` }, reasons) : null,
    warnings.length ? el("ul", { class: "judgement doubtful" }, warnings) : null);
}

function actions(row, excluded, act) {
  if (row.gone) return el("td", { class: "actions" }, excluded.includes(row.element) && el("button", { type: "button", class: "icon", title: `Do not exclude ${row.element}`, "aria-label": `Do not exclude ${row.element}`, onclick: () => act.free(row.element) }, "+"));
  return el("td", { class: "actions" },
    el("button", { type: "button", class: "icon", title: `Exclude ${row.element}`, "aria-label": `Exclude ${row.element}`, onclick: () => act.exclude(row.element) }, "\u00d7"),
    el("button", { type: "button", class: "icon", title: `Fix the amount of ${row.element}`, "aria-label": `Fix the amount of ${row.element}`, onclick: () => act.fix(row.element, row.at) }, "="));
}

const byElement = (answer) => new Map((answer?.answered ? answer.elements : []).map((row) => [row.element, row]));

// Rows of the answer, and those that only the earlier answer has.
function rowsOf(answer, earlier) {
  const before = byElement(earlier);
  const rows = answer.elements.filter((row) => row.shown);
  const there = new Set(rows.map((row) => row.element));
  const gone = [...before.values()].filter((row) => row.shown && !there.has(row.element));
  const now = byElement(answer);
  return [...rows, ...gone.map((row) => ({ ...(now.get(row.element) ?? { element: row.element, at: 0 }), gone: true }))];
}

export function table(answer, earlier, act) {
  if (!answer.answered) return el("p", {}, "This spectrum is not quantified: the reasons are above.");
  const before = byElement(earlier);
  const compared = earlier?.answered;
  const oxides = answer.elements.some((row) => known(row.oxide_wt));
  const limits = !compared && !oxides && answer.elements.some((row) => known(row.limit)); // where there is room
  const head = ["", "at%", "90\u00a0% interval", "wt%", limits && "limit", oxides && "oxide", oxides && "oxide wt%", compared && "earlier", compared && "change", act && ""];
  const settings = answer.settings;
  const rows = rowsOf(answer, earlier).map((row) => {
    const old = before.get(row.element)?.at ?? 0;
    const moved = Math.abs(row.at - old) >= 0.0005;
    const mark = settings.fix[row.element] !== undefined ? " (fixed)" : settings.require.includes(row.element) ? " (required)" : "";
    return el("tr", { class: row.gone ? "gone" : null, "data-element": row.element },
      el("th", { scope: "row" }, row.element, mark && el("small", {}, mark)),
      el("td", { class: "main" }, row.gone ? "\u2013" : percent(row.at)),
      el("td", {}, row.gone ? "\u2013" : interval(row.lower, row.upper)),
      el("td", {}, row.gone ? "\u2013" : percent(row.wt)),
      limits && el("td", { class: "pale" }, percent(row.limit)),
      oxides && el("td", {}, row.oxide || "\u2013"),
      oxides && el("td", {}, percent(row.oxide_wt)),
      compared && el("td", { class: "pale" }, percent(old)),
      compared && el("td", { class: moved ? "moved" : "pale" }, change(row.at - old)),
      act && actions(row, settings.exclude, act));
  });
  return scrolling("Composition", el("table", { class: "composition" },
    heads(head.filter((text) => text !== false && text !== undefined)),
    el("tbody", {}, rows)));
}

export function remarks(answer) {
  if (!answer.answered) return null;
  const faint = answer.elements.filter((row) => !row.shown);
  const rest = faint.reduce((sum, row) => sum + row.at, 0);
  const named = faint.slice(0, HIDING).map((row) => `${row.element}\u00a0${percent(row.at)}`);
  const hiding = answer.hidden.slice(0, HIDING).map((row) => `${row.element}\u00a0${percent(row.limit)}`);
  const more = answer.hidden.length - hiding.length;
  return el("div", { class: "remarks" },
    rest >= PRINTED ? el("p", {}, el("strong", {}, `Too little to be shown, ${percent(rest)} at% together: `), named.join(", "), faint.length > named.length ? ` and ${faint.length - named.length} more.` : ".") : null,
    hiding.length ? el("p", {}, el("strong", {}, "Could be there unseen, up to (at%): "), hiding.join(", "), more > 0 ? ` and ${more} more.` : ".") : null,
    known(answer.oxygen) ? el("p", {}, el("strong", {}, "Oxygen: "), `${percent(answer.oxygen)} at% by stoichiometry, ${percent(answer.elements.find((row) => row.element === "O")?.at ?? 0)} at% measured.`) : null);
}

// A second answer, from narrow scans in the same file.
export function narrow(answer) {
  if (!answer.narrow) return null;
  const { elements, unused, notes: said } = answer.narrow;
  return el("section", { class: "card", "aria-label": "Narrow scans" }, el("h3", {}, "Narrow scans in the same file"),
    elements.length ? el("table", { class: "composition" },
      heads(["", "line", "at%", "90\u00a0% interval"]),
      el("tbody", {}, elements.map((row) => el("tr", {}, el("th", { scope: "row" }, row.element), el("td", {}, row.line), el("td", { class: "main" }, percent(row.at)), el("td", {}, interval(row.lower, row.upper)))))) : null,
    unused.length || said.length ? el("details", {}, el("summary", {}, "Not used, and notes"), el("ul", {}, [...unused, ...said].map((text) => el("li", {}, text)))) : null);
}

export function notes(answer) {
  const said = answer.notes.filter((note) => note.kind !== "warning").map((note) => el("li", {}, note.kind ? el("strong", {}, `${note.kind}: `) : null, note.text));
  const facts = Object.entries(answer.header);
  return el("div", { class: "notes" },
    said.length ? el("details", { open: true }, el("summary", {}, `Notes (${said.length})`), el("ul", {}, said)) : null,
    facts.length ? el("details", {}, el("summary", {}, "What the file says"), el("dl", {}, facts.flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, value)]))) : null);
}
