// The builder: puts store, outline, counting and saving together.
import { Acquainting } from "./acquainting.js";
import { send } from "./asking.js";
import { Counting } from "./counting.js";
import { h, icon, useSprite } from "./dom.js";
import { Elsewhen } from "./elsewhen.js";
import { Company, Keeper } from "./keeping.js";
import { showLine } from "./line.js";
import { Outline } from "./outline.js";
import { useClock } from "./parts.js";
import { Phrasing } from "./phrasing.js";
import { Saving } from "./saving.js";
import { Store } from "./store.js";
import * as tree from "./tree.js";

const data = JSON.parse(document.getElementById("builder-data").textContent);
data.token = document.querySelector("#save-form [name=csrfmiddlewaretoken]").value;
useSprite(data.sprite);
useClock(data.zone, data.today);

data.valuesOf = async (what, words) => {
  const url = new URL(data.urls.values, location.href);
  for (const [name, value] of Object.entries({ ...what, q: words })) url.searchParams.set(name, value);
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error("values");
  return response.json();
};

const live = document.getElementById("live");
// What is said within a moment is said together; of several counts only the newest.
let speaking = 0;
let waiting = [];
function announce(sentence, topic = "") {
  waiting = [...waiting.filter((one) => !topic || one.topic !== topic), { sentence, topic }];
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    live.textContent = waiting.map((one) => one.sentence).join(" ");
    waiting = [];
  }, 400);
}

// How many customers each template finds, asked once.
data.countTemplates = () => {
  data.templateCounts ??= send(data.urls.compare, data.token, { documents: Object.fromEntries(data.templates.map((one) => [one.key, { version: 1, rule: one.rule }])) })
    .then(({ body }) => body.counts ?? {}).catch(() => { data.templateCounts = null; return {}; });
  return data.templateCounts;
};

const keeper = new Keeper({ url: data.urls.draft, token: data.token, place: data.place, segment: data.segment?.slug ?? "" });
keeper.kept = Boolean(data.draft);
const store = new Store({ document: data.document, version: data.segment?.version ?? null, draftKey: data.draftKey, draft: data.draft, keeper });
const outline = new Outline({ place: document.getElementById("outline"), store, data, announce });
showLine({ place: document.getElementById("line"), address: data.place, announce });
const people = new Acquainting({ data, store, announce });
const elsewhen = new Elsewhen({ data, store, announce });
const counting = new Counting({ data, store, outline, announce, onanswer: (answer) => {
  people.follow(answer);
  elsewhen.follow(answer);
  saving.follow();
  rehearseBelow(answer);
} });
const saving = new Saving({ data, store, counting, announce, keeper, onnewer: showNewer });
new Phrasing({ data, store, outline, announce });

const [undo, redo] = ["undo", "redo"].map((id) => document.getElementById(id));
const unsaved = document.getElementById("unsaved");

function frame() {
  const held = document.activeElement; // a button that can do no more would drop the focus
  undo.disabled = !store.past.length;
  redo.disabled = !store.future.length;
  if (held?.disabled && (held === undo || held === redo)) (held === undo ? redo : undo).focus();
  unsaved.hidden = !store.changed;
  if (data.segment) unsaved.lastChild.textContent = `Unsaved changes to version ${store.version}`;
}

store.listen(({ redraw, focus }) => {
  if (redraw) outline.draw(focus);
  frame();
  counting.ask(!redraw);
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
    if (number === turn && status === 200 && found.joins !== undefined) saving.show(found);
  } catch {
    // The next edit asks again.
  }
}

const moment = (at) => new Date(at).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: data.zone });

function tellOfDraft() {
  const place = document.getElementById("draft");
  if (!store.draftFrom) return;
  const close = () => { place.replaceChildren(); document.querySelector("#outline [data-key]")?.focus(); };
  place.replaceChildren(h("div", { class: "callout calm" }, icon("note", false), h("div", { class: "grow" },
    h("strong", {}, `You have a draft from ${moment(store.draftFrom.at)}`), h("p", {}, "It stands below as you left it; it is not saved yet.")),
    h("div", { class: "row" },
      h("button", { class: "button small", type: "button", onclick: close }, "Continue with it"),
      h("button", { class: "button small quiet", type: "button", onclick: () => { store.discard(); close(); } }, "Discard it"))));
}

// Somebody saved the segment meanwhile: both sentences, and what to do about it.
function showNewer(theirs) {
  const place = document.getElementById("newer");
  if (place.childElementCount && place.dataset.version === String(theirs.version)) return; // it stands there, perhaps with the focus
  place.dataset.version = theirs.version;
  const mine = counting.newest?.answer?.sentence || "Nothing yet.";
  const done = (act) => { act(); place.replaceChildren(); frame(); document.querySelector("#outline [data-key]")?.focus(); };
  const changed = store.changed;
  place.replaceChildren(h("div", { class: "callout warn", role: "alert" }, icon("alert", false), h("div", { class: "grow stack close" },
    h("strong", {}, `${theirs.by} saved version ${theirs.version} on ${moment(theirs.at)}${theirs.note ? `: ${theirs.note}` : ""}`),
    h("dl", { class: "both" }, h("dt", {}, "Theirs"), h("dd", {}, theirs.sentence), changed ? [h("dt", {}, "Yours"), h("dd", {}, mine)] : null),
    h("div", { class: "row" },
      h("button", { class: "button small", type: "button", onclick: () => done(() => store.rebase(theirs.version, theirs.document, { taken: true })) }, "Go on with theirs"),
      changed ? h("button", { class: "button small", type: "button", onclick: () => done(() => store.rebase(theirs.version, theirs.document)) }, "Keep mine, and save it over theirs") : null))));
  place.scrollIntoView({ block: "nearest" });
  announce(`${theirs.by} saved version ${theirs.version} of this segment.`);
}

tellOfDraft();
if (data.segment) new Company({ url: data.urls.editing, token: data.token, store, place: document.getElementById("company"), onnewer: showNewer });
outline.draw();
frame();
counting.ask();
document.body.dataset.builder = "ready";
