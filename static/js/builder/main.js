// The builder: puts store, outline, counting and saving together.
import { send } from "./asking.js";
import { Counting } from "./counting.js";
import { h, icon, useSprite } from "./dom.js";
import { Outline } from "./outline.js";
import { figures, Saving } from "./saving.js";
import { Store } from "./store.js";
import * as tree from "./tree.js";

const data = JSON.parse(document.getElementById("builder-data").textContent);
data.token = document.querySelector("#save-form [name=csrfmiddlewaretoken]").value;
useSprite(data.sprite);

data.valuesOf = async (what, words) => {
  const url = new URL(data.urls.values, location.href);
  for (const [name, value] of Object.entries({ ...what, q: words })) url.searchParams.set(name, value);
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error("values");
  return response.json();
};

const live = document.getElementById("live");
let speaking = 0;
function announce(sentence) {
  clearTimeout(speaking);
  speaking = setTimeout(() => { live.textContent = sentence; }, 400);
}

const store = new Store({ document: data.document, version: data.segment?.version ?? null, draftKey: data.draftKey });
const outline = new Outline({ place: document.getElementById("outline"), store, data, announce });
const counting = new Counting({ data, store, outline, announce, onanswer: (answer) => rehearseBelow(answer) });
new Saving({ data, store, counting, announce });

const [undo, redo] = ["undo", "redo"].map((id) => document.getElementById(id));
const unsaved = document.getElementById("unsaved");

function frame() {
  undo.disabled = !store.past.length;
  redo.disabled = !store.future.length;
  unsaved.hidden = !store.changed;
}

store.listen(({ redraw, focus }) => {
  if (redraw) outline.draw(focus);
  frame();
  counting.ask();
});
undo.addEventListener("click", () => store.undo());
redo.addEventListener("click", () => store.redo());
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, dialog")) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) store.redo();
  else store.undo();
});

// What saving would do, under the rule, while editing a segment that has members.
let turn = 0;
async function rehearseBelow(answer) {
  const place = document.getElementById("if-saved");
  if (!place || answer.count === null || answer.count === undefined) return;
  const number = (turn += 1);
  await new Promise((done) => { setTimeout(done, 300); });
  if (number !== turn) return;
  try {
    const { document: body } = tree.writeDocument(store.root);
    const { status, body: found } = await send(data.urls.rehearse, data.token, { document: body });
    if (number === turn && status === 200) place.replaceChildren(...figures(found));
  } catch {
    // The next edit asks again.
  }
}

function tellOfDraft() {
  const place = document.getElementById("draft");
  if (!store.draftFrom) return;
  const at = new Date(store.draftFrom.at);
  const when = at.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const newer = data.segment && store.draftFrom.version !== data.segment.version;
  const discard = h("button", { class: "button small", type: "button", onclick: () => { store.discard(); place.replaceChildren(); } }, "Discard the draft");
  place.replaceChildren(h("div", { class: `callout ${newer ? "warn" : "calm"}` }, icon(newer ? "alert" : "note", false), h("div", { class: "grow" },
    h("strong", {}, `Your draft of ${when} is here again`),
    newer ? h("p", {}, `Meanwhile version ${data.segment.version} was saved; your draft began from version ${store.draftFrom.version}. Discard it to see the newer one; it cannot be saved over it.`) : null), discard));
}

tellOfDraft();
outline.draw();
frame();
counting.ask();
document.body.dataset.builder = "ready";
