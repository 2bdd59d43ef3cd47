// What a user can change about an answer; every change is quantified anew at once and can be undone.

import { post } from "./api.js";
import { el, toast } from "./dom.js";
import { known, plain, shownUnit } from "./numbers.js";
import { current, redraw, spots, store, ticked } from "./store.js";

let scope = "this"; // which spectra a change is for
let replaced = null; // the answer that is quantified anew
let took = null; // identity of the spectrum that was fitted last, and the seconds that this took

const said = el("p", { class: "soft", role: "status" }); // stays when all else is drawn anew, so that a screen reader hears it change

function say(spot) {
  const last = took?.id === spot.id ? `Fitted again in ${took.seconds.toFixed(1)} s` : "";
  said.textContent = spot.answer === replaced ? "Fitting again \u2026" : spot.error || last;
  return said;
}

function reached(spot) {
  const alike = (list) => list.filter((one) => one.answer && one.answer.technique === spot.answer.technique);
  const others = { this: [], chosen: alike(ticked()), all: alike(spots()) }[scope];
  return [spot.id, ...others.map((one) => one.id).filter((identity) => identity !== spot.id)];
}

export async function refit(spot, changes) {
  replaced = spot.answer;
  say(spot);
  const started = performance.now();
  try {
    const reply = await post("api/refit", { spots: reached(spot), settings: { ...spot.answer.settings, ...changes } });
    if (reply.error) throw new Error(reply.error);
    took = { id: spot.id, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    replaced = null;
    toast(error.message);
    redraw(); // controls go back to what the answer has
  }
  if (current()?.answer) say(current());
}

export async function undo(spot) {
  try {
    await post("api/undo", { spots: reached(spot) });
  } catch (error) {
    toast(error.message);
  }
}

const without = (list, element) => list.filter((one) => one !== element);

function lessFixed(fix, element) {
  const rest = { ...fix };
  delete rest[element];
  return rest;
}

// What can be done to one element of the table.
export function elementActions(spot) {
  const now = spot.answer.settings;
  return {
    exclude: (element) => refit(spot, { exclude: [...without(now.exclude, element), element], require: without(now.require, element), fix: lessFixed(now.fix, element) }),
    require: (element) => refit(spot, { exclude: without(now.exclude, element), require: [...without(now.require, element), element], fix: lessFixed(now.fix, element) }),
    fix: (element, fraction) => {
      const text = prompt(`Amount of ${element}, at%`, known(fraction) ? (100 * fraction).toFixed(1) : "");
      if (text === null) return;
      const amount = Number(text.replace(",", "."));
      if (!(amount >= 0 && amount <= 100) || text.trim() === "") return toast(`${text}: an amount is a number from 0 to 100 at%`);
      refit(spot, { exclude: without(now.exclude, element), require: without(now.require, element), fix: { ...now.fix, [element]: amount } });
    },
    free: (element) => refit(spot, { exclude: without(now.exclude, element), require: without(now.require, element), fix: lessFixed(now.fix, element), only: without(now.only, element) }),
  };
}

function chips(spot, act) {
  const { exclude, require, fix } = spot.answer.settings;
  const chip = (element, text) => el("li", {}, text, el("button", { type: "button", class: "icon", "aria-label": `${element}: as the program finds it`, title: "As the program finds it", onclick: () => act.free(element) }, "\u00d7"));
  const list = [
    ...exclude.map((element) => chip(element, `${element} excluded`)),
    ...require.map((element) => chip(element, `${element} required`)),
    ...Object.entries(fix).map(([element, amount]) => chip(element, `${element} fixed at ${plain(amount)} at%`)),
  ];
  return list.length ? el("ul", { class: "chips" }, list) : null;
}

function elements(spot, technique, act) {
  const input = el("input", { type: "text", list: "symbols", size: 4, maxlength: 2, "aria-label": "Element", placeholder: "Fe", autocomplete: "off" });
  const go = (name) => {
    const text = input.value.trim();
    const symbol = technique.elements.find((one) => one.toLowerCase() === text.toLowerCase());
    if (!symbol) return toast(text ? `${text} is not an element that ${technique.name.toUpperCase()} sees` : "Type the symbol of an element first, such as Fe");
    if (name === "fix") act.fix(symbol, spot.answer.elements.find((row) => row.element === symbol)?.at);
    else act[name](symbol);
    input.value = "";
  };
  const button = (name, text, title) => el("button", { type: "button", title, onclick: () => go(name) }, text);
  input.addEventListener("keydown", (event) => event.key === "Enter" && go("require"));
  return el("fieldset", {}, el("legend", {}, "Elements"),
    el("div", { class: "line" }, input,
      el("datalist", { id: "symbols" }, technique.elements.map((symbol) => el("option", { value: symbol }))),
      button("require", "Require", "It is there: the fit keeps it"),
      button("exclude", "Exclude", "It is not there"),
      button("fix", "Fix \u2026", "Its amount is known")),
    chips(spot, act));
}

function axis(spot, technique) {
  if (!technique.has_offset) return null;
  const { reference, shift } = spot.answer.settings;
  const kind = reference ? "line" : shift !== null ? "shift" : "search";
  const [line, energy] = reference ? reference.split("=") : ["C1s", "284.8"];
  const lines = el("select", { "aria-label": "Line" }, technique.references.map((one) => el("option", { value: one.line, selected: one.line === line }, one.line)));
  const at = el("input", { type: "number", step: "0.1", value: energy, "aria-label": `Energy of the line, ${technique.unit}` });
  const by = el("input", { type: "number", step: "0.1", value: shift ?? plain(spot.answer.offset) ?? 0, "aria-label": `Offset of the axis, ${technique.unit}` });
  const set = (name) => {
    if (name === "search") refit(spot, { reference: "", shift: null });
    else if (name === "line") refit(spot, { reference: `${lines.value}=${at.value}`, shift: null });
    else refit(spot, { reference: "", shift: Number(by.value) });
  };
  const choice = (name, text, ...inputs) => el("div", { class: "line" }, el("label", {}, el("input", { type: "radio", name: "axis", value: name, checked: kind === name, onchange: () => set(name) }), text), ...inputs);
  for (const input of [lines, at]) input.addEventListener("change", () => set("line"));
  by.addEventListener("change", () => set("shift"));
  lines.addEventListener("change", () => (at.value = technique.references.find((one) => one.line === lines.value)?.energy ?? at.value), { capture: true });
  return el("fieldset", {}, el("legend", {}, "Charge reference"),
    choice("search", "found in the spectrum"),
    choice("line", "line", lines, "at", at, technique.unit),
    choice("shift", "offset", by, technique.unit));
}

// The name of a parameter as people write it.
const nameOf = ({ name }) => name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");

function instrument(spot, technique) {
  if (!technique.parameters.length) return null;
  const { settings, stated, assumed } = spot.answer;
  const line = (one) => {
    const { scale, unit } = shownUnit(one);
    const mine = settings.stated[one.name];
    const value = mine ?? stated[one.name];
    const input = el("input", {
      type: "number", step: "any", min: one.low / scale, max: one.high / scale,
      value: known(value) ? plain(value / scale) : "", placeholder: plain(one.default / scale), id: `set-${one.name}`,
      onchange: (event) => {
        const rest = { ...settings.stated };
        delete rest[one.name];
        const text = event.target.value;
        refit(spot, { stated: text === "" ? rest : { ...rest, [one.name]: Number(text) * scale } });
      },
    });
    const whence = mine !== undefined ? "set by you" : known(stated[one.name]) && !assumed.includes(one.name) ? "from the file" : "assumed";
    return el("div", { class: "line parameter" }, el("label", { for: `set-${one.name}`, title: one.name }, nameOf(one), el("small", {}, ` ${one.meaning}; ${whence}`)), input, el("span", { class: "unit" }, unit));
  };
  const first = technique.parameters.filter((one) => one.required || known(stated[one.name]) || settings.stated[one.name] !== undefined);
  const others = technique.parameters.filter((one) => !first.includes(one));
  return el("fieldset", {}, el("legend", {}, "Instrument"), first.map(line),
    others.length ? el("details", {}, el("summary", {}, first.length ? `${others.length} more` : "Not stated in the file"), others.map(line)) : null);
}

function way(spot, technique) {
  const { settings, method } = spot.answer;
  const methods = el("select", { id: "method", onchange: (event) => refit(spot, { method: event.target.value }) }, technique.methods.map((name) => el("option", { value: name, selected: name === method }, WAYS[name] ?? name)));
  const oxides = technique.has_oxides && el("label", {}, el("input", { type: "checkbox", checked: settings.oxides, onchange: (event) => refit(spot, { oxides: event.target.checked }) }), "oxides in wt%");
  return el("fieldset", {}, el("legend", {}, "Method"), el("div", { class: "line" }, el("label", { for: "method", class: "unseen" }, "Method"), methods, oxides));
}

const WAYS = { hybrid: "network and fit (best)", cnn: "network alone", nnls: "least squares", poisson: "Poisson likelihood" };

function reach(spot) {
  const alike = spots().filter((one) => one.answer && one.answer.technique === spot.answer.technique).length;
  const option = (value, text) => el("option", { value, selected: scope === value }, text);
  return el("label", { class: "line reach" }, "Changes are for ", el("select", { onchange: (event) => (scope = event.target.value) },
    option("this", "this spectrum"), ticked().length > 1 && option("chosen", `the ${ticked().length} chosen`), alike > 1 && option("all", `all ${alike} of this technique`)));
}

export function adjust(spot) {
  const technique = store.techniques.get(spot.answer.technique);
  if (!technique) return el("p", { class: "soft" }, "Loading \u2026");
  const act = elementActions(spot);
  return el("section", { class: "adjust card", "aria-label": "Adjust" },
    el("div", { class: "line title" }, el("h3", {}, "Adjust"),
      el("button", { type: "button", id: "undo", disabled: !spot.undo, title: "Back to the earlier answer (Ctrl+Z)", onclick: () => undo(spot) }, "Undo")),
    say(spot),
    elements(spot, technique, act), axis(spot, technique), instrument(spot, technique), way(spot, technique), reach(spot));
}
