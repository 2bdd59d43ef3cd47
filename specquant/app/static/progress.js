// How far the work is, and how to end it.

import { post } from "./api.js";
import { by, el, fill } from "./dom.js";
import { keepFocus } from "./keep.js";
import { files, store } from "./store.js";

let drawn = "";

function cancel() {
  store.cancels += 1;
  post("api/cancel");
}

export function drawProgress() {
  const every = files();
  const rest = every.filter((file) => file.status === "waiting" || file.status === "working").length;
  const { total, done } = store.uploads;
  const all = every.length + Math.max(0, total - done);
  const working = total > done || rest > 0;
  const text = !store.connected ? "The program does not answer" : working ? `${every.length - rest} of ${all} files done` : store.preparing ? "Preparing the file \u2026 a report takes some seconds for each spectrum" : "";
  if (text === drawn) return;
  drawn = text;
  keepFocus(by("progress"), () => fill(by("progress"), text && [
    el("span", {}, text),
    store.connected && working && el("progress", { max: all, value: every.length - rest, "aria-label": "Files done" }),
    store.connected && working && el("button", { type: "button", id: "cancel", onclick: cancel }, "Cancel"),
  ]));
}
