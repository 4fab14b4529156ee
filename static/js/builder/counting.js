// Shows what the server counted: on every twig, in total, whom it would reach, and what each condition costs.
import { Asker, send, sentenceFor } from "./asking.js";
import { clearReach, personLine, showReach } from "./audience.js";
import { finished } from "./conditions.js";
import { bar, counted, figure, h, icon, share } from "./dom.js";
import { looser } from "./loosening.js";
import * as tree from "./tree.js";
import { NEGATIVE } from "./words.js";

const MOST_COMPARED = 30;
const TYPING = 70; // milliseconds

export class Counting {
  constructor({ data, store, outline, announce, onanswer }) {
    Object.assign(this, { data, store, outline, announce, onanswer });
    this.preview = new Asker(data.urls.preview, data.token);
    this.compare = new Asker(data.urls.compare, data.token, 60);
    this.newest = null;
    this.page = `builder ${Date.now()} ${Math.random()}`; // names this page among all that somebody has open
    this.number = 0;
  }

  get(id) {
    return document.getElementById(id);
  }

  // An edit by typing may go on: it waits a little longer than a choice, which is done when it is made.
  ask(typing = false) {
    const { document: body, paths } = tree.writeDocument(this.store.root, finished);
    this.compare.cancel();
    document.body.classList.add("counting");
    this.preview.later(
      { document: body, segment: this.data.segment?.slug ?? "", draft: true, turn: { of: this.page, number: (this.number += 1) } },
      (answer) => this.show(answer, body, paths),
      (error) => {
        document.body.classList.remove("counting");
        this.trouble(sentenceFor(error));
      },
      typing ? TYPING : undefined,
    );
  }

  trouble(sentence) {
    const place = this.get("trouble");
    place.replaceChildren(...(sentence ? [h("div", { class: "callout bad", role: "alert" }, icon("alert", false), h("div", { class: "grow" }, h("p", {}, sentence)))] : []));
  }

  show(answer, body, paths) {
    document.body.classList.remove("counting");
    this.newest = { answer, body, paths };
    this.trouble("");
    this.problems(answer.problems ?? [], paths);
    if (answer.count === null || answer.count === undefined) {
      for (const id of ["total", "match", "dock-total"]) this.get(id).textContent = "–";
      this.get("share").textContent = this.get("dock-reach").textContent = "";
      clearReach(this.get.bind(this));
      this.get("against").textContent = "not counted: something needs a look";
      if (answer.again) setTimeout(() => { if (this.newest?.answer === answer) this.ask(); }, 4_000);
      if (!answer.problems?.length) this.trouble(answer.sentence ?? "This rule cannot be counted.");
      this.onanswer(answer);
      return;
    }
    this.tallies(answer, paths);
    this.total(answer);
    this.people(answer.samples ?? []);
    this.get("sentence").replaceChildren(...emphasised(answer.sentence || "Nobody yet: a rule that says nothing has no members."));
    for (const [id, path] of paths) {
      const kept = this.outline.place.querySelector(`[data-sentence="${id}"]`);
      if (kept && answer.sentences?.[path]) kept.textContent = answer.sentences[path];
    }
    this.onanswer(answer);
    this.askCosts(answer, paths);
  }

  tallies(answer, paths) {
    for (const node of this.outline.place.querySelectorAll("[data-node]")) {
      const tally = node.matches(".group") ? node.querySelector(":scope > .group-head > .tally") : node.querySelector(":scope > .tally");
      const path = paths.get(node.dataset.node);
      const count = path === undefined ? undefined : path === "" ? answer.count : answer.nodes[path];
      tally.querySelector("b").textContent = count === undefined ? "–" : figure(count);
      tally.querySelector(".tally-bar").replaceChildren(bar([["", 0, count && answer.total ? count / answer.total : 0]]));
      tally.title = count === undefined ? "Not counted" : `${figure(count)} of ${figure(answer.total)} customers, ${share(count, answer.total)}`;
    }
  }

