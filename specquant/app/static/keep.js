// What a user is at while a part of the page is drawn anew: where the keyboard is, what is typed, and what is unfolded.

const CONTROLS = "a, button, input, select, summary, textarea, [tabindex]";
const KEYED = "[data-file], [data-element]"; // parts that a drawing knows again

const controlsIn = (part) => [...part.querySelectorAll(CONTROLS)];
const partOf = (node) => node.parentElement.closest(KEYED);
const keyOf = (part) => (part ? `${part.dataset.file ?? ""} ${part.dataset.element ?? ""}` : "");

// What tells a control from others, the same after it is drawn anew.
function signOf(node) {
  const label = node.getAttribute("aria-label") ?? (node.matches("a, button, summary") ? node.textContent : "");
  const choice = node.type === "radio" ? node.value : "";
  return node.id || node.dataset.spot || [keyOf(partOf(node)), node.tagName, node.type ?? "", choice, label].join("\n");
}

// Draw a part of the page; the keyboard stays at its control, or by that which stands for the same file or element.
export function keepFocus(container, draw) {
  const active = document.activeElement;
  if (active === container || !container.contains(active)) return draw();
  const [sign, key] = [signOf(active), keyOf(partOf(active))];
  const alike = (node) => signOf(node) === sign;
  const number = controlsIn(partOf(active) ?? container).filter(alike).indexOf(active);
  draw();
  if (document.activeElement === active) return;
  const part = [...container.querySelectorAll(KEYED)].find((one) => keyOf(one) === key);
  const there = controlsIn(part ?? container);
  const same = there.filter(alike);
  (same[number] ?? same[0] ?? (part && there[0]) ?? container).focus({ preventScroll: true });
}

const typedIn = (container) => [...container.querySelectorAll("input[type=text], input[type=number]")];

// Draw a part of the page; what is unfolded stays so, and what is typed into a box that is the same as before.
export function keepState(container, draw, same) {
  const folds = new Map([...container.querySelectorAll("details")].map((one) => [one.firstChild.textContent, one.open]));
  const typed = new Map(typedIn(container).filter((one) => same && one.value !== one.defaultValue).map((one) => [signOf(one), one]));
  draw();
  for (const one of container.querySelectorAll("details")) one.open = folds.get(one.firstChild.textContent) ?? one.open;
  for (const one of typed.size ? typedIn(container) : []) {
    const before = typed.get(signOf(one));
    if (before?.defaultValue === one.defaultValue) one.value = before.value;
  }
}
