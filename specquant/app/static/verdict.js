// Verdicts: a sign, a colour and the word, so that no one of them has to be seen.

import { el } from "./dom.js";

export const UNUSABLE = "not usable"; // what is said of a file that cannot be read or holds no spectrum

const SIGNS = { good: ["\u25cf", "good"], doubtful: ["\u25b2", "doubtful"], "not quantified": ["\u2715", "refused"], [UNUSABLE]: ["\u2298", "refused"] };

export function badge(verdict, word = false) {
  const [sign, name] = SIGNS[verdict] ?? ["?", "doubtful"];
  return el("span", { class: `verdict ${name}`, title: verdict }, el("span", { "aria-hidden": "true" }, sign), el("span", { class: word ? "" : "unseen" }, word ? ` ${verdict}` : `${verdict}: `));
}
