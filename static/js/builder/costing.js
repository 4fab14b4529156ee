// What each condition costs, what a looser form of it would give, and what missing values do.
import { Asker } from "./asking.js";
import { finished } from "./conditions.js";
import { counted, figure, h, icon } from "./dom.js";
import { loosenings, wantsValues } from "./loosening.js";
import * as tree from "./tree.js";
import { NEGATIVE } from "./words.js";

const MOST_COMPARED = 60;
const MOST_NOTED = 4;
const MUCH = 0.1; // of the audience as it is

export class Costing {
  constructor({ data, store, outline }) {
    Object.assign(this, { data, store, outline });
    this.asker = new Asker(data.urls.compare, data.token, 60);
    this.values = new Map();
    this.notes = new Map(); // node id -> draws what is noted beside it
    this.worst = null;
  }

  cancel() {
    this.asker.cancel();
  }

  // After drawing again, what was noted stands there at once, until it is worked out anew.
  draw() {
    for (const place of this.outline.place.querySelectorAll("[data-extras]")) {
      place.replaceChildren(...(this.notes.get(place.dataset.extras)?.() ?? []));
    }
    for (const item of this.outline.place.querySelectorAll(".costly")) item.classList.remove("costly");
    const extras = this.worst && this.outline.place.querySelector(`[data-extras="${this.worst}"]`);
    (extras?.closest(".twig") ?? extras?.closest(".group"))?.classList.add("costly");
  }

  ask(answer, paths) {
    const { root } = this.store;
    const documents = {};
    const add = (key, changed) => {
      if (Object.keys(documents).length < MOST_COMPARED) documents[key] = tree.writeDocument(changed, finished).document;
    };
    const parts = narrowing(root).filter((child) => finished(child) && paths.has(child.id));
    for (const child of parts) add(`without ${child.id}`, tree.remove(root, child.id));
    const missing = [...tree.walk(root)].map(([node]) => node).filter(asksForMissing);
    for (const node of missing) {
      const turned = (empty) => tree.replace(root, node.id, (now) => ({ ...now, rule: withEmpty(now.rule, empty) }));
      add(`in ${node.id}`, turned(true));
      add(`out ${node.id}`, turned(false));
      add(`missing ${node.id}`, tree.group("all", [tree.condition({ attribute: node.rule.attribute, op: "is_not_set" })]));
    }
    if (!Object.keys(documents).length) {
      this.show([], missing, {});
      return;
    }
    const segment = this.data.segment?.slug ?? "";
    this.asker.later({ documents, segment }, async ({ counts = {} }) => {
      const costs = parts.map((node) => ({ node, without: counts[`without ${node.id}`] ?? 0, cost: (counts[`without ${node.id}`] ?? 0) - answer.count }))
        .filter(({ cost }) => cost > 0).sort((a, b) => b.cost - a.cost)
        .filter(({ cost }, index) => index === 0 || (index < MOST_NOTED && cost >= MUCH * answer.count));
      const number = this.asker.number;
      const looser = await this.looser(costs);
      if (number !== this.asker.number) return;
      if (!Object.keys(looser.documents).length) {
        this.show(costs, missing, counts);
        return;
      }
      this.asker.later({ documents: looser.documents, segment }, ({ counts: found = {} }) => {
        for (const one of costs) {
          one.loose = (looser.offered.get(one.node.id) ?? []).map((form, index) => ({ ...form, given: found[`${index} ${one.node.id}`] ?? 0 }))
            .filter(({ given }) => given > answer.count).sort((a, b) => b.given - a.given);
        }
        this.show(costs, missing, counts, answer.count);
      }, () => this.show(costs, missing, counts), 0);
    }, () => {});
  }

