// A map: an image of every element and of its error, the phases, and the spectrum of what is chosen in it.

import { streamed, post } from "./api.js";
import { el, heads, scrolling, toast } from "./dom.js";
import { figure } from "./figure.js";
import { brightest, colourBar, image, phaseImage, scaleBar, swatch, unpacked } from "./image.js";
import { brief } from "./list.js";
import { percent, plain } from "./numbers.js";
import { profile } from "./profile.js";
import { open, redraw, store } from "./store.js";

const WIDTH = 520; // pixels of the large image
const FLAT = 8; // one side of an image by the other, at most: pixels of a map of few rows are drawn taller than wide
const FEW = 12; // elements of a line that are drawn
const NAMED = 7; // elements of a phase that are named
const PHASES = "phases"; // what is chosen where it is not an element
const VERDICTS = ["good", "doubtful", "not quantified"]; // of a pixel, by number

let loaded = { key: null };
let chosen = null; // element of the large image, or the phases
let errors = false; // whether its error is shown
let side = null; // side of a pixel in micrometres, where the user says it

const keyOf = (spot) => JSON.stringify([spot.file.id, { ...spot.answer.settings, method: "", oxides: false }]);

async function ask(entry, spot) {
  const part = (progress) => {
    entry.progress = progress;
    redraw();
  };
  try {
    const content = await streamed("api/map", { spots: [spot.id] }, part, entry.end.signal);
    Object.assign(entry, { state: "there", content: readable(content) });
  } catch (error) {
    const cancelled = entry.end.signal.aborted;
    Object.assign(entry, { state: cancelled ? "cancelled" : "failed", text: cancelled ? "Cancelled." : error.message });
  }
  redraw();
}

function begin(spot, key) {
  loaded.end?.abort();
  loaded = { key, state: "asked", progress: null, end: new AbortController() };
  ask(loaded, spot);
  return loaded;
}

const entryOf = (spot) => (loaded.key === keyOf(spot) ? loaded : begin(spot, keyOf(spot)));

function readable(content) {
  for (const one of content.elements) for (const name of ["fraction", "error", "lower", "upper"]) if (one[name]) one[name] = unpacked(one[name]);
  for (const name of ["phase", "counts", "cell", "verdict"]) content[name] = unpacked(content[name]);
  return content;
}

function working({ progress, end }) {
  const known = progress && progress.total > 1 && progress.done > 0;
  const text = progress ? `${progress.stage[0].toUpperCase()}${progress.stage.slice(1)} \u2026` : "Waiting \u2026";
  return el("section", { class: "card" }, el("div", { class: "line" },
    el("span", { role: "status" }, text), el("progress", { "aria-label": "Done", ...(known ? { max: progress.total, value: progress.done } : {}) }),
    el("span", { class: "soft" }, progress?.remark ?? ""),
    el("button", { type: "button", id: "cancel-map", onclick: () => end.abort() }, "Cancel")));
}

async function quantify(spot, part) {
  try {
    const reply = await post("api/region", { spot: spot.id, ...part });
    if (reply.error) toast(reply.error);
    else {
      store.view = "spectrum";
      open(reply.id);
    }
  } catch (error) {
    toast(error.message);
  }
}

const stepOf = (content) => (side !== null ? { size: side, unit: "\u00b5m" } : content.step);

const stretched = ({ shape }) => Math.max(...shape) > FLAT * Math.min(...shape);

function choose(name) {
  chosen = name;
  redraw();
}

function thumbs(content) {
  const button = (name, canvas, text) => {
    canvas.setAttribute("aria-hidden", "true");
    canvas.classList.toggle("stretched", stretched(content));
    return el("button", { type: "button", "aria-pressed": String(name === chosen), onclick: () => choose(name) }, canvas, el("span", {}, text));
  };
  return el("div", { class: "thumbs", role: "group", "aria-label": "What is shown" },
    content.elements.map((one) => button(one.element, (one.thumb ??= image(one.fraction, content.drawn, brightest(one.fraction))), `${one.element} ${percent(one.mean)}`)),
    button(PHASES, (content.thumb ??= phaseImage(content.phase, content.drawn, content.phases.length)), `${content.phases.length} ${content.phases.length === 1 ? "phase" : "phases"}`));
}