  total(answer) {
    const { count, total } = answer;
    this.get("share").textContent = `${share(count, total)} of all`;
    this.get("total").textContent = figure(count);
    const before = this.data.segment ? count - this.data.segment.size : null;
    this.get("against").textContent = before === null ? "match" : before === 0 ? `as many as version ${this.data.segment.version}`
      : `${figure(Math.abs(before))} ${before > 0 ? "more" : "fewer"} than version ${this.data.segment.version}`;
    this.get("match").textContent = figure(count);
    showReach(answer, this.get.bind(this));
    this.get("out-of").textContent = `each count is out of ${counted(total, "customer")}`;
    this.get("counted-at").textContent = `Counted exactly, ${answer.as_of_words}, in ${Math.max(answer.seconds, 0.01).toFixed(answer.seconds < 0.1 ? 2 : 1)} s.`;
    this.get("dock-total").textContent = figure(count);
    this.announce(`${counted(count, "customer matches", "customers match")}, ${share(count, total)} of all.`, "count");
  }

  people(samples) {
    this.get("people").replaceChildren(...(samples.length
      ? samples.map((one) => personLine(one, (contact) => this.whyOf(contact)))
      : [h("li", { class: "muted" }, "Nobody matches yet.")]));
  }

  async whyOf(contact) {
    const { document: body } = tree.writeDocument(this.store.root, finished);
    const { body: found } = await send(this.data.urls.why, this.data.token, { document: body, contact, segment: this.data.segment?.slug ?? "" });
    return found;
  }

  problems(problems, paths) {
    for (const place of this.outline.place.querySelectorAll(".problems")) place.replaceChildren();
    for (const item of this.outline.place.querySelectorAll(".twig.wrong")) item.classList.remove("wrong");
    for (const { path, sentence } of problems) {
      const id = nearest(paths, path.replace(/^\/rule(?=\/|$)/, ""));
      const place = this.outline.place.querySelector(`[data-problems="${id}"]`);
      place?.append(h("p", { class: "problem" }, icon("alert"), sentence));
      place?.closest(".twig")?.classList.add("wrong");
    }
    if (problems.length) this.announce(`${problems[0].sentence}${problems.length > 1 ? ` And ${problems.length - 1} more.` : ""}`);
  }

  // --- What each condition costs, and what missing values do ----------------------------------------------
  askCosts(answer, paths) {
    for (const place of this.outline.place.querySelectorAll("[data-extras]")) place.replaceChildren();
    for (const item of this.outline.place.querySelectorAll(".costly")) item.classList.remove("costly");
    const { root } = this.store;
    const documents = {};
    const add = (key, changed) => {
      if (Object.keys(documents).length < MOST_COMPARED) documents[key] = tree.writeDocument(changed, finished).document;
    };
    const counts = narrowing(root).filter((child) => finished(child) && paths.has(child.id));
    for (const child of counts) {
      add(`without ${child.id}`, tree.remove(root, child.id));
      const loose = child.type === "condition" && !child.negated ? looser(child.rule) : null;
      if (loose) add(`looser ${child.id}`, tree.replace(root, child.id, (now) => ({ ...now, rule: loose.rule })));
    }
    for (const [node] of tree.walk(root)) {
      if (!asksForMissing(node)) continue;
      const turned = (empty) => tree.replace(root, node.id, (now) => ({ ...now, rule: withEmpty(now.rule, empty) }));
      add(`in ${node.id}`, turned(true));
      add(`out ${node.id}`, turned(false));
      add(`missing ${node.id}`, tree.group("all", [tree.condition({ attribute: node.rule.attribute, op: "is_not_set" })]));
    }
    if (!Object.keys(documents).length) return;
    this.compare.later({ documents, segment: this.data.segment?.slug ?? "" }, (found) => this.showCosts(found.counts ?? {}, answer, counts), () => {});
  }