  // The looser forms of those that cost much, as documents to count.
  async looser(costs) {
    const documents = {};
    const offered = new Map();
    for (const { node } of costs) {
      if (node.type !== "condition" || node.negated) continue;
      const values = wantsValues(node.rule) ? await this.frequent(node.rule.attribute) : [];
      const forms = loosenings(node.rule, () => values);
      offered.set(node.id, forms);
      forms.forEach((form, index) => {
        documents[`${index} ${node.id}`] = tree.writeDocument(tree.replace(this.store.root, node.id, (now) => ({ ...now, rule: form.rule })), finished).document;
      });
    }
    return { documents, offered };
  }

  frequent(attribute) {
    if (!this.values.has(attribute)) {
      const asked = this.data.valuesOf({ attribute }, "").then((found) => found.items.map((one) => one.value)).catch(() => {
        this.values.delete(attribute);
        return [];
      });
      this.values.set(attribute, asked);
    }
    return this.values.get(attribute);
  }

  show(costs, missing, counts, now = 0) {
    this.notes.clear();
    const note = (id, drawn) => {
      const before = this.notes.get(id);
      this.notes.set(id, () => [...(before?.() ?? []), drawn()]);
    };
    this.worst = costs[0]?.node.id ?? null;
    costs.forEach((one, index) => {
      if (index === 0 || one.loose?.length) note(one.node.id, () => this.costly(one, index === 0, now));
    });
    for (const node of missing) if (counts[`missing ${node.id}`]) note(node.id, () => this.missing(node, counts));
    this.draw();
  }

  costly({ node, without, loose = [] }, worst, now) {
    const forms = loose.slice(0, worst ? 2 : 1);
    const use = (form) => this.outline.edit(node, { rule: form.rule }, { focus: `${node.id}:grip` });
    return h("div", { class: `note${worst ? "" : " quiet"}` },
      worst ? h("span", { class: "state warn" }, icon("alert"), "Costs most") : null,
      h("p", {}, "Without it ", h("b", { class: "num" }, figure(without)), " would match."),
      forms.map((form, index) => h("span", { class: "offer" },
        h("span", {}, h("b", {}, upper(form.words)), " gives ", h("b", { class: "num" }, figure(form.given)), `, ${figure(form.given - now)} more.`),
        h("button", { class: "button small", type: "button", "data-key": `${node.id}:use${index}`, onclick: () => use(form) }, form.button))));
  }

  missing(node, found) {
    const label = this.data.attributes.find((one) => one.name === node.rule.attribute)?.label ?? node.rule.attribute;
    const choice = (empty, text, count) => h("label", {}, h("input", {
      type: "radio", name: `missing-${node.id}`, checked: (node.rule.empty ?? true) === empty, "data-key": `${node.id}:missing${empty}`,
      onchange: () => this.outline.edit(node, { rule: withEmpty(node.rule, empty) }),
    }), `${text} · ${figure(count ?? 0)}`);
    return h("div", { class: "note" },
      h("p", {}, h("b", { class: "num" }, figure(found[`missing ${node.id}`])), ` ${counted(found[`missing ${node.id}`], "customer has", "customers have").replace(/^\S+ /, "")} no ${label.toLowerCase()}.`),
      h("span", { class: "segmented small", role: "radiogroup", "aria-label": `Customers without ${label}` },
        choice(true, "Count them in", found[`in ${node.id}`]), choice(false, "Leave them out", found[`out ${node.id}`])));
  }
}

const upper = (words) => words[0].toUpperCase() + words.slice(1);

// What makes the audience smaller where it stands: parts of groups of which all must hold, or none, at any depth.
function narrowing(node) {
  const own = (node.mode === "all" || node.mode === "none") && node.children.length > 1 ? node.children : [];
  return [...own, ...node.children.filter((child) => child.type === "group" && child.mode !== "not all").flatMap(narrowing)];
}

function asksForMissing(node) {
  return node.type === "condition" && node.rule.attribute !== undefined && NEGATIVE.has(node.rule.op) && finished(node);
}

function withEmpty(rule, empty) {
  const { empty: _, ...rest } = rule;
  return empty ? rest : { ...rest, empty: false };
}