// What is under the pointer, in words.
function saying(content, one, row, column) {
  const index = Math.floor(row / content.every) * content.drawn[1] + Math.floor(column / content.every);
  const phase = Number.isNaN(content.phase[index]) ? "no phase" : `phase ${Math.round(content.phase[index]) + 1}`;
  const cell = Math.round(content.cell[index]);
  const parts = [`row ${row + 1}, column ${column + 1}`, one && `${one.element} ${percent(one.fraction[index])} \u00b1 ${percent(one.error[index])} at%`, phase, `${plain(Math.round(content.counts[index]))} counts`, VERDICTS[Math.round(content.verdict[index])], cell > 1 && `pooled ${cell} \u00d7 ${cell}`];
  return parts.filter(Boolean).join(", ");
}

// The large image: click or drag chooses; arrow keys move the frame, with Shift they stretch it, Enter takes it.
function large(spot, one, content) {
  const [rows, columns] = content.shape;
  const values = one ? (errors ? one.error : one.fraction) : content.phase;
  const most = one ? brightest(values) : 0;
  const title = one ? `${one.element}, ${errors ? "standard error, at%" : "at%"}` : "Phases";
  const canvas = one ? image(values, content.drawn, most) : phaseImage(values, content.drawn, content.phases.length);
  const frame = el("div", { class: "frame" });
  const said = el("p", { class: "soft", role: "status" });
  const holder = el("div", { class: "large", id: "map-image", tabindex: "0", role: "application", "aria-label": `Image of ${one ? one.element : "the phases"}. Arrow keys move the frame, with Shift they stretch it, Enter takes the spectrum in it.` }, canvas, frame, scaleBar(columns, stepOf(content)));
  holder.style.width = `${Math.max(WIDTH / FLAT, Math.min(WIDTH, columns * Math.max(1, Math.floor(WIDTH / Math.max(rows, columns)))))}px`;
  canvas.style.aspectRatio = Math.min(FLAT, Math.max(1 / FLAT, columns / rows));
  let from = [0, 0];
  let to = [0, 0];
  let pressed = false;
  const ends = () => [0, 1].map((axis) => [Math.min(from[axis], to[axis]), Math.max(from[axis], to[axis])]);
  const take = () => quantify(spot, { rows: ends()[0], columns: ends()[1] });
  const draw = () => {
    const [down, across] = ends();
    frame.style.left = `${(100 * across[0]) / columns}%`;
    frame.style.top = `${(100 * down[0]) / rows}%`;
    frame.style.width = `${(100 * (across[1] - across[0] + 1)) / columns}%`;
    frame.style.height = `${(100 * (down[1] - down[0] + 1)) / rows}%`;
    said.textContent = saying(content, one, to[0], to[1]);
  };
  const pixel = (event) => {
    const box = canvas.getBoundingClientRect();
    const at = (position, start, length, count) => Math.min(count - 1, Math.max(0, Math.floor(((position - start) / length) * count)));
    return [at(event.clientY, box.top, box.height, rows), at(event.clientX, box.left, box.width, columns)];
  };
  holder.addEventListener("pointerdown", (event) => {
    pressed = true;
    holder.setPointerCapture(event.pointerId);
    from = to = pixel(event);
    draw();
  });
  holder.addEventListener("pointermove", (event) => {
    to = pixel(event);
    if (!pressed) from = to;
    draw();
  });
  holder.addEventListener("pointerup", () => {
    if (!pressed) return;
    pressed = false;
    take();
  });
  holder.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === "Enter") take();
    if (!step) return;
    event.preventDefault();
    to = [Math.min(rows - 1, Math.max(0, to[0] + step[0])), Math.min(columns - 1, Math.max(0, to[1] + step[1]))];
    if (!event.shiftKey) from = to;
    draw();
  });
  draw();
  const toggle = (on, text) => el("button", { type: "button", "aria-pressed": String(errors === on), onclick: () => { errors = on; redraw(); } }, text);
  return el("div", {}, el("div", { class: "line title" }, el("h3", {}, title), one && el("span", { role: "group", "aria-label": "Amount or error" }, toggle(false, "Amount"), toggle(true, "Error"))),
    holder, one ? colourBar(`${percent(most)} at%`) : null, said);
}

