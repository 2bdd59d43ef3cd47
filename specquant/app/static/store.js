// What the page knows: files, which spectrum is open, which are ticked. Views are drawn anew once a frame at most.

import { get, post } from "./api.js";

export const store = {
  files: new Map(),
  techniques: new Map(),
  current: null, // identity of the open spectrum
  ticked: new Set(),
  view: "spectrum",
  uploads: { total: 0, done: 0 },
  cancels: 0, // counts how often work was cancelled: files that were still on their way then are cancelled as they arrive
  problems: [], // files that could not be taken over
  connected: true,
  picture: null, // what the open view shows that can be saved as a picture; null: the open spectrum
  preparing: 0, // files that are made to be saved
  revision: 0, // counts changes of files
  version: 0, // counts changes of what views load by themselves
};

const views = [];
let waiting = false;

export function onchange(draw) {
  views.push(draw);
}

export function changed() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    for (const draw of views) draw(store);
  });
}

// Draw the panel anew, after a change of what a view keeps for itself.
export function redraw() {
  store.version += 1;
  changed();
}

// How far a request of a view is, and what came of it; the panel is drawn anew once it is there.
export function requested(path, content) {
  const entry = { state: "asked" };
  post(path, content)
    .then((answer) => Object.assign(entry, { state: "there", content: answer }))
    .catch((error) => Object.assign(entry, { state: "failed", content: error.message }))
    .finally(redraw);
  return entry;
}

export const files = () => [...store.files.values()];

export const spots = () => files().flatMap((file) => file.spots.map((spot) => ({ ...spot, file })));

export function spotOf(identity) {
  const file = identity === null ? undefined : store.files.get(identity.split("-")[0]);
  const spot = file?.spots.find((one) => one.id === identity);
  return spot ? { ...spot, file } : null;
}

export const current = () => spotOf(store.current);

export const ticked = () => spots().filter((spot) => store.ticked.has(spot.id) && spot.answer);

// Whether spectra of a file go by names of their own: where it holds several, and of a map, where one is the sum.
export const isNamed = (file) => file.spots.length > 1 || Boolean(file.shape);

// The name of a spectrum: that of its file, with its own where it has one.
export const titleOf = (spot) => (isNamed(spot.file) ? `${spot.file.name} \u203a ${spot.sample}` : spot.file.name);

// Elements that answers of these spectra show, the largest first.
export function elementsOf(list) {
  const most = new Map();
  for (const spot of list) if (spot.answer.answered) for (const row of spot.answer.elements) if (row.shown) most.set(row.element, Math.max(most.get(row.element) ?? 0, row.at));
  return [...most].sort((one, other) => other[1] - one[1]).map(([element]) => element);
}

export function open(identity) {
  store.current = identity;
  if (["batch", "compare", "profile"].includes(store.view)) store.view = "spectrum";
  changed();
}

function take(list, whole) {
  store.revision += 1;
  if (whole) store.files.clear();
  for (const file of list) store.files.set(file.id, file);
  if (spotOf(store.current) === null) store.current = null;
  if (store.current === null) store.current = spots().find((spot) => spot.answer)?.id ?? null;
  for (const identity of store.ticked) if (spotOf(identity) === null) store.ticked.delete(identity);
  changed();
}

export function listen() {
  const events = new EventSource("api/events");
  events.addEventListener("all", (event) => {
    store.connected = true;
    take(JSON.parse(event.data).files, true);
  });
  events.addEventListener("changes", (event) => {
    const changes = JSON.parse(event.data);
    for (const identity of changes.removed) store.files.delete(identity);
    take(changes.files, false);
  });
  events.addEventListener("error", () => {
    store.connected = false;
    changed();
  });
}

export async function learnTechniques() {
  for (const technique of await get("api/techniques")) store.techniques.set(technique.name, technique);
  changed();
}
