// Five people beside the rule, each with why: members, another five of them, or some whom one condition keeps out.
import { Asker, send, sentenceFor } from "./asking.js";
import { finished } from "./conditions.js";
import { addressed, counted, h } from "./dom.js";
import * as tree from "./tree.js";

const ROOM = 80; // letters
const IDLE = 500; // milliseconds after a count, before the reasons are read

export class Acquainting {
  constructor({ data, store, announce }) {
    Object.assign(this, { data, store, announce });
    this.list = document.getElementById("people");
    this.others = document.getElementById("others");
    this.asker = new Asker(data.urls.others, data.token);
    this.whys = new Asker(data.urls.whys, data.token, IDLE);
    this.number = 0;
    this.nearly = false;
    this.others.addEventListener("click", () => this.ask());
    for (const radio of document.querySelectorAll("[name=acquaint]")) {
      radio.addEventListener("change", () => {
        this.nearly = radio.value === "nearly";
        if (this.nearly) this.ask();
        else this.show(this.members ?? []);
      });
    }
  }

  document() {
    return tree.writeDocument(this.store.root, finished).document;
  }

  // With each count: its own five, or whom a condition keeps out now.
  follow(answer) {
    this.members = answer.samples ?? [];
    this.pending = answer.count === null || answer.count === undefined;
    this.total = answer.count ?? 0;
    if (this.nearly && !this.pending) this.ask(false);
    else this.show(this.members);
  }

  ask(others = true) {
    this.whys.cancel();
    if (others) this.number += 1;
    this.asker.later(
      { document: this.document(), segment: this.data.segment?.slug ?? "", nearly: this.nearly, number: this.number },
      ({ people = [], sentence }) => {
        this.show(people, sentence);
        if (others) this.announce(people.length ? `${counted(people.length, "other person", "other people")}: ${people.map((one) => one.name).join(", ")}.` : "Nobody else.");
      },
      (error) => this.list.replaceChildren(h("li", { class: "muted" }, sentenceFor(error))));
  }

  show(people, sentence = "") {
    this.others.disabled = !people.length || (!this.nearly && this.total <= people.length);
    const none = sentence || (this.pending ? "They appear with the next count." : this.nearly ? "Nobody is kept out by one condition alone." : "Nobody matches yet.");
    const lines = new Map(people.map((one) => [one.id, personLine(one, (contact) => this.whyOf(contact))]));
    this.list.replaceChildren(...(lines.size ? [...lines.values()].map((line) => line.node) : [h("li", { class: "muted" }, none)]));
    if (!people.length || this.nearly) {
      this.whys.cancel();
      return;
    }
    this.whys.later({ document: this.document(), segment: this.data.segment?.slug ?? "", contacts: [...lines.keys()] },
      ({ reasons = {} }) => { for (const [id, line] of lines) line.tell(reasons[id] ?? []); }, () => {});
  }

  async whyOf(contact) {
    const { body } = await send(this.data.urls.why, this.data.token, { document: this.document(), contact, segment: this.data.segment?.slug ?? "" });
    return body;
  }
}

// One of five: the first reason stands under the name, all of them when somebody asks.
function personLine(one, whyOf) {
  const place = h("div", { class: "person-why faint", hidden: true });
  const under = h("small", { class: "faint" }, one.misses ? ["But for: ", one.misses] : one.email ? addressed(one.email) : "no e-mail address");
  let asked = null;
  const read = () => {
    asked ??= whyOf(one.id).then((found) => {
      const reasons = found.reasons?.length ? found.reasons : [found.sentence ?? "Nothing that is told in words decides it."];
      place.replaceChildren(h("ul", {}, reasons.slice(0, 6).map((reason) => h("li", {}, reason))));
    }).catch(() => {
      asked = null;
      place.replaceChildren("It could not be read. Try again in a moment.");
    });
  };
  const why = h("button", { class: "button quiet small", type: "button", "aria-expanded": "false", "aria-label": `Why ${one.misses ? "not " : ""}${one.name}?`,
    onclick: () => {
      place.hidden = !place.hidden;
      why.setAttribute("aria-expanded", String(!place.hidden));
      if (!place.hidden && !place.childNodes.length) place.replaceChildren(h("div", { class: "skeleton short" }));
      read();
    },
    onpointerenter: () => read(), onfocus: () => read() }, one.misses ? "Why not?" : "Why?");
  return {
    node: h("li", { class: "person" },
      h("span", { class: "avatar", "data-hue": String(((one.id * 7) % 10) + 1), "aria-hidden": "true" }, initials(one.name)),
      h("div", { class: "grow" }, h("a", { href: one.url, title: one.email || null }, one.name), h("br"), under, place),
      why),
    tell(reasons) {
      const telling = [...reasons].sort((one, other) => /\d/.test(other) - /\d/.test(one)); // figures and days tell people apart
      // Whole reasons only, as many as stand in three lines: the rest is told by “Why?”.
      const room = telling.filter((one, index) => telling.slice(0, index + 1).join(" · ").length <= ROOM);
      if (reasons.length) under.replaceChildren(h("span", { class: "clip" }, (room.length ? room : telling.slice(0, 1)).join(" · ")));
    },
  };
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return (words.length > 1 ? [words[0], words.at(-1)] : words).map((word) => [...word][0]).join("").toUpperCase();
}
