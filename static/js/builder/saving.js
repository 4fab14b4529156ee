// The dialog before saving: what will happen, a name or a note, and what is wrong where the server refuses.
import { send, sentenceFor } from "./asking.js";
import { finished } from "./conditions.js";
import { bar, counted, figure, h, icon } from "./dom.js";
import * as tree from "./tree.js";

export class Saving {
  constructor({ data, store, counting, announce, onnewer }) {
    Object.assign(this, { data, store, counting, announce, onnewer });
    this.dialog = document.getElementById("rehearsal");
    this.trouble = document.getElementById("save-trouble");
    this.form = document.getElementById("save-form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    for (const opener of document.querySelectorAll("[data-review]")) opener.addEventListener("click", () => this.review());
  }

  review() {
    this.trouble.replaceChildren();
    const open = [...tree.walk(this.store.root)].filter(([node]) => !finished(node));
    if (open.length) {
      this.counting.trouble(`${open.length === 1 ? "One condition is" : `${open.length} conditions are`} not finished. Fill in what is missing, or remove ${open.length === 1 ? "it" : "them"}.`);
      document.querySelector(`[data-item="${open[0][0].id}"] .part`)?.focus();
      return;
    }
    this.dialog.showModal();
    this.form.querySelector("input")?.focus();
    this.rehearse(document.getElementById("rehearsal-figures"));
  }

  async rehearse(place) {
    const { segment, urls, token } = this.data;
    if (!segment) {
      const count = this.counting.newest?.answer?.count;
      place.replaceChildren(h("p", {}, count === undefined || count === null ? "Its members are worked out after saving." : `${counted(count, "customer joins", "customers join")}. Nothing is sent by saving.`));
      return;
    }
    place.replaceChildren(h("div", { class: "skeleton medium" }), h("div", { class: "skeleton short" }));
    try {
      const { document: body } = tree.writeDocument(this.store.root);
      const { status, body: found } = await send(urls.rehearse, token, { document: body });
      place.replaceChildren(...(status === 200 ? figures(found) : [h("p", {}, found.sentence ?? "The rule cannot be counted yet.")]));
    } catch (error) {
      place.replaceChildren(h("p", {}, sentenceFor(error)));
    }
  }

  async save() {
    const button = this.dialog.querySelector("[type=submit]");
    const fields = Object.fromEntries(new FormData(this.form));
    const { document: body } = tree.writeDocument(this.store.root);
    button.disabled = true;
    try {
      const { status, body: found } = await send(this.data.urls.save, this.data.token, {
        place: this.data.place, document: body, version: this.store.version ?? null, name: fields.name ?? "", note: fields.note ?? "", label: fields.label ?? "",
      });
      if (status === 200) {
        this.store.forgetDraft();
        location.assign(found.url);
        return;
      }
      this.refused(found);
    } catch (error) {
      this.refused({ sentence: sentenceFor(error) });
    }
    button.disabled = false;
  }

  refused(found) {
    if (found.theirs) {
      this.dialog.close();
      this.onnewer(found.theirs);
      return;
    }
    const problems = found.problems ?? [];
    this.trouble.replaceChildren(h("div", { class: "callout bad", role: "alert" }, icon("alert", false),
      h("div", { class: "grow" }, h("strong", {}, found.sentence ?? "This segment was not saved"),
        problems.length ? h("ul", {}, problems.slice(0, 8).map((problem) => h("li", {}, problem.sentence))) : null,
        found.url ? h("p", {}, h("a", { href: found.url, target: "_blank" }, "See the newer version"), ". Your draft stays here.") : null)));
    const { paths } = tree.writeDocument(this.store.root);
    this.counting.problems(problems, paths);
  }
}

export function figures(found) {
  const { joins, leaves, stays } = found;
  const all = joins + leaves + stays || 1;
  const trio = h("dl", { class: "trio" },
    [["Join", joins ? `+${figure(joins)}` : "0"], ["Leave", leaves ? `−${figure(leaves)}` : "0"], ["Stay", figure(stays)]].map(([word, value]) => h("div", {}, h("dt", {}, word), h("dd", {}, value))));
  const parts = bar([["second", 0, stays / all], ["", stays / all, joins / all], ["third", (stays + joins) / all, leaves / all]],
    { thick: true, label: `${figure(stays)} stay, ${figure(joins)} join, ${figure(leaves)} leave` });
  const named = (word, names, count) => names.length ? h("p", { class: "faint" }, `${word}: ${names.join(", ")}${count > names.length ? ` and ${figure(count - names.length)} more` : ""}`) : null;
  return [trio, parts, named("Joining", found.joining ?? [], joins), named("Leaving", found.leaving ?? [], leaves)].filter(Boolean);
}
