// A sentence -> a draft to look over: what was understood, what was not, what can be read in two ways, how many match.
import { send, sentenceFor } from "./asking.js";
import { counted, h, icon } from "./dom.js";
import * as tree from "./tree.js";

export class Phrasing {
  constructor({ data, store, outline, announce }) {
    Object.assign(this, { data, store, outline, announce });
    this.place = document.getElementById("phrase-answer");
    this.field = document.getElementById("phrase");
    this.number = 0;
    document.getElementById("phrase-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask({});
    });
  }

  async ask(choices) {
    const text = this.field.value.trim();
    const number = (this.number += 1);
    if (!text) {
      this.field.focus();
      return;
    }
    const { urls, token, segment } = this.data;
    this.place.replaceChildren(h("div", { class: "skeleton medium" }));
    try {
      const { status, body: found } = await send(urls.phrase, token, { text, choices, segment: segment?.slug ?? "" });
      if (number !== this.number) return;
      if (status !== 200) {
        this.place.replaceChildren(h("p", { class: "problem" }, icon("alert"), found.sentence));
        return;
      }
      this.show(found, choices);
      const { body: answer } = await send(urls.preview, token, { document: found.document, segment: segment?.slug ?? "", draft: true });
      if (number === this.number) this.count(answer);
    } catch (error) {
      if (number === this.number) this.place.replaceChildren(h("p", { class: "problem" }, icon("alert"), sentenceFor(error)));
    }
  }

  show(found, choices) {
    const empty = !found.document.rule.all?.length && !found.document.rule.any?.length;
    const words = marked(this.field.value.trim(), found.words);
    const unknown = found.unknown.length
      ? h("p", {}, "Not understood: ", found.unknown.flatMap((word, index) => [index ? ", " : "", h("b", {}, `‘${word}’`)]), ". ", empty ? "Name attributes, values, segments or what people did, as this account calls them." : "These words are left out of the rule.")
      : null;
    const asked = found.choices.map((choice) => h("label", { class: "row" }, h("span", {}, `‘${choice.text}’ means`),
      h("select", { class: "part value", "aria-label": `What ‘${choice.text}’ means`, onchange: (event) => this.ask({ ...choices, [choice.key]: Number(event.target.value) }) },
        choice.options.map((option, index) => {
          const node = h("option", {}, option);
          node.value = String(index);
          node.selected = index === choice.taken;
          return node;
        }))));
    this.counted = h("p", { class: "num", role: "status" }, empty ? "" : "Counting …");
    const use = (root, said) => { this.close(); this.store.set(root); this.announce(said); };
    const whole = () => use(tree.readDocument(found.document), "The rule is now what the sentence says. Undo brings the old one back.");
    const add = () => {
      const { root } = this.store;
      const node = tree.read(found.document.rule);
      const parts = node.type === "group" && node.mode === root.mode ? node.children : [node];
      use(parts.reduce((now, part) => tree.insert(now, now.id, tree.find(now, now.id).node.children.length, part), root), "Added to the rule.");
    };
    this.place.replaceChildren(h("div", { class: `callout${empty ? " warn" : ""} phrase` }, h("div", { class: "grow stack close" },
      h("p", { class: "phrase-words" }, words),
      unknown, found.notes.map((note) => h("p", { class: "faint" }, note)), asked, this.counted,
      h("div", { class: "row" },
        empty ? null : h("button", { class: "button", type: "button", onclick: whole, id: "phrase-use" }, this.store.root.children.length ? "Replace the rule" : "Use this rule"),
        empty || !this.store.root.children.length ? null : h("button", { class: "button", type: "button", onclick: add }, "Add to the rule"),
        h("button", { class: "button quiet", type: "button", onclick: () => this.close() }, "Dismiss")))));
    this.place.querySelector("#phrase-use")?.focus();
  }

  count(answer) {
    if (!this.counted?.isConnected) return;
    const known = answer.count !== null && answer.count !== undefined;
    this.counted.textContent = known && answer.sentence ? `${counted(answer.count, "customer matches", "customers match")}: ${answer.sentence}` : answer.problems?.[0]?.sentence ?? "";
  }

  close() {
    this.number += 1;
    this.place.replaceChildren();
    this.field.value = "";
  }
}

// The sentence exactly as it was typed, with what was not understood marked in it.
function marked(text, words) {
  const parts = [];
  let at = 0;
  for (const [word, understood] of words) {
    const begin = text.indexOf(word, at);
    if (begin < 0) continue;
    parts.push(text.slice(at, begin), understood ? word : h("mark", { class: "unknown" }, word));
    at = begin + word.length;
  }
  return [...parts, text.slice(at)];
}