  showCosts(found, answer, counts) {
    const costs = counts.map((child) => [child, (found[`without ${child.id}`] ?? 0) - answer.count]).sort((a, b) => b[1] - a[1]);
    const [worst, cost] = costs[0] ?? [null, 0];
    if (worst && cost > 0) this.costly(worst, found, answer);
    for (const [node] of tree.walk(this.store.root)) {
      if (asksForMissing(node) && found[`missing ${node.id}`]) this.missing(node, found);
    }
  }

  costly(node, found, answer) {
    const extras = this.outline.place.querySelector(`[data-extras="${node.id}"]`);
    if (!extras) return;
    (extras.closest(".twig") ?? extras.closest(".group")).classList.add("costly");
    const loose = node.type === "condition" ? looser(node.rule) : null;
    const given = found[`looser ${node.id}`];
    const gain = loose && given !== undefined ? given - answer.count : 0;
    extras.prepend(h("div", { class: "note" },
      h("span", { class: "state warn" }, icon("alert"), "Costs most"),
      h("p", {}, "Without it ", h("b", { class: "num" }, figure(found[`without ${node.id}`])), " would match.",
        gain > 0 ? [" ", h("b", {}, loose.words), " gives ", h("b", { class: "num" }, figure(given)), `, ${figure(gain)} more.`] : null),
      gain > 0 ? h("button", { class: "button small", type: "button", onclick: () => this.outline.edit(node, { rule: loose.rule }) }, loose.button) : null));
  }

  missing(node, found) {
    const extras = this.outline.place.querySelector(`[data-extras="${node.id}"]`);
    const label = this.data.attributes.find((one) => one.name === node.rule.attribute)?.label ?? node.rule.attribute;
    const choice = (empty, text, count) => h("label", {}, h("input", {
      type: "radio", name: `missing-${node.id}`, checked: (node.rule.empty ?? true) === empty, "data-key": `${node.id}:missing${empty}`,
      onchange: () => this.outline.edit(node, { rule: withEmpty(node.rule, empty) }),
    }), `${text} · ${figure(count ?? 0)}`);
    extras?.append(h("div", { class: "note" },
      h("p", {}, h("b", { class: "num" }, figure(found[`missing ${node.id}`])), ` customers have no ${label.toLowerCase()}.`),
      h("span", { class: "segmented small", role: "radiogroup", "aria-label": `Customers without ${label}` },
        choice(true, "Count them in", found[`in ${node.id}`]), choice(false, "Leave them out", found[`out ${node.id}`]))));
  }
}

// What makes the audience smaller where it stands: the parts of groups of which all must hold, at any depth.
function narrowing(node) {
  const own = node.mode === "all" && node.children.length > 1 ? node.children : [];
  const deeper = node.mode === "all" || node.mode === "any" ? node.children.filter((child) => child.type === "group").flatMap(narrowing) : [];
  return [...own, ...deeper];
}

// The sentence with what was chosen standing out: quoted values, figures and times.
function emphasised(sentence) {
  const chosen = /(‘[^’]*’|(?:at least|at most|more than|less than|exactly|between|last) [\d.,]+(?: (?!(?:and|or|of|blocks|this|in|on|to|where|who|whose|with|last|between|from)\b)[a-z]+)?|\b\d[\d.,]* (?:minute|hour|day|week|month|year)s?\b)/;
  return sentence.split(chosen).map((part, index) => (index % 2 ? h("b", {}, part) : part));
}

function asksForMissing(node) {
  return node.type === "condition" && node.rule.attribute !== undefined && NEGATIVE.has(node.rule.op) && finished(node);
}

function withEmpty(rule, empty) {
  const { empty: _, ...rest } = rule;
  return empty ? rest : { ...rest, empty: false };
}

function nearest(paths, path) {
  let best = [null, -1];
  for (const [id, at] of paths) {
    const inside = path === at || path.startsWith(`${at}/`) || at === "";
    if (inside && at.length >= best[1]) best = [id, at.length];
  }
  return best[0];
}
