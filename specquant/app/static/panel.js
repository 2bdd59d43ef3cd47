// What is shown of the open spectrum, by view.

import { adjust, elementActions } from "./adjust.js";
import { batch } from "./batch.js";
import { compare } from "./compare.js";
import { by, el, fill } from "./dom.js";
import { spectrumFigure } from "./figure.js";
import { keepFocus, keepState } from "./keep.js";
import { heading, narrow, notes, remarks, table } from "./result.js";
import { changed, current, store, ticked } from "./store.js";
import { map } from "./map.js";
import { profiles } from "./profile.js";
import { why } from "./why.js";

export const VIEWS = new Map([
  ["spectrum", "Spectrum"],
  ["why", "Why"],
  ["map", "Map"],
  ["compare", "Compare"],
  ["profile", "Profile"],
  ["batch", "All results"],
]);

let drawn = [];

function spectrum(spot) {
  return [
    heading(spot),
    el("div", { class: "halves" },
      el("div", { class: "seen" }, spectrumFigure(spot), el("section", { class: "card", "aria-label": "Notes" }, notes(spot.answer))),
      el("div", { class: "said" }, el("section", { class: "card", "aria-label": "Result" }, table(spot.answer, spot.earlier, elementActions(spot)), remarks(spot.answer)), narrow(spot.answer), adjust(spot))),
  ];
}

function content(spot) {
  if (store.view === "batch") return batch();
  if (store.view === "compare") return compare();
  if (store.view === "profile") return profiles();
  if (!spot?.answer) return el("p", { class: "soft" }, "The first result will be here in a moment.");
  if (store.view === "map" && spot.file.shape) {
    const whole = { ...spot.file.spots[0], file: spot.file };
    return [heading(whole), map(whole)];
  }
  return store.view === "why" ? [heading(spot), why(spot)] : spectrum(spot);
}

export function drawPanel() {
  const spot = current();
  const state = [store.view, store.current, spot?.answer, spot?.error, store.techniques.size, store.view === "batch" ? store.revision : null, store.view === "compare" || store.view === "profile" ? ticked().map((one) => one.answer) : null, store.version].flat();
  if (state.length === drawn.length && state.every((one, index) => one === drawn[index])) return;
  const same = state[0] === drawn[0] && state[1] === drawn[1];
  drawn = state;
  const panel = by("panel");
  store.picture = null;
  const parts = [content(spot)].flat();
  if (parts.length === 1 && parts[0] === panel.firstChild) return;
  keepFocus(panel, () => keepState(panel, () => fill(panel, parts), same));
}

export function drawTabs() {
  const tabs = by("tabs");
  if (!tabs.childElementCount) {
    fill(tabs, [...VIEWS].map(([name, text]) => el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", onclick: () => show(name) }, text)));
    tabs.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const names = [...VIEWS.keys()].filter((name) => !by(`tab-${name}`).hidden);
      show(names[(names.indexOf(store.view) + step + names.length) % names.length]);
      by(`tab-${store.view}`).focus();
    });
  }
  const isMap = Boolean(current()?.file.shape);
  if (!isMap && store.view === "map") store.view = "spectrum";
  by("tab-map").hidden = !isMap;
  for (const name of VIEWS.keys()) {
    const tab = by(`tab-${name}`);
    tab.setAttribute("aria-selected", String(name === store.view));
    if (name === "compare") tab.textContent = ticked().length > 1 ? `Compare (${ticked().length})` : "Compare";
    tab.tabIndex = name === store.view ? 0 : -1;
  }
  by("panel").setAttribute("aria-labelledby", `tab-${store.view}`);
}

export function show(name) {
  store.view = name;
  changed();
}