function phases(spot, content) {
  const named = (phase) => (phase.elements.length ? phase.elements.slice(0, NAMED).map((one) => `${one.element}\u00a0${percent(one.at)}`).join("  ") : phase.verdict);
  return el("section", { class: "card", "aria-label": "Phases" }, el("h3", {}, "Phases"),
    scrolling("Phases", el("table", { class: "phases" }, heads(["", "of the map", "at%", "verdict"]),
      el("tbody", {}, content.phases.map((phase, number) => el("tr", {},
        el("th", { scope: "row" }, swatch(number), el("button", { type: "button", class: "link", onclick: () => quantify(spot, { phase: phase.name }) }, `phase ${number + 1}`)),
        el("td", {}, phase.share >= 0.001 ? `${percent(phase.share)} %` : `${phase.pixels} pixels`),
        el("td", { class: "word whole" }, named(phase)),
        el("td", { class: "word", title: phase.reasons.join("\n") }, phase.verdict)))))),
    el("p", { class: "soft" }, "A phase opens as a spectrum of its own, which is fitted by itself."));
}

function verdicts({ verdicts: counts }) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Object.entries(counts).map(([verdict, count]) => `${verdict} ${percent(count / total)} %`).join(", ");
}

// What the sum says in place of the mean of the pixels, where there are several phases.
function sumBeside({ file: { spots: [whole] } }, { phases: { length } }) {
  if (length < 2 || !whole.answer?.answered) return null;
  return el("p", { class: "soft", id: "sum-beside" }, `These are means of the pixels. Their sum, fitted as one sample, reads ${brief(whole.answer)}: where there are several phases, that is not the mean.`);
}

function beside(spot, content) {
  const input = el("input", { id: "pixel-size", type: "number", step: "any", min: "0", value: side ?? content.step?.size ?? "", placeholder: "unknown", onchange: (event) => { side = Number(event.target.value) || null; redraw(); } });
  return el("section", { class: "card" }, el("h3", {}, "Elements, mean at%"), thumbs(content), sumBeside(spot, content),
    el("div", { class: "line" }, el("label", { for: "pixel-size" }, "Side of a pixel, \u00b5m"), input),
    el("p", { class: "soft" }, `Pixels: ${verdicts(content)}. Click a pixel or draw a rectangle for its spectrum, which is then fitted and stands in the list.${content.every > 1 ? ` Images show every ${content.every}th pixel.` : ""}${stretched(content) ? " Pixels are not drawn square, so that they can be seen." : ""}`));
}

function spectra(spot, content) {
  const whole = spot.file.spots[0];
  return el("section", { class: "card" },
    el("div", { class: "line title" }, el("h3", {}, "Spectrum of the map"), el("button", { type: "button", onclick: () => { store.view = "spectrum"; open(whole.id); } }, "Sum, with its fit")),
    figure("map", () => Promise.resolve(content.figure), content, { axis: spot.file.id, scale: "root" }));
}

export function map(spot) {
  const entry = entryOf(spot);
  if (entry.state === "asked") return working(entry);
  if (entry.state !== "there") return el("section", { class: "card" }, el("p", { class: entry.state === "failed" ? "why" : "soft", role: "status" }, entry.text), el("button", { type: "button", onclick: () => { begin(spot, entry.key); redraw(); } }, "Quantify the map"));
  const { content } = entry;
  if (!content.elements.length) return el("p", { class: "soft" }, "No pixel of this map is quantified.");
  if (content.shape.includes(1)) return [scan(content), phases(spot, content), spectra(spot, content)];
  if (chosen !== PHASES && !content.elements.some((one) => one.element === chosen)) chosen = content.elements[0].element;
  const one = content.elements.find((each) => each.element === chosen);
  store.picture = { view: "map", spots: [spot.id] };
  return [el("div", { class: "map" }, el("div", {}, el("section", { class: "card" }, large(spot, one, content)), phases(spot, content)), beside(spot, content)), spectra(spot, content)];
}

// A map of one row is a line scan: amounts along it, with their intervals.
function scan(content) {
  const { step, every } = content;
  const positions = Array.from({ length: content.counts.length }, (_, index) => (step ? index * every * step.size : index * every + 1));
  const series = content.elements.slice(0, FEW).map((one) => ({ element: one.element, values: [...one.fraction], lower: [...one.lower], upper: [...one.upper] }));
  return el("section", { class: "card" }, el("h3", {}, "Along the line"), profile("scan", positions, step ? `Position, ${step.unit}` : "Pixel", series));
}
