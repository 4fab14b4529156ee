// Shows what the server counted: on every twig, in total, whom it would reach, and what each condition costs.
import { Asker } from "./asking.js";
import { clearReach, showReach } from "./audience.js";
import { finished } from "./conditions.js";
import { Costing } from "./costing.js";
import { bar, counted, figure, h, icon, share } from "./dom.js";
import * as tree from "./tree.js";

const TYPING = 70; // milliseconds

export class Counting {
  constructor({ data, store, outline, announce, onanswer }) {
    Object.assign(this, { data, store, outline, announce, onanswer });
    this.preview = new Asker(data.urls.preview, data.token);
    this.costing = new Costing({ data, store, outline });
    outline.decorate = () => this.decorate();
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
    this.costing.cancel();
    document.body.classList.add("counting");
    this.preview.later(
      { document: body, segment: this.data.segment?.slug ?? "", draft: true, turn: { of: this.page, number: (this.number += 1) } },
      (answer) => this.show(answer, body, paths),
      () => this.get("counted-at").replaceChildren("Not counted yet: the server does not answer."),
      typing ? TYPING : undefined,
    );
  }

  // True from an edit until it is counted.
  get busy() {
    return document.body.classList.contains("counting");
  }

  // What stands in the way; `calm` where it passes by itself.
  trouble(sentence, calm = false) {
    const place = this.get("trouble");
    if (calm && place.textContent.startsWith(sentence)) return;
    place.replaceChildren(...(sentence ? [h("div", { class: `callout ${calm ? "calm" : "bad"}`, role: calm ? "status" : "alert" }, icon(calm ? "clock" : "alert", false),
      h("div", { class: "grow" }, h("p", {}, sentence, calm ? " You can go on building; the counts come by themselves." : "")))] : []));
  }

  show(answer, body, paths) {
    document.body.classList.remove("counting");
    this.newest = { answer, body, paths };
    if (!answer.again) this.trouble("");
    this.problems(answer.problems ?? [], paths);
    if (answer.count === null || answer.count === undefined) {
      for (const id of ["total", "match", "dock-total"]) this.get(id).textContent = "–";
      this.get("share").textContent = this.get("dock-reach").textContent = "";
      clearReach(this.get.bind(this));
      this.get("against").textContent = answer.again ? "counted in a moment" : "not counted: something needs a look";
      if (answer.again) setTimeout(() => { if (this.newest?.answer === answer) this.ask(); }, 4_000);
      if (!answer.problems?.length) this.trouble(answer.sentence ?? "This rule cannot be counted.", Boolean(answer.again));
      this.onanswer(answer);
      return;
    }
    this.tallies(answer, paths);
    this.total(answer);
    this.get("sentence").replaceChildren(...emphasised(answer.sentence || "Nobody yet: a rule that says nothing has no members."));
    this.onanswer(answer);
    this.costing.ask(answer, paths);
  }

  // After drawing again, the figures of what stayed stand there until the newest count comes.
  decorate() {
    const { answer, paths } = this.newest ?? {};
    if (answer?.count !== null && answer?.count !== undefined) this.tallies(answer, paths);
    this.costing.draw();
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
    this.compare(count);
    this.get("match").textContent = figure(count);
    showReach(answer, this.get.bind(this));
    this.get("out-of").textContent = `each count is out of ${counted(total, "customer")}`;
    this.get("counted-at").textContent = `Counted exactly, ${answer.as_of_words}, in ${Math.max(answer.seconds, 0.01).toFixed(answer.seconds < 0.1 ? 2 : 1)} s.`;
    this.get("dock-total").textContent = figure(count);
    this.announce(`${counted(count, "customer matches", "customers match")}, ${share(count, total)} of all.`, "count");
  }

  // With the members that the segment has now, which another may have changed meanwhile.
  compare(count = this.newest?.answer?.count) {
    if (count === null || count === undefined) return;
    const { segment } = this.data;
    const before = segment ? count - segment.size : null;
    this.get("against").textContent = before === null ? "match" : before === 0 ? `as many as version ${segment.version}`
      : `${figure(Math.abs(before))} ${before > 0 ? "more" : "fewer"} than its ${counted(segment.size, "member")} now`;
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
}

// The sentence with what was chosen standing out: quoted values, figures and times.
function emphasised(sentence) {
  const unit = "(?: (?:different )?(?!(?:and|or|of|blocks|this|in|on|to|where|who|whose|with|last|between|from)\\b)[a-z]+)?";
  const chosen = new RegExp("(‘[^’]*’|\"(?:[^\"\\\\]|\\\\.)*\"|\\b\\d{4}-\\d\\d-\\d\\d(?:T[\\d:]+)?|between [\\d.,]*\\d and [\\d.,]*\\d" + unit + "|(?:at least|at most|more than|less than|exactly|between|last) [\\d.,]*\\d" + unit
    + "|\\b\\d[\\d.,]* (?:minute|hour|day|week|month|year)s?\\b|\\b(?:this|last|next) (?:week|month|quarter|year)\\b)");
  return sentence.split(chosen).map((part, index) => (index % 2 ? h("b", {}, part) : part));
}

function nearest(paths, path) {
  let best = [null, -1];
  for (const [id, at] of paths) {
    const inside = path === at || path.startsWith(`${at}/`) || at === "";
    if (inside && at.length >= best[1]) best = [id, at.length];
  }
  return best[0];
}
