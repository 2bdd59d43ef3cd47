// Amounts along a series of spectra: depth, time, position or their order, with the 90 % intervals as bands.

import { el } from "./dom.js";
import { known } from "./numbers.js";
import { elementsOf, redraw, spots, store, ticked, titleOf } from "./store.js";

const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a6d00", "#5b4b8a"];
const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3]];
const HEIGHT = 360;
const MOST = 8; // elements that are drawn

const plots = new Map();
let along = null; // null: what the files say, else their order

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function profile(key, positions, label, series) {
  const node = el("div", { class: "profile", role: "img", "aria-label": `Amounts of ${series.map((one) => one.element).join(", ")} against ${label.toLowerCase()}` });
  plots.get(key)?.destroy();
  requestAnimationFrame(() => {
    if (!node.isConnected) return;
    const data = [positions];
    const lines = [{ label }];
    const bands = [];
    series.forEach((one, index) => {
      const stroke = COLOURS[index % COLOURS.length];
      const dash = DASHES[Math.floor(index / COLOURS.length) % DASHES.length];
      const scaled = (values) => values.map((value) => (known(value) ? 100 * value : null));
      if (one.lower) {
        data.push(scaled(one.upper), scaled(one.lower));
        lines.push({ stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } });
        bands.push({ series: [data.length - 2, data.length - 1], fill: `${stroke}33` });
      }
      data.push(scaled(one.values));
      lines.push({ label: one.element, stroke, dash, width: 2, points: { show: true, size: 5 } });
    });
    const axis = { stroke: style("--ink"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line") } };
    plots.set(key, new window.uPlot({
      width: Math.max(280, node.clientWidth), height: HEIGHT, legend: { show: false }, scales: { x: { time: false } }, series: lines, bands,
      axes: [{ ...axis, label, labelSize: 20, ...(positions.every(Number.isInteger) ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {}) }, { ...axis, label: "at%", labelSize: 20, size: 56 }],
    }, data, node));
  });
  return [node, el("ul", { class: "legend" }, series.map((one, index) => {
    const mark = el("i", { "aria-hidden": "true" });
    mark.style.background = COLOURS[index % COLOURS.length];
    return el("li", {}, mark, one.element);
  }))];
}

// Numbers in the headers that differ from one spectrum to the next: what a profile can be drawn against.
function variables(list) {
  const varies = (values) => values.every((value) => value !== undefined && value.trim() !== "" && Number.isFinite(Number(value))) && new Set(values).size > 1;
  return Object.keys(list[0].answer.header).filter((key) => varies(list.map((spot) => spot.answer.header[key])));
}

// What the files themselves say that varies along the series, such as the etch time.
function coordinate(list) {
  const first = list[0].answer.coordinate;
  const alike = first && list.every((spot) => spot.answer.coordinate?.name === first.name);
  return alike ? (first.unit ? `${first.name}, ${first.unit}` : first.name) : "";
}

export function profiles() {
  const chosen = ticked();
  const current = store.current === null ? [] : spots().filter((spot) => spot.file.id === store.current.split("-")[0] && spot.answer);
  const every = chosen.length > 2 ? chosen : current;
  const list = every.filter((spot) => spot.answer.answered);
  if (list.length < 3) return el("p", { class: "soft" }, "A profile needs three quantified spectra or more: a file that holds a series, or spectra that are chosen in the list at the left.");
  const keys = variables(list);
  const stated = coordinate(list);
  const ways = [...(stated ? [stated] : []), "", ...keys];
  if (!ways.includes(along)) along = ways[0];
  const value = (spot, index) => (along === stated && stated ? spot.answer.coordinate.value : along ? Number(spot.answer.header[along]) : index + 1);
  store.picture = { view: "profile", spots: list.map((spot) => spot.id), along: along === stated && stated ? null : along };
  const at = list.map(value);
  const order = at.map((_, index) => index).sort((a, b) => at[a] - at[b]);
  const elements = elementsOf(list).slice(0, MOST);
  const column = (element, key) => order.map((index) => list[index].answer.elements.find((row) => row.element === element)?.[key] ?? (key === "at" ? 0 : null));
  const series = elements.map((element) => ({ element, values: column(element, "at"), lower: column(element, "lower"), upper: column(element, "upper") }));
  const choose = el("select", { id: "along", onchange: (event) => { along = event.target.value; redraw(); } },
    ways.map((key) => el("option", { value: key, selected: key === along }, key || "order in the list")));
  return el("section", { class: "card" },
    el("div", { class: "line title" }, el("h2", {}, `Profile of ${list.length}`), el("label", { for: "along" }, "Against ", choose)),
    profile("series", order.map((index) => at[index]), along || "Number in the list", series),
    el("p", { class: "soft" }, `Bands are the 90 % intervals. From ${titleOf(list[order[0]])} to ${titleOf(list[order.at(-1)])}.`));
}
