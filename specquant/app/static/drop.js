// Files that are dropped or chosen, folders with all that is in them, and their way to the program.

import { post, put } from "./api.js";
import { by } from "./dom.js";
import { openSession } from "./saving.js";
import { changed, store } from "./store.js";

const HIDDEN = /(^|\/)(\.|Thumbs\.db$|desktop\.ini$|__MACOSX)/i; // what systems leave in folders

const SESSION = /\.specquant$/i;

let drops = 0;

async function inFolder(entry, path, into) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    into.push([path + file.name, file]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return;
    for (const one of entries) await inFolder(one, `${path}${entry.name}/`, into);
  }
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => [file.name, file]);
  const into = [];
  for (const entry of entries) {
    try {
      await inFolder(entry, "", into);
    } catch (error) {
      store.problems.push(`${entry.name}: cannot be read (${error.message})`);
    }
  }
  return into;
}

const stem = (name) => name.replace(/\.[^./]*$/, "");

// Numbers of a map that another file describes: they come first, so that they are there when that is read.
function companions(list) {
  const described = new Set(list.filter(([name]) => /\.rpl$/i.test(name)).map(([name]) => stem(name)));
  return new Set(list.filter(([name]) => /\.raw$/i.test(name) && described.has(stem(name))).map(([name]) => name));
}

// Names without the folder that all of them lie in.
function short(list) {
  const [folder, ...rest] = (list[0]?.[0] ?? "").split("/");
  const inside = rest.length > 0 && list.every(([name]) => name.startsWith(`${folder}/`));
  return inside ? list.map(([name, file]) => [name.slice(folder.length + 1), file]) : list;
}

export async function add(all) {
  const list = short(all);
  for (const [, file] of list.filter(([name]) => SESSION.test(name))) openSession(file);
  const wanted = list.filter(([name]) => !HIDDEN.test(name) && !SESSION.test(name));
  const beside = companions(wanted);
  wanted.sort((one, other) => one[0].localeCompare(other[0], undefined, { numeric: true }));
  drops += 1;
  const drop = `${Date.now()}-${drops}`;
  store.uploads.total += wanted.length;
  changed();
  const { cancels } = store;
  const first = wanted.filter(([name]) => beside.has(name));
  for (const [name, file] of [...first, ...wanted.filter(([name]) => !beside.has(name))]) { // one by one: the list has their order
    try {
      await put(`api/files?${new URLSearchParams({ drop, name, beside: beside.has(name) ? "1" : "" })}`, file);
      if (store.cancels > cancels) await post("api/cancel");
    } catch (error) {
      store.problems.push(error.message.startsWith(name) ? error.message : `${name}: ${error.message}`);
    }
    store.uploads.done += 1;
    changed();
  }
  if (store.uploads.done === store.uploads.total) store.uploads = { total: 0, done: 0 };
  changed();
}

export function acceptFiles() {
  const veil = by("dropping");
  let depth = 0;
  const isFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragenter", (event) => {
    if (!isFiles(event)) return;
    depth += 1;
    veil.hidden = false;
  });
  addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    veil.hidden = depth === 0;
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    if (event.dataTransfer) add(await dropped(event.dataTransfer));
  });
  for (const [chooser, buttons] of [["files", ["open-files", "welcome-files"]], ["folder", ["open-folder", "welcome-folder"]]]) {
    for (const button of buttons) by(button).addEventListener("click", () => by(chooser).click());
    by(chooser).addEventListener("change", (event) => {
      add([...event.target.files].map((file) => [file.webkitRelativePath || file.name, file]));
      event.target.value = "";
    });
  }
}
