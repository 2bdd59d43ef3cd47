/* Interactive spectra of specquant, drawn with uPlot: one code for the report, the app and notebooks.
   specquantSpectrum(node, figure, options) draws a figure (see record.py) into a node and returns its controls.
   specquantFigures(root) draws every figure that a page carries, in place of its picture. */
(function (global) {
  "use strict";
  if (global.specquantSpectrum) return;

  const PALETTES = {  // Okabe and Ito, distinguishable without red or green; text never relies on them
    light: ["#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5c00", "#5b4b8a", "#8a8f98"],
    dark: ["#56b4e9", "#2dc99b", "#e39cc4", "#e69f00", "#f0e442", "#7fa8ff", "#b7a5e8", "#9aa3ad"],
  };
  const DASHES = [[], [6, 3], [2, 2]];
  const SCALES = [["linear", "Linear"], ["root", "Square root"], ["log", "Logarithm"]];
  const TOP = 21, BARE = 14, HIGHEST = 130, LEFT = 74, RIGHT = 14, RESIDUAL = 140, LABEL = 14;  // pixels
  const APART = 0.12, DEEP = 1e4;  // ticks of a square-root scale: share of its length between two, highest by lowest
  const STRONG = 0.12, NEAR = 9, CLOSEST = 0.004, SAME = 40, FAINT = 0.004;

  const make = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "text") node.textContent = value;
      else if (name === "style") node.style.cssText = value;  // a policy that forbids style attributes lets this through
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  const thousands = value => {
    const [whole, rest] = String(value).split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, "\u2009") + (rest ? "." + rest : "");
  };
  const rounded = value => value == null ? "\u2013" : thousands(Math.abs(value) < 100 ? +value.toPrecision(3) : Math.round(value));
  const signed = value => (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(1);
  const faded = (colour, alpha) => colour + Math.round(255 * alpha).toString(16).padStart(2, "0");

  const dark = global.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => {  // a page with a theme of its own says so: Sphinx and apps on <html>, JupyterLab on <body>
    const theme = document.documentElement.dataset.theme, light = document.body.dataset.jpThemeLight;
    return theme === "dark" || theme === "light" ? theme === "dark" : light ? light === "false" : dark.matches;
  };

  function spectrum(node, figure, options) {
    options = Object.assign({height: 430, scale: "root", svg: null}, options);
    const state = {scale: options.scale, hidden: new Set(), range: null, at: null};
    const sync = "specquant-" + Math.random().toString(36).slice(2);
    let axis, energies, full, plots = [], colours;

    const root = make("div", {class: "sq-figure", role: "group"});
    const bar = make("div", {class: "sq-bar", role: "toolbar", "aria-label": "How the spectrum is shown"});
    const toggles = make("div", {class: "sq-toggles", role: "group", "aria-label": "What is shown"});
    const stage = make("div", {class: "sq-stage", tabindex: "0", role: "application"});
    const tip = make("div", {class: "sq-tip", hidden: ""});
    const status = make("p", {class: "sq-hidden", role: "status", "aria-live": "polite"});
    const help = make("p", {class: "sq-help", text: "Drag to zoom; wheel with Ctrl, or after a click; keys: + \u2212 zoom, " +
      "\u2190 \u2192 move along the channels (Shift: ten), Page Up and Down shift the view, 0 the whole axis."});
    root.append(bar, toggles, stage, help, status);
    node.replaceChildren(root);

    const style = name => getComputedStyle(root).getPropertyValue(name).trim();
    const text = value => value.toFixed(axis.digits) + " " + axis.unit;
    const shown = key => !state.hidden.has(key);

    function setFigure(next) {
      figure = next;
      axis = figure.axis;
      energies = Array.from({length: axis.size}, (_, i) => axis.start + axis.step * i);
      full = [energies[0] - axis.step / 2, energies[axis.size - 1] + axis.step / 2];
      root.setAttribute("aria-label", "Spectrum of " + figure.title);
      stage.setAttribute("aria-label", "Spectrum of " + figure.title + ": " + axis.label + " in " + axis.unit +
        ". Plus and minus zoom, arrows move along the channels, 0 shows the whole axis.");
      if (state.range) state.range = clamped(...state.range);
      rebuild();
    }

    function palette() {
      const list = PALETTES[isDark() ? "dark" : "light"], model = figure.traces[0].model;
      const symbols = [...new Set([...(model ? model.parts.map(part => part.element) : []),
        ...figure.lines.map(line => line.element)])];
      const plain = figure.traces.length > 1 && !model && style("--sq-soft");  // colours are those of the spectra there
      const found = new Map(symbols.map((symbol, i) => [symbol,
        {stroke: plain || list[i % list.length], dash: DASHES[Math.floor(i / list.length) % DASHES.length]}]));
      return {ink: style("--sq-ink"), soft: style("--sq-soft"), grid: style("--sq-grid"), back: style("--sq-back"),
        fit: style("--sq-fit"), missed: style("--sq-missed"), list, found, plain};
    }

    const clamped = (low, high) => {
      const width = Math.min(Math.max(high - low, CLOSEST * (full[1] - full[0])), full[1] - full[0]);
      const start = Math.min(Math.max((low + high - width) / 2, full[0]), full[1] - width);
      return [start, start + width];
    };

    function show(low, high) {
      state.range = clamped(low, high);
      for (const plot of plots) plot.setScale("x", {min: state.range[0], max: state.range[1]});
    }
    const whole = () => show(...full);
    function zoom(factor, about) {
      const [low, high] = state.range || full, middle = about == null ? (low + high) / 2 : about;
      show(middle - (middle - low) * factor, middle + (high - middle) * factor);
    }
    function pan(share) {
      const [low, high] = state.range || full, by = share * (high - low) * (axis.descending ? -1 : 1);
      show(low + by, high + by);
    }

    function yScale() {
      const range = (_, low, high) => {
        if (low == null || high == null) return [0, 1];
        if (state.scale === "log") return [Math.max(low, 0.5), Math.max(high, 1) * 1.4];
        const bottom = low > 0.4 * high && state.range ? low - 0.05 * (high - low) : Math.min(0, low);
        return [bottom, high + 0.06 * Math.max(high - bottom, 1)];
      };
      if (state.scale === "log") return {distr: 3, range};
      if (state.scale === "root") return {distr: 100, range,
        fwd: value => Math.sign(value) * Math.sqrt(Math.abs(value)), bwd: value => Math.sign(value) * value * value};
      return {range};
    }
    /* Ticks at 1, 2 and 5 of powers of ten that stand apart on a square-root scale; of a narrow view, at even steps. */
    function roots(_, __, low, high) {
      const root = value => Math.sqrt(Math.max(value, 0)), apart = APART * (root(high) - root(low)), found = [];
      const stands = value => value >= low && value <= high && (!found.length || root(found.at(-1)) - root(value) >= apart);
      const last = Math.floor(Math.log10(Math.max(low, high / DEEP)));
      for (let power = Math.floor(Math.log10(high)); power >= last; power--)
        for (const digit of [5, 2, 1]) if (stands(digit * 10 ** power)) found.push(digit * 10 ** power);
      while (low <= 0 && found.length && !stands(0)) found.pop();
      if (low <= 0) found.push(0);
      return found.length > 3 ? found.reverse() : even(low, high);
    }
    function even(low, high) {
      const least = (high - low) / 5, unit = 10 ** Math.floor(Math.log10(least));
      const step = unit * [1, 2, 5, 10].find(digit => digit * unit >= least), first = Math.ceil(low / step);
      return Array.from({length: Math.floor(high / step) - first + 1}, (_, i) => (first + i) * step);
    }
    /* Ticks at 1, 2 and 5 of every power of ten; of many powers, at the powers alone. */
    function decades(_, __, low, high) {
      const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high)), found = [];
      for (let power = first; power <= last; power++)
        for (const digit of last - first > 3 ? [1] : [1, 2, 5]) found.push(digit * 10 ** power);
      return found.filter(value => value >= low && value <= high);
    }
    const ticks = {linear: {}, root: {splits: roots, filter: (_, splits) => splits}, log: {splits: decades, filter: (_, splits) => splits}};
    const drawable = values => state.scale === "log" ? values.map(v => v != null && v > 0 ? v : null) : values;

    function curves() {
      const trace = figure.traces[0], model = trace.model, data = [energies], series = [{}], bands = [];
      const add = (values, how) => {
        data.push(drawable(how.everywhere ? values : values.map((v, i) => trace.counts[i] == null ? null : v)));
        series.push(Object.assign({points: {show: false}, width: 1}, how));
        return data.length - 1;
      };
      const ground = model && shown("background") ? add(model.background, {label: "background", stroke: colours.soft, dash: [4, 3]}) : null;
      for (const part of model ? model.parts.filter(part => shown(part.element)) : []) {
        const {stroke, dash} = colours.found.get(part.element), least = FAINT * Math.max(...part.counts);
        const values = part.counts.map((v, i) => v == null || v <= least ? null : ground == null ? v : v + model.background[i]);
        const over = add(values, {label: part.element, stroke, dash, fill: ground == null ? faded(stroke, 0.18) : undefined});
        if (ground != null) bands.push({series: [over, ground], fill: faded(stroke, 0.22)});
      }
      figure.traces.slice(1).forEach((other, i) => {
        if (shown("trace " + (i + 1))) add(other.counts, {everywhere: true, label: other.name, stroke: colours.list[(i + 1) % colours.list.length], dash: DASHES[Math.floor((i + 1) / colours.list.length) % 3]});
      });
      if (shown("trace 0")) add(trace.counts, {label: "measured", stroke: colours.ink, width: 1.1});
      if (model && shown("fit")) add(model.total, {label: model.title, stroke: colours.fit, width: 1.4});
      return {data, series, bands};
    }

    const FONT = "12px system-ui, sans-serif", fonts = {font: FONT, labelFont: FONT};
    /* Pixels above the spectrum: what the longest label needs. */
    function above() {
      const ctx = make("canvas").getContext("2d");
      ctx.font = "bold " + FONT;
      const widths = [...figure.lines, ...figure.unexplained].map(one => ctx.measureText(one.label).width);
      return widths.length ? Math.min(TOP + Math.ceil(Math.max(...widths)), HIGHEST) : BARE;
    }
    function horizontal(labelled) {
      return Object.assign({scale: "x", stroke: colours.ink, grid: {stroke: colours.grid, width: 1}, ticks: {stroke: colours.grid},
        values: (_, splits) => splits.map(v => labelled ? String(+v.toFixed(6)) : "")}, fonts,
        labelled ? {label: axis.label + " (" + axis.unit + ")", labelSize: 20, size: 38} : {size: 6});
    }
    const xScale = () => ({time: false, dir: axis.descending ? -1 : 1, ori: 0, auto: false,
      min: (state.range || full)[0], max: (state.range || full)[1]});

    function options_(height, extra) {
      return Object.assign({width: Math.max(stage.clientWidth, 280), height, legend: {show: false}, pxAlign: 0,
        cursor: {y: false, sync: {key: sync, setSeries: false, scales: ["x", null]}, drag: {x: true, y: false, setScale: false, dist: 5},
          points: {show: false}, focus: {prox: -1}, bind: {dblclick: () => () => { whole(); return null; }}}}, extra);
    }
    const hooks = {
      setSelect: [plot => {
        if (plot.select.width < 5) return;
        const ends = [plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x")];
        plot.setSelect({left: 0, width: 0, top: 0, height: 0}, false);
        show(Math.min(...ends), Math.max(...ends));
      }],
      setCursor: [plot => { if (plot === plots[0]) hover(plot); }],
    };

    function rebuild() {
      plots.forEach(plot => plot.destroy());
      plots = [];
      stage.replaceChildren();
      root.classList.toggle("sq-dark", isDark());
      colours = palette();
      const {data, series, bands} = curves(), model = figure.traces[0].model;
      plots.push(new uPlot(options_(options.height, {
        padding: [above(), RIGHT, 0, 0], scales: {x: xScale(), y: yScale()}, series, bands,
        axes: [horizontal(!model || !shown("residual")),
          Object.assign({stroke: colours.ink, size: LEFT, grid: {stroke: colours.grid, width: 1}, ticks: {stroke: colours.grid},
            label: "Counts", labelSize: 18,
            values: (_, splits) => splits.map(v => v == null ? "" : thousands(+v.toPrecision(6)))}, ticks[state.scale], fonts)],
        hooks: Object.assign({draw: [drawLines]}, hooks),
      }), data, stage));
      if (model && shown("residual")) plots.push(residuals(model));
      tip.hidden = true;
      stage.append(tip);
      controls();
      if (state.at != null) place(state.at);
    }

    function residuals(model) {
      const seen = model.residual.filter(v => v != null).map(Math.abs).sort((a, b) => a - b);
      const reach = Math.max(5, 1.1 * (seen[Math.floor(0.995 * seen.length)] || 0));
      const step = 10 ** Math.floor(Math.log10(reach)), tick = step * Math.floor(reach / step);
      const limited = model.residual.map(v => v == null ? null : Math.max(-reach, Math.min(reach, v)));
      return new uPlot(options_(RESIDUAL, {
        padding: [6, RIGHT, 0, 0], scales: {x: xScale(), y: {range: [-1.05 * reach, 1.05 * reach]}},
        series: [{}, {stroke: colours.soft, width: 1, points: {show: false}}],
        axes: [horizontal(true), Object.assign({stroke: colours.ink, size: LEFT, grid: {show: false}, ticks: {stroke: colours.grid},
          label: "Residual (s.d.)", labelSize: 18, splits: () => [-tick, 0, tick]}, fonts)],
        hooks: Object.assign({drawClear: [plot => {
          const top = plot.valToPos(2, "y", true), bottom = plot.valToPos(-2, "y", true);
          plot.ctx.save(); plot.ctx.fillStyle = colours.grid;
          plot.ctx.fillRect(plot.bbox.left, top, plot.bbox.width, bottom - top); plot.ctx.restore();
        }]}, hooks),
      }), [energies, limited], stage);
    }

    /* Whether any spectrum was measured at an energy. */
    const measured = energy => {
      const index = Math.max(0, Math.min(axis.size - 1, Math.round((energy - axis.start) / axis.step)));
      return figure.traces.some(trace => trace.counts[index] != null);
    };
    /* The lines that have a name now: of elements that are shown, in view, the strong ones, more of them the closer the view is. */
    function named() {
      const [low, high] = state.range || full, share = (high - low) / (full[1] - full[0]);
      return figure.lines.filter(line => shown(line.element) && line.energy > low && line.energy < high && measured(line.energy) &&
        line.strength >= Math.max(0.02, STRONG * Math.min(1, 1.5 * share)));
    }

    function drawLines(plot) {
      const ctx = plot.ctx, ratio = global.devicePixelRatio || 1, {left, top, width, height} = plot.bbox;
      const room = Math.max(Math.floor(width / (LABEL * ratio)), 1);
      const marks = named().map(line => ({at: plot.valToPos(line.energy, "x", true), text: line.label, strength: line.strength,
        colour: colours.found.get(line.element).stroke}));
      for (const peak of figure.unexplained) {
        const at = plot.valToPos(peak.energy, "x", true);
        if (shown("unexplained") && at >= left && at <= left + width) marks.push({at, text: peak.label, strength: 2, colour: colours.missed, missed: true});
      }
      const kept = marks.sort((a, b) => b.strength - a.strength)
        .filter((mark, i) => mark.missed || !marks.slice(0, i).some(other => other.text === mark.text && Math.abs(other.at - mark.at) < SAME * ratio))
        .slice(0, room).sort((a, b) => a.at - b.at);
      spread(kept, LABEL * ratio, left, left + width);
      ctx.save();
      ctx.font = FONT.replace("12", 12 * ratio);
      ctx.lineWidth = ratio;
      for (const mark of kept) {
        ctx.strokeStyle = faded(mark.colour, mark.missed ? 0.9 : 0.45);
        ctx.setLineDash(mark.missed ? [2 * ratio, 3 * ratio] : []);
        ctx.beginPath();
        ctx.moveTo(mark.place, top - 14 * ratio); ctx.lineTo(mark.at, top - 2 * ratio); ctx.lineTo(mark.at, top + height);
        ctx.stroke();
        ctx.save();
        ctx.translate(mark.place, top - 17 * ratio);
        ctx.fillStyle = mark.missed ? mark.colour : colours.ink;
        if (mark.missed) ctx.font = "bold " + ctx.font;
        ctx.rotate(-Math.PI / 2); ctx.textAlign = "left"; ctx.textBaseline = "middle"; ctx.fillText(mark.text, 0, 0);
        ctx.restore();
      }
      ctx.restore();
    }

    /* Give marks, which ascend, places that are `apart`, moved as little as possible: neighbours that are too near share
       a block about the mean of where they want to be. */
    function spread(marks, apart, low, high) {
      const blocks = [];
      marks.forEach((mark, i) => {
        blocks.push({sum: mark.at - i * apart, count: 1});
        while (blocks.length > 1 && blocks.at(-2).sum / blocks.at(-2).count > blocks.at(-1).sum / blocks.at(-1).count) {
          const {sum, count} = blocks.pop();
          blocks.at(-1).sum += sum; blocks.at(-1).count += count;
        }
      });
      let i = 0;
      for (const {sum, count} of blocks) for (let k = 0; k < count; k++, i++)
        marks[i].place = Math.min(Math.max(sum / count, low), high - (marks.length - 1) * apart) + i * apart;
    }

    function words(index) {
      const energy = energies[index], trace = figure.traces[0], model = trace.model, lines = [text(energy)];
      const measured = trace.counts[index];
      lines.push(measured == null ? "not measured" : thousands(Math.round(measured)) + " counts");
      if (model && measured != null) lines.push(model.title + " " + rounded(model.total[index]) + " (residual " + signed(model.residual[index]) + " s.d.)");
      if (model) {
        const most = model.parts.filter(part => shown(part.element)).map(part => [part.counts[index], part.element])
          .sort((a, b) => b[0] - a[0]).filter(pair => pair[0] >= 0.05 * model.total[index]).slice(0, 3);
        if (most.length) lines.push(most.map(([counts, symbol]) => symbol + " " + rounded(counts)).join(", "));
      }
      return lines;
    }
    function nearest(energy, within) {
      const all = [...figure.lines.filter(line => shown(line.element)).map(line => ({energy: line.energy, text: line.label + ", " + text(line.energy)})),
        ...(shown("unexplained") ? figure.unexplained.map(peak => ({energy: peak.energy, text: "not explained: " + peak.text})) : [])];
      const away = one => Math.abs(one.energy - energy);
      return all.filter(one => away(one) <= within).sort((a, b) => away(a) - away(b)).slice(0, 2).map(one => one.text);
    }
    function hover(plot) {
      const index = plot.cursor.idx;
      if (index == null || plot.cursor.left < 0) { tip.hidden = true; return; }
      const within = Math.abs(plot.posToVal(NEAR, "x") - plot.posToVal(0, "x"));
      const lines = nearest(energies[index], within);
      tip.replaceChildren(...lines.map(line => make("strong", {text: line})), ...words(index).map(line => make("span", {text: line})));
      tip.hidden = false;
      const left = plot.cursor.left + LEFT, room = stage.clientWidth;
      tip.style.left = Math.max(0, left + tip.offsetWidth + 24 > room ? left - tip.offsetWidth - 12 : left + 14) + "px";
      tip.style.top = plot.over.offsetTop + 10 + "px";
      state.at = index;
      return lines;
    }
    function place(index) {
      const plot = plots[0];
      plot.setCursor({left: plot.valToPos(energies[index], "x"), top: 20});
    }

    function keys(event) {
      const step = (event.shiftKey ? 10 : 1) * (axis.descending ? -1 : 1), [low, high] = state.range || full;
      const about = state.at == null ? null : energies[state.at];
      const go = by => {
        const inView = index => energies[index] >= low && energies[index] <= high;
        const start = state.at != null && inView(state.at) ? state.at + by : Math.round(((low + high) / 2 - axis.start) / axis.step);
        const index = Math.max(0, Math.min(axis.size - 1, start));
        if (!inView(index)) pan(by * axis.step * (axis.descending ? -1 : 1) > 0 ? 0.25 : -0.25);
        state.at = index;
        place(index);
        status.textContent = [...nearest(energies[index], 3 * axis.step), ...words(index)].join("; ");
      };
      const actions = {ArrowRight: () => go(step), ArrowLeft: () => go(-step), "+": () => zoom(0.5, about), "=": () => zoom(0.5, about),
        "-": () => zoom(2, about), "0": whole, Home: whole, Escape: whole, PageDown: () => pan(0.5), PageUp: () => pan(-0.5)};
      if (!actions[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      actions[event.key]();
    }
    function wheel(event) {
      if (!(event.ctrlKey || event.metaKey || document.activeElement === stage)) return;
      event.preventDefault();
      const plot = plots[0], box = plot.over.getBoundingClientRect();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, plot.posToVal(event.clientX - box.left, "x"));
    }

    function button(text, pressed, action, swatch) {
      const node = make("button", {type: "button", onclick: action}, ...(swatch ? [make("i", {class: "sq-swatch", style: "--c:" + swatch, "aria-hidden": "true"})] : []), text);
      if (pressed !== null) node.setAttribute("aria-pressed", String(pressed));
      return node;
    }
    function kept(action) {  // the focus stays where it was when buttons are made anew
      return event => {
        const place = [...root.querySelectorAll("button")].indexOf(event.currentTarget);
        action();
        const after = root.querySelectorAll("button")[place];
        if (after) after.focus();
      };
    }
    function controls() {
      const flip = key => kept(() => { shown(key) ? state.hidden.add(key) : state.hidden.delete(key); rebuild(); });
      const model = figure.traces[0].model;
      bar.replaceChildren(
        make("span", {class: "sq-set", role: "group", "aria-label": "Scale of the counts"}, ...SCALES.map(([key, name]) =>
          button(name, state.scale === key, kept(() => { state.scale = key; rebuild(); })))),
        make("span", {class: "sq-set", role: "group", "aria-label": "Zoom"}, button("Zoom in", null, () => zoom(0.5)),
          button("Zoom out", null, () => zoom(2)), button("Whole axis", null, whole)),
        make("span", {class: "sq-set", role: "group", "aria-label": "Save"}, button("PNG", null, () => save()),
          ...(options.svg ? [make("a", {href: options.svg, download: "spectrum.svg", text: "SVG"})] : [])));
      toggles.replaceChildren(
        ...figure.traces.map((trace, i) => button(figure.traces.length > 1 ? trace.name : "measured", shown("trace " + i), flip("trace " + i),
          i ? colours.list[i % colours.list.length] : colours.ink)),
        ...(model ? [button(model.title, shown("fit"), flip("fit"), colours.fit), button("background", shown("background"), flip("background"), colours.soft),
          button("residual", shown("residual"), flip("residual"))] : []),
        ...[...colours.found].map(([symbol, {stroke}]) => button(symbol, shown(symbol), flip(symbol), colours.plain ? null : stroke)),
        ...(figure.unexplained.length ? [button("not explained (" + figure.unexplained.length + ")", shown("unexplained"), flip("unexplained"), colours.missed)] : []));
    }

    function picture() {
      const parts = plots.map(plot => plot.ctx.canvas), canvas = make("canvas");
      canvas.width = Math.max(...parts.map(part => part.width));
      canvas.height = parts.reduce((sum, part) => sum + part.height, 0);
      const ctx = canvas.getContext("2d");
      ctx.fillStyle = colours.back;
      ctx.fillRect(0, 0, canvas.width, canvas.height);
      let top = 0;
      for (const part of parts) { ctx.drawImage(part, 0, top); top += part.height; }
      return canvas;
    }
    function save() {
      picture().toBlob(blob => {
        const link = make("a", {href: URL.createObjectURL(blob), download: figure.title.replace(/[^\p{L}\p{N}._-]+/gu, "-") + ".png"});
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      });
    }

    stage.addEventListener("keydown", keys);
    stage.addEventListener("wheel", wheel, {passive: false});
    stage.addEventListener("mouseleave", () => { tip.hidden = true; });
    stage.addEventListener("mousedown", () => stage.focus({preventScroll: true}));
    dark.addEventListener("change", rebuild);
    const themes = new MutationObserver(() => { if (isDark() !== root.classList.contains("sq-dark")) rebuild(); });
    themes.observe(document.documentElement, {attributes: true, attributeFilter: ["data-theme"]});
    themes.observe(document.body, {attributes: true, attributeFilter: ["data-jp-theme-light"]});
    const sizes = new ResizeObserver(() => plots.forEach(plot => {
      const width = Math.max(stage.clientWidth, 280);
      if (width !== plot.width) plot.setSize({width, height: plot.height});
    }));
    setFigure(figure);
    sizes.observe(stage);

    return {
      setFigure, zoom: show,
      get range() { return state.range || full; },
      destroy: () => { sizes.disconnect(); themes.disconnect(); dark.removeEventListener("change", rebuild); plots.forEach(plot => plot.destroy()); node.replaceChildren(); },
    };
  }

  function figures(root) {
    for (const holder of (root || document).querySelectorAll("[data-specquant-figure]")) {
      if (holder.specquant) continue;
      const still = holder.querySelector(".sq-static img"), source = still ? still.getAttribute("src") : "";
      const live = make("div", {class: "sq-live"});
      holder.prepend(live);
      holder.classList.add("sq-running");
      const details = holder.closest("details");
      const start = () => {
        if (holder.specquant) return;
        holder.specquant = spectrum(live, JSON.parse(holder.querySelector("script[type='application/json']").textContent),
          {svg: source.startsWith("data:image/svg") ? source : null});
      };
      details && !details.open ? details.addEventListener("toggle", start, {once: true}) : start();
    }
  }

  global.specquantSpectrum = spectrum;
  global.specquantIsDark = isDark;
  global.specquantFigures = figures;
})(window);
