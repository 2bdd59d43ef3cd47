// How far the work is, and how to end it.

import { post } from "./api.js";
import { by, el, fill } from "./dom.js";
import { files, store } from "./store.js";

let drawn = "";

export function drawProgress() {
  const every = files();
  const rest = every.filter((file) => file.status === "waiting" || file.status === "working").length;
  const { total, done } = store.uploads;
  const all = every.length + Math.max(0, total - done);
  const text = !store.connected ? "The program does not answer" : total > done || rest ? `${every.length - rest} of ${all} files done` : "";
  if (text === drawn) return;
  drawn = text;
  fill(by("progress"), text && [
    el("span", {}, text),
    store.connected && el("progress", { max: all, value: every.length - rest, "aria-label": "Files done" }),
    store.connected && el("button", { type: "button", id: "cancel", onclick: () => post("api/cancel") }, "Cancel"),
  ]);
}
