// Why an element is in the answer: what its lines say, then what the network looks at.

import { el, fill, heads, scrolling } from "./dom.js";
import { percent, signed } from "./numbers.js";
import { redraw, requested } from "./store.js";

const CLEAR = 5; // standard errors from which on a line alone is enough
const WEAK = 3;

const loaded = new Map(); // kind to { of, request }: what was asked about, and what came of it

const subject = (kind, spot) => (kind === "reads" ? spot.answer.technique : spot.answer);

function asked(kind, spot) {
  const known = loaded.get(kind);
  return known?.of === subject(kind, spot) ? known.request : null;
}

function load(kind, spot) {
  const known = asked(kind, spot);
  if (known) return known;
  const request = requested(`api/why/${kind}`, { spots: [spot.id] });
  loaded.set(kind, { of: subject(kind, spot), request });
  return request;
}

function word(score) {
  if (score >= CLEAR) return "clear";
  if (score >= WEAK) return "weak";
  return score > -WEAK ? "too little alone" : "speaks against";
}

function bar(score, most) {
  const share = Math.min(1, Math.sqrt(Math.abs(score) / most));
  const node = el("span", { class: `evidence ${score < 0 ? "against" : "for"}`, "aria-hidden": "true" });
  node.style.width = `${(100 * share).toFixed(1)}%`;
  return el("span", { class: "gauge" }, node);
}

function evidence({ elements: rows, unit }, answer) {
  if (!rows.length) return el("p", { class: "soft" }, `This answer does not come from a fit of the spectrum, so there is no evidence by line.${answer.method === "hybrid" ? " The network stands in for the fit: why, is said above." : " Choose the method \u201cnetwork and fit\u201d."}`);
  const most = Math.max(...rows.flatMap((row) => [row.evidence, ...row.lines.map((line) => Math.abs(line.evidence))]), 1);
  const amounts = new Map(answer.elements.map((row) => [row.element, row]));
  const digits = unit === "keV" ? 2 : 0;
  const line = (first, label, energy, score, strong) => el("tr", {}, first,
    el("td", { class: "word" }, strong ? el("strong", {}, label) : label),
    el("td", {}, energy),
    el("td", {}, signed(score, Math.abs(score) < 10 ? 1 : 0)),
    el("td", { class: "word wide" }, bar(score, most), el("span", { class: "soft" }, ` ${word(score)}`)));
  return scrolling("Evidence of the lines", el("table", { class: "reasons" },
    heads(["Element", "at%", "Line", `Energy, ${unit}`, "Evidence", ""]),
    rows.map((row) => {
      const count = row.lines.length + 1;
      const first = [el("th", { scope: "rowgroup", rowspan: count }, row.element), el("td", { rowspan: count }, percent(amounts.get(row.element)?.at))];
      return el("tbody", {}, line(first, "all lines", "", row.evidence, true), row.lines.map((one) => line(null, one.label, one.energy.toFixed(digits), one.evidence, false)));
    })));
}

function windows(content) {
  const { elements, method } = content;
  if (!elements.some((row) => row.windows.length)) return el("p", { class: "soft" }, "No single window of this spectrum moves any fraction by 1 at%.");
  return [
    el("p", { class: "soft" }, `By how much each amount changes when the window is left out (LIME, of ${method === "cnn" ? "the network" : method}). Windows that speak against an element only because amounts sum to 100 % are left out.`),
    scrolling("Windows of the spectrum", el("table", { class: "reasons windows" },
      heads(["Element", "Window", "at%", ""]),
      elements.filter((row) => row.windows.length).map((row) => el("tbody", {}, row.windows.map((one, index) => el("tr", {},
        index === 0 && el("th", { scope: "rowgroup", rowspan: row.windows.length }, row.element),
        el("td", { class: "word" }, `${one.label}, ${one.span}`),
        el("td", {}, signed(100 * one.weight)),
        el("td", { class: "word wide" }, bar(one.weight, 1))))))))];
}

function onRequest(kind, spot, title, text, draw) {
  const known = asked(kind, spot);
  const body = el("div", {});
  if (!known) fill(body, el("p", { class: "soft" }, text), el("button", { type: "button", onclick: () => { load(kind, spot); redraw(); } }, "Show"));
  else if (known.state === "asked") fill(body, el("p", { class: "soft", role: "status" }, "Working \u2026 a few seconds."));
  else if (known.state === "failed") fill(body, el("p", { class: "why" }, known.content));
  else fill(body, draw(known.content));
  return el("section", { class: "card" }, el("h3", {}, title), body);
}

export function why(spot) {
  if (!spot.answer.answered) return el("p", {}, "This spectrum is not quantified, so there is nothing to give reasons for.");
  const lines = load("evidence", spot);
  return [
    el("section", { class: "card" }, el("h3", {}, "Evidence of the lines"),
      el("p", { class: "soft" }, `What the spectrum cannot be explained without, in standard errors: from ${CLEAR} on a line alone is clear evidence. What other elements, the background or the instrument can make up for does not count.`),
      lines.state === "there" ? evidence(lines.content, spot.answer) : el("p", { class: "soft", role: "status" }, lines.state === "asked" ? "Working \u2026" : lines.content)),
    onRequest("lime", spot, "Windows of the spectrum", "Which windows of the spectrum the network\u2019s amounts rest on. Takes some seconds.", windows),
    onRequest("reads", spot, "Where the network reads each element", "A single peak is moved over an empty spectrum; the picture shows what it is read as. It is the same for all spectra of the technique.", (content) => el("img", { class: "reads", src: content.picture, alt: "Map: energy of a single peak across, and the element that the network reads it as" })),
  ];
}
