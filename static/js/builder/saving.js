// The dialog before saving: what will happen, a name or a note, and what is wrong where the server refuses.
import { send, sentenceFor } from "./asking.js";
import { finished } from "./conditions.js";
import { bar, counted, figure, h, icon, listed } from "./dom.js";
import * as tree from "./tree.js";

export class Saving {
  constructor({ data, store, counting, announce, keeper, onnewer }) {
    Object.assign(this, { data, store, counting, announce, keeper, onnewer });
    this.everybody = peopleList({ data, store, keeper });
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
      this.counting.outline.firstOpen(open[0][0].id)?.focus();
      return;
    }
    if (this.data.segment) this.sayNumber(this.store.version + 1);
    this.dialog.showModal();
    this.form.querySelector("input")?.focus();
    this.tell();
  }

  // An edit that is still being counted is told when it is: the count before it would be of another rule.
  tell() {
    document.getElementById("rehearsal-sentence").textContent = this.counting.busy ? "…" : this.counting.newest?.answer?.sentence ?? "";
    this.rehearse(document.getElementById("rehearsal-figures"));
  }

  follow() {
    if (this.dialog.open) this.tell();
  }

  // Another may have saved since the page was made: this save is then a later version than the page said.
  sayNumber(number) {
    this.dialog.querySelector("#rehearsal-title").textContent = `Save version ${number} of ${this.data.segment.name}?`;
    this.dialog.querySelector("[type=submit]").textContent = `Save version ${number}`;
  }

  async rehearse(place) {
    const { segment, urls, token } = this.data;
    if (!segment && this.counting.busy) {
      place.replaceChildren(h("div", { class: "skeleton short" }));
      return;
    }
    if (!segment) {
      const count = this.counting.newest?.answer?.count;
      place.replaceChildren(count ? h("p", {}, h("b", { class: "num" }, figure(count)), ` ${counted(count, "customer joins", "customers join").replace(/^\S+ /, "")}. `, this.everybody("joins", "See who"))
        : h("p", {}, count === 0 ? "Nobody matches it yet. It may be saved all the same, and fills as soon as somebody does." : "Its members are worked out after saving."));
      return;
    }
    place.replaceChildren(h("div", { class: "skeleton medium" }), h("div", { class: "skeleton short" }));
    try {
      const { document: body } = tree.writeDocument(this.store.root);
      const { body: found } = await send(urls.rehearse, token, { document: body });
      if (found.joins !== undefined) this.show(found);
      place.replaceChildren(...(found.joins !== undefined ? figures(found, this.everybody) : [h("p", {}, found.sentence ?? "The rule cannot be counted yet.")]));
    } catch (error) {
      place.replaceChildren(h("p", {}, sentenceFor(error)));
    }
  }

  // What was rehearsed, under the rule: figures, what they are held against, and each use.
  show(found) {
    const { segment } = this.data;
    Object.assign(segment, { version: found.against, size: found.leaves + found.stays });
    document.getElementById("if-saved").replaceChildren(...figures(found, this.everybody));
    document.getElementById("if-saved-against").textContent = `against version ${segment.version}, ${counted(segment.size, "member")}`;
    this.counting.compare();
    showUses(found);
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
      document.querySelector("#newer button")?.focus();
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

function figures(found, everybody) {
  const { joins, leaves, stays } = found;
  const all = joins + leaves + stays || 1;
  const trio = h("dl", { class: "trio" },
    [["Join", joins ? `+${figure(joins)}` : "0"], ["Leave", leaves ? `−${figure(leaves)}` : "0"], ["Stay", figure(stays)]].map(([word, value]) => h("div", {}, h("dt", {}, word), h("dd", {}, value))));
  const parts = bar([["second", 0, stays / all], ["", stays / all, joins / all], ["third", (stays + joins) / all, leaves / all]],
    { thick: true, label: `${figure(stays)} stay, ${figure(joins)} join, ${figure(leaves)} leave` });
  const named = (word, names, count, who) => names.length ? h("p", { class: "faint" }, `${word}: `, listed(names),
    count > names.length ? [" ", everybody(who, `and ${figure(count - names.length)} more`)] : [" · ", everybody(who, "why")]) : null;
  return [trio, parts, named("Joining", found.joining ?? [], joins, "joins"), named("Leaving", found.leaving ?? [], leaves, "leaves")].filter(Boolean);
}

// What saving does to each use, wherever the page lists them.
function showUses({ uses }) {
  if (!uses?.length) return;
  for (const list of document.querySelectorAll("[data-uses]")) {
    list.replaceChildren(...uses.map((use) => h("li", {}, icon(use.icon, false), h("div", { class: "grow" },
      use.url ? h("a", { class: "link", href: use.url, target: "_blank" }, use.name) : h("b", {}, use.name), " ", h("span", { class: "faint" }, use.state),
      h("p", {}, use.words, use.counted ? h("small", { class: "faint" }, `. Counted: ${use.counted}.`) : null)))));
    const callout = list.closest(".callout");
    if (callout) callout.hidden = false;
  }
}

// A link to all who would join or leave: the page reads the draft, so it is sent to the server first.
function peopleList({ data, store, keeper }) {
  return (who, words) => {
    const url = new URL(data.urls.people, location.href);
    url.searchParams.set("place", data.place);
    url.searchParams.set("who", who);
    return h("a", { class: "link", href: url.href, target: "_blank", rel: "opener", onclick: async (event) => {
      event.preventDefault();
      const page = open("", "_blank");
      await keeper.now(tree.writeDocument(store.root).document, store.version);
      if (page) page.location = url.href;
      else location.assign(url.href);
    } }, words);
  };
}
