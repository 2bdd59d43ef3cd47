// A map: an image of every element, and the spectrum of a pixel or a region that is chosen in it.

import { post } from "./api.js";
import { viridis } from "./colours.js";
import { el, fill, toast } from "./dom.js";
import { percent, plain } from "./numbers.js";
import { profile } from "./profile.js";
import { open, redraw, requested, store } from "./store.js";

const BRIGHT = 0.995; // share of the pixels up to the brightest colour, so that single ones do not darken the rest
const WIDTH = 520; // pixels of the large image
const BAR = 0.25; // share of the width that a scale bar has at most

let loaded = { key: null, request: null };
let chosen = null; // element of the large image
let size = null; // side of a pixel in micrometres, if the user says it

function load(spot) {
  const key = `${spot.file.id} ${JSON.stringify(spot.answer.settings.stated)} ${spot.answer.settings.shift} ${spot.answer.settings.reference}`;
  if (loaded.key !== key) loaded = { key, request: requested("api/map", { spots: [spot.id] }) };
  return loaded.request;
}

function top(values) {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return Math.max(known[Math.floor(BRIGHT * (known.length - 1))] ?? 0, 1e-3);
}

function image(values, [rows, columns], most) {
  const canvas = el("canvas", { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  values.forEach((value, index) => {
    const colour = value === null ? [128, 128, 128] : viridis(value / most);
    picture.data.set([...colour, value === null ? 90 : 255], 4 * index);
  });
  context.putImageData(picture, 0, 0);
  return canvas;
}

function thumbs(content) {
  return el("div", { class: "thumbs", role: "group", "aria-label": "Element" }, content.images.map((one) => {
    const canvas = image(one.values, content.shape, top(one.values));
    canvas.setAttribute("aria-hidden", "true");
    return el("button", { type: "button", "aria-pressed": String(one.element === chosen), onclick: () => { chosen = one.element; redraw(); } }, canvas, el("span", {}, `${one.element} ${percent(one.mean)}`));
  }));
}

function scaleBar(columns) {
  const side = size ?? 1;
  const longest = BAR * columns * side;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length = [5, 2, 1].map((step) => step * power).find((one) => one <= longest) ?? power;
  const bar = el("span", { class: "rule" });
  bar.style.width = `${(100 * length) / (columns * side)}%`;
  return el("div", { class: "scale" }, bar, el("span", {}, `${plain(length)} ${size === null ? (length === 1 ? "pixel" : "pixels") : "\u00b5m"}`));
}

function colourBar(most) {
  const canvas = image(Array.from({ length: 128 }, (_, index) => index / 127), [1, 128], 1);
  canvas.setAttribute("aria-hidden", "true");
  return el("div", { class: "colours" }, el("span", {}, "0"), canvas, el("span", {}, `${percent(most)} at%`));
}

async function quantify(spot, rows, columns) {
  try {
    const reply = await post("api/region", { spot: spot.id, rows, columns });
    if (reply.error) toast(reply.error);
    else {
      store.view = "spectrum";
      open(reply.id);
    }
  } catch (error) {
    toast(error.message);
  }
}

// The large image: click or drag chooses; arrow keys move the frame, with Shift they stretch it, Enter takes it.
function large(spot, one, content) {
  const [rows, columns] = content.shape;
  const most = top(one.values);
  const canvas = image(one.values, content.shape, most);
  const frame = el("div", { class: "frame" });
  const said = el("p", { class: "soft", role: "status" });
  const holder = el("div", { class: "large", tabindex: "0", role: "application", "aria-label": `Image of ${one.element}. Arrow keys move the frame, with Shift they stretch it, Enter takes the spectrum in it.` }, canvas, frame, scaleBar(columns));
  holder.style.width = `${Math.min(WIDTH, columns * Math.max(1, Math.floor(WIDTH / Math.max(rows, columns))))}px`;
  let from = [0, 0];
  let to = [0, 0];
  let pressed = false;
  const ends = () => [0, 1].map((axis) => [Math.min(from[axis], to[axis]), Math.max(from[axis], to[axis])]);
  const draw = () => {
    const [down, across] = ends();
    frame.style.left = `${(100 * across[0]) / columns}%`;
    frame.style.top = `${(100 * down[0]) / rows}%`;
    frame.style.width = `${(100 * (across[1] - across[0] + 1)) / columns}%`;
    frame.style.height = `${(100 * (down[1] - down[0] + 1)) / rows}%`;
    const value = one.values[to[0] * columns + to[1]];
    said.textContent = `row ${to[0] + 1}, column ${to[1] + 1}: ${one.element} ${percent(value)} at%, ${plain(Math.round(content.counts[to[0] * columns + to[1]] ?? 0))} counts`;
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
    quantify(spot, ...ends());
  });
  holder.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === "Enter") quantify(spot, ...ends());
    if (!step) return;
    event.preventDefault();
    to = [Math.min(rows - 1, Math.max(0, to[0] + step[0])), Math.min(columns - 1, Math.max(0, to[1] + step[1]))];
    if (!event.shiftKey) from = to;
    draw();
  });
  draw();
  return el("div", {}, el("h3", {}, `${one.element}, at%`), holder, colourBar(most), said);
}

export function map(spot) {
  const entry = load(spot);
  if (entry.state === "asked") return el("p", { class: "soft", role: "status" }, "Quantifying every pixel \u2026");
  if (entry.state === "failed") return el("p", { class: "why" }, entry.content);
  const { content } = entry;
  if (!content.images.length) return el("p", { class: "soft" }, "No element has 1 at% in this map.");
  const [rows, columns] = content.shape;
  if (rows === 1 || columns === 1) return scan(content);
  const one = content.images.find((each) => each.element === chosen) ?? content.images[0];
  chosen = one.element;
  const side = el("input", { id: "pixel-size", type: "number", step: "any", min: "0", value: size ?? "", placeholder: "unknown", onchange: (event) => { size = Number(event.target.value) || null; redraw(); } });
  return el("div", { class: "map" },
    el("section", { class: "card" }, large(spot, one, content)),
    el("section", { class: "card" }, el("h3", {}, "Elements, mean at%"), thumbs(content),
      el("div", { class: "line" }, el("label", { for: "pixel-size" }, "Side of a pixel, \u00b5m"), side),
      el("p", { class: "soft" }, "Click a pixel or draw a rectangle for its spectrum, which is then fitted and stands in the list. Amounts of single pixels are by the network alone.")));
}

// A map of one row is a line scan: amounts along it.
function scan(content) {
  const positions = content.counts.map((_, index) => index + 1);
  const series = content.images.slice(0, 8).map((one) => ({ element: one.element, values: one.values }));
  return el("section", { class: "card" }, el("h3", {}, "Along the line"), profile("scan", positions, "Pixel", series));
}
