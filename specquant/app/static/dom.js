// Elements from parts. Text only ever becomes text: nothing here takes HTML.

const parts = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "checked" || name === "disabled") node[name] = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...parts(children));
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren(...parts(children));
  return node;
}

// The heads of the columns of a table, as a row; a column without a text has none.
export const heads = (texts) => el("thead", {}, el("tr", {}, texts.map((text) => el(text ? "th" : "td", text ? { scope: "col" } : {}, text))));

// A table that scrolls from side to side, also by keys.
export const scrolling = (label, table) => el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table);

const LONG = 150; // letters of a message that is shown whole

// A message, the rest of a long one folded.
export function message(text) {
  if (text.length <= LONG) return el("span", {}, text);
  const cut = text.lastIndexOf(" ", LONG);
  return el("details", { class: "message" }, el("summary", {}, `${text.slice(0, cut)} \u2026`), el("span", {}, text.slice(cut)));
}

export const by = (id) => document.getElementById(id);

export function toast(text) {
  const node = by("toast");
  fill(node, el("span", {}, text), el("button", { type: "button", class: "icon", "aria-label": "Close this message", onclick: () => (node.hidden = true) }, "\u00d7"));
  node.hidden = false;
}

// A button that opens a list of actions; closes by Escape, by a choice, and by a click elsewhere.
export function menu(node, title, entries) {
  const list = el("div", { class: "list", role: "menu", hidden: true });
  const button = el("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false" }, title, el("span", { "aria-hidden": "true" }, " \u25be"));
  const close = () => {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
  };
  const open = () => {
    fill(list, entries().map(([label, act]) => el("button", { type: "button", role: "menuitem", onclick: () => { close(); button.focus(); act(); } }, label)));
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    list.querySelector("button")?.focus();
  };
  button.addEventListener("click", () => (list.hidden ? open() : close()));
  node.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && !list.hidden) {
      close();
      button.focus();
    } else if (step && !list.hidden) {
      event.preventDefault();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    }
  });
  document.addEventListener("click", (event) => node.contains(event.target) || close());
  fill(node, button, list);
}
