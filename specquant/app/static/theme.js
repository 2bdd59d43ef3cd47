// Dark or light: as the system has it, unless the button says otherwise; remembered by this browser.

import { by } from "./dom.js";
import { redraw } from "./store.js";

const KEY = "specquant-theme";

const system = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  document.documentElement.dataset.theme = localStorage.getItem(KEY) ?? (system.matches ? "dark" : "light");
  redraw(); // profiles are drawn in the colours of the theme
}

export function themeButton() {
  apply();
  system.addEventListener("change", apply);
  by("theme").addEventListener("click", () => {
    localStorage.setItem(KEY, window.specquantIsDark() ? "light" : "dark");
    apply();
  });
}
