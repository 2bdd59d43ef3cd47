// Images of maps: values that come packed, on a canvas, with a scale bar and a bar of colours.

import { phaseColour, phaseParts, viridis } from "./colours.js";
import { el } from "./dom.js";
import { plain } from "./numbers.js";

const STEPS = 65534; // of 16 bits, as mapviews.py packs them; the last number is what is not known
const SHADES = 256;
const BRIGHT = 0.995; // share of the pixels with an element up to the brightest colour, so that single ones do not darken the rest
const SAMPLE = 20_000; // pixels by which that is found
const BAR = 0.25; // share of the width that a scale bar has at most
const UNKNOWN = [128, 128, 128, 90];

const shades = Array.from({ length: SHADES }, (_, index) => viridis(index / (SHADES - 1)));

export function unpacked({ most, data }) {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  return Float32Array.from(new Uint16Array(bytes.buffer), (step) => (step > STEPS ? NaN : (step / STEPS) * most));
}

// The value that the brightest colour stands for.
export function brightest(values) {
  const there = values.filter((value) => value > 0);
  const every = Math.max(1, Math.floor(there.length / SAMPLE));
  const some = there.filter((_, index) => index % every === 0).sort((a, b) => a - b);
  return Math.max(some[Math.floor(BRIGHT * (some.length - 1))] ?? 0, 1e-3);
}

function drawn(values, [rows, columns], colourOf) {
  const canvas = el("canvas", { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  for (let index = 0; index < values.length; index += 1) {
    const colour = Number.isNaN(values[index]) ? UNKNOWN : colourOf(values[index]);
    picture.data[4 * index] = colour[0];
    picture.data[4 * index + 1] = colour[1];
    picture.data[4 * index + 2] = colour[2];
    picture.data[4 * index + 3] = colour[3] ?? 255;
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

export const image = (values, shape, most) => drawn(values, shape, (value) => shades[Math.min(SHADES - 1, Math.round((value / most) * (SHADES - 1)))]);

export function phaseImage(values, shape, count) {
  const colours = Array.from({ length: count }, (_, number) => phaseParts(number));
  return drawn(values, shape, (value) => colours[Math.round(value)]);
}

// A bar of a round length under an image; `step` is the side of a pixel and its unit, null if nobody says it.
export function scaleBar(columns, step) {
  const side = step?.size ?? 1;
  const longest = BAR * columns * side;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length = [5, 2, 1].map((one) => one * power).find((one) => one <= longest) ?? power;
  const bar = el("span", { class: "rule" });
  bar.style.width = `${(100 * length) / (columns * side)}%`;
  return el("div", { class: "scale" }, bar, el("span", {}, `${plain(length)} ${step ? step.unit : length === 1 ? "pixel" : "pixels"}`));
}

export function colourBar(text) {
  const canvas = image(Float32Array.from({ length: 128 }, (_, index) => index / 127), [1, 128], 1);
  canvas.setAttribute("aria-hidden", "true");
  return el("div", { class: "colours" }, el("span", {}, "0"), canvas, el("span", {}, text));
}

export function swatch(number) {
  const mark = el("i", { class: "swatch", "aria-hidden": "true" });
  mark.style.background = phaseColour(number);
  return mark;
}
