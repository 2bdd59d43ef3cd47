// The figure of the report, with the data of the open spectrum; it stays, and its zoom with it, when it is fitted again.

import { post } from "./api.js";
import { el } from "./dom.js";

const HEIGHT = 330; // pixels, so that table and spectrum are seen together

const figures = new Map(); // key to { node, controls, of }

export function figure(key, load, of, options = {}) {
  const known = figures.get(key) ?? { node: el("div", { class: "figure", "data-figure": key }), controls: null, of: null };
  figures.set(key, known);
  if (known.of === of) return known.node;
  const first = known.of === null || known.key !== options.axis;
  known.of = of;
  known.node.classList.add("loading");
  load().then((data) => {
    if (known.of !== of) return;
    known.node.classList.remove("loading");
    if (!known.node.isConnected) {
      known.of = null; // another view is open: it is drawn once it is looked at
      return;
    }
    if (known.controls && !first) known.controls.setFigure(data);
    else {
      known.controls?.destroy();
      known.key = options.axis;
      known.controls = window.specquantSpectrum(known.node, data, { height: HEIGHT, ...options });
    }
  }).catch((error) => {
    if (known.of !== of) return;
    known.controls?.destroy();
    known.controls = null;
    known.key = null;
    known.node.classList.remove("loading");
    known.node.replaceChildren(el("p", { class: "soft" }, error.message));
  });
  return known.node;
}

export function spectrumFigure(spot) {
  return figure("spectrum", () => post("api/figure", { spots: [spot.id] }), spot.answer, { axis: spot.id });
}
