// What can be saved: tables, reports, figures, the session; and the command line that does the same.

import { download, get, put } from "./api.js";
import { by, el, fill, menu, toast } from "./dom.js";
import { changed, current, store, ticked } from "./store.js";

const TABLES = [["Report (HTML, to print or send)", "html"], ["Table: a row for each spectrum (CSV)", "csv"], ["Table: a row for each element (CSV)", "long.csv"], ["Excel workbook (XLSX)", "xlsx"], ["netCDF, with everything", "nc"]];

// Chosen spectra, or all.
function chosen() {
  const list = ticked();
  return list.length ? list.map((spot) => spot.id) : undefined;
}

async function saved(path, content) {
  store.preparing += 1;
  changed();
  try {
    await download(path, content);
  } catch (error) {
    toast(error.message);
  }
  store.preparing -= 1;
  changed();
}

const PICTURES = { compare: "Comparison", profile: "Profile", map: "Images of the map" };

// What the open view shows, or the open spectrum.
function picture(kind) {
  const spot = current();
  if (store.picture) saved(`api/export/${kind}`, store.picture);
  else if (spot?.answer) saved(`api/export/${kind}`, { spots: [spot.id] });
  else toast("Open a spectrum first");
}

async function commands() {
  const { commands: lines } = await get("api/commands");
  const text = lines.join("\n");
  const dialog = el("dialog", { "aria-labelledby": "command-title" },
    el("h2", { id: "command-title" }, "The same on the command line"),
    el("p", { class: "soft" }, lines.length ? "Run it in the folder in which the files are." : "There is no result yet."),
    el("pre", { tabindex: "0" }, text),
    el("div", { class: "line" },
      el("button", { type: "button", class: "primary", onclick: async (event) => { await copy(text); event.target.textContent = "Copied"; } }, "Copy"),
      el("button", { type: "button", onclick: () => dialog.close() }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", {}, text);
    document.querySelector("dialog").append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

export async function openSession(file) {
  try {
    await put(`api/session?${new URLSearchParams({ name: file.name })}`, file);
  } catch (error) {
    toast(error.message);
  }
}

export function savingMenus() {
  menu(by("export"), "Save", () => {
    const pictured = PICTURES[store.picture?.view] ?? "Figure of the open spectrum";
    const of = store.ticked.size ? `${ticked().length} chosen` : "all";
    return [
      ...TABLES.map(([text, kind]) => [`${text}, ${of}`, () => saved(`api/export/${kind}`, { spots: chosen() })]),
      [`${pictured} (SVG)`, () => picture("svg")],
      [`${pictured} (PNG)`, () => picture("png")],
      ...(store.picture?.view === "map" ? [["The map with every pixel (netCDF)", () => saved("api/export/map.nc", store.picture)]] : []),
      ["Command line that does the same \u2026", commands],
    ];
  });
  const chooser = el("input", { type: "file", accept: ".specquant", hidden: true, id: "session-file", onchange: (event) => { if (event.target.files[0]) openSession(event.target.files[0]); event.target.value = ""; } });
  menu(by("session"), "Session", () => [["Save session", () => saved("api/session")], ["Open session \u2026", () => chooser.click()]]);
  by("session").append(chooser);
}
