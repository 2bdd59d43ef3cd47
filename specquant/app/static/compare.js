// Several spectra: over each other, their difference, their amounts side by side, and the mean of replicates.

import { post } from "./api.js";
import { el, scrolling } from "./dom.js";
import { figure } from "./figure.js";
import { known, percent } from "./numbers.js";
import { elementsOf, redraw, store, ticked, titleOf } from "./store.js";

const MOST = 50; // spectra in one figure

let shown = "overlay";
let alike = false;
let cache = { key: "", figure: null };

function total(counts) {
  return counts.reduce((sum, value) => sum + (value ?? 0), 0) || 1;
}

// The figure with counts scaled to the area of the first spectrum, or with the differences from it.
function altered(data) {
  const area = total(data.traces[0].counts);
  const traces = data.traces.map((trace, index) => {
    const factor = alike && index ? area / total(trace.counts) : 1;
    return factor === 1 ? trace : { ...trace, counts: trace.counts.map((value) => (value === null ? null : value * factor)) };
  });
  if (shown === "overlay") return { ...data, traces };
  const [first, ...others] = traces;
  const differences = others.map((trace) => ({
    name: `${trace.name} less ${first.name}`,
    counts: trace.counts.map((value, index) => (value === null || first.counts[index] === null ? null : value - first.counts[index])),
  }));
  return { ...data, title: "Difference", traces: differences, unexplained: [] };
}

async function load(list) {
  const key = list.map((spot) => spot.id).join();
  if (cache.key !== key || cache.answers.some((answer, index) => answer !== list[index].answer)) {
    cache = { key, answers: list.map((spot) => spot.answer), figure: await post("api/figure", { spots: list.map((spot) => spot.id) }) };
  }
  return altered(cache.figure);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values) {
  if (values.length < 2) return null;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

const amountOf = (spot, element) => spot.answer.elements.find((row) => row.element === element)?.at ?? 0;

function table(list, replicates) {
  const answered = list.filter((spot) => spot.answer.answered);
  const several = replicates && answered.length > 1;
  const elements = elementsOf(answered);
  return scrolling("Amounts side by side", el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "at%"), list.map((spot) => el("th", { scope: "col", class: "spectrum" }, titleOf(spot))), several && [el("th", { scope: "col" }, "mean"), el("th", { scope: "col" }, "standard deviation")])),
    el("tbody", {}, elements.map((element) => {
      const values = answered.map((spot) => amountOf(spot, element));
      const spread = deviation(values);
      return el("tr", {}, el("th", { scope: "row" }, element),
        list.map((spot) => el("td", { class: amountOf(spot, element) > 0 ? null : "pale" }, spot.answer.answered ? percent(amountOf(spot, element)) : "\u2013")),
        several && [el("td", { class: "main" }, percent(mean(values))), el("td", {}, known(spread) ? percent(spread, 2) : "\u2013")]);
    }))));
}

export function compare() {
  const list = ticked();
  if (list.length < 2) return el("p", { class: "soft" }, "Choose two or more spectra in the list at the left by their boxes: they are laid over each other here, with their amounts side by side.");
  const techniques = new Set(list.map((spot) => spot.answer.technique));
  store.picture = { view: "compare", spots: list.map((spot) => spot.id), difference: shown === "difference", alike };
  const toggle = (name, text) => el("button", { type: "button", "aria-pressed": String(shown === name), onclick: () => { shown = name; redraw(); } }, text);
  const state = `${shown} ${alike} ${list.map((spot) => spot.id)} ${list.map((spot) => spot.answer.settings).map(JSON.stringify)}`;
  return el("section", { class: "compare" },
    el("h2", {}, `Comparison of ${list.length}`),
    techniques.size > 1 ? el("p", { class: "soft" }, "Spectra of several techniques have no common axis: only their amounts are compared.")
      : list.length > MOST ? el("p", { class: "soft" }, `At most ${MOST} spectra are drawn over each other.`)
      : [el("div", { class: "line" }, el("span", { role: "group", "aria-label": "What is drawn" }, toggle("overlay", "Overlay"), toggle("difference", "Difference from the first")),
          el("label", {}, el("input", { type: "checkbox", checked: alike, onchange: (event) => { alike = event.target.checked; redraw(); } }), "scaled to the same area")),
        figure("compare", () => load(list), state, { axis: `${shown} ${list.map((spot) => spot.id)}`, scale: shown === "overlay" ? "root" : "linear" })],
    table(list, techniques.size === 1),
    techniques.size === 1 && el("p", { class: "soft" }, "Mean and standard deviation are those of the spectra that are quantified, as of replicates of one sample."));
}
