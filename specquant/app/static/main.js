// The page: what is drawn, and what begins it.

import { undo } from "./adjust.js";
import { by } from "./dom.js";
import { acceptFiles } from "./drop.js";
import { drawList, listKeys } from "./list.js";
import { drawPanel, drawTabs } from "./panel.js";
import { drawProgress } from "./progress.js";
import { current, learnTechniques, listen, onchange, store } from "./store.js";
import { savingMenus } from "./saving.js";
import { themeButton } from "./theme.js";

function drawFrame() {
  const empty = !store.files.size && !store.problems.length && !store.uploads.total;
  by("welcome").hidden = !empty;
  by("work").hidden = empty;
  by("known").textContent = [...store.techniques.values()].map((one) => one.title).join(" \u00b7 ");
}

for (const draw of [drawFrame, drawProgress, drawList, drawTabs, drawPanel]) onchange(draw);

addEventListener("keydown", (event) => {
  const typing = /^(input|select|textarea)$/i.test(event.target.tagName);
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing && current()?.undo) {
    event.preventDefault();
    undo(current());
  }
});

acceptFiles();
listKeys();
themeButton();
savingMenus();
listen();
learnTechniques();
