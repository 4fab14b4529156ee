// Draws the rule as an outline, and does to it what the hand or the keyboard asks.
import { conditionParts, finished, pickAttribute, pickKind, pickSegment, STARTS } from "./conditions.js";
import { h, icon } from "./dom.js";
import { clipping, keepClipping, takeClippings } from "./clipping.js";
import { Dragging } from "./dragging.js";
import { NAMED } from "./shapes.js";
import { actionMenu, among, pick } from "./picker.js";
import * as tree from "./tree.js";
import { MODES, NEGATIVE, attributeIcon, kindIcon, spoken } from "./words.js";

const DEEPEST = 18;
const DATED = new Set(["on", "before", "after", "between_dates", "within_last", "more_than_ago", "within_next", "more_than_ahead", "in_period", "anniversary", "anniversary_within_next", "anniversary_month"]);

// Makes `live` equal to `now` in place, so that whoever holds a part of it sees the change.
function follow(live, now) {
  for (const key of Object.keys(live)) if (!(key in now)) delete live[key];
  for (const [key, value] of Object.entries(now)) {
    const here = live[key];
    const alike = value && here && typeof value === "object" && typeof here === "object" && Array.isArray(value) === Array.isArray(here);
    if (alike && (!Array.isArray(value) || value.length === here.length)) follow(here, value);
    else live[key] = value;
  }
}

export class Outline {
  constructor({ place, store, data, announce }) {
    Object.assign(this, { place, store, data, announce });
    this.dragging = new Dragging(this);
    place.addEventListener("keydown", (event) => this.onKey(event));
    takeClippings(this);
  }

  draw(focus = null) {
    const inside = this.place.contains(document.activeElement);
    const key = focus ?? document.activeElement?.dataset?.key;
    this.place.replaceChildren(this.group(this.store.root, 0));
    this.decorate?.();
    const at = (name) => this.place.querySelector(`[data-key="${CSS.escape(name)}"]`);
    const now = key?.endsWith(":first") ? this.firstOpen(key.slice(0, -6)) : key ? at(key) : null;
    // What had the focus may be gone (undone, taken apart): it stays beside it, never nowhere.
    (now ?? (key && (focus || inside) ? at(`${key.split(":")[0]}:what`) ?? at(`${this.store.root.id}:addcondition`) : null))?.focus();
  }

  // Where somebody goes on after adding: what is still to be filled in, else what was added.
  firstOpen(id) {
    const item = this.place.querySelector(`[data-item="${CSS.escape(id)}"]`);
    const open = [...(item?.querySelectorAll(".part.unset, input.part") ?? [])].find((part) => part.matches(".unset") || part.value === "");
    return open ?? item?.querySelector("[data-key$=':what'], [data-key$=':addcondition']");
  }

  change(root, options) {
    this.store.set(root, options);
  }

  edit(node, change, options) {
    this.change(tree.replace(this.store.root, node.id, (now) => ({ ...now, ...change })), options);
  }

  tally() {
    return h("div", { class: "tally" }, h("b", {}, "\u2013"), h("span", { class: "tally-bar" }));
  }

  more(node) {
    return h("button", {
      class: "button quiet small square", type: "button", "data-key": `${node.id}:more`, "aria-haspopup": "menu",
      "aria-label": node.type === "group" ? "More for this group" : "More for this condition", onclick: (event) => this.menu(event.currentTarget, node),
    }, icon("dots", false));
  }

  group(node, depth) {
    const modes = node.mode === "not all" ? ["all", "any", "none", "not all"] : ["all", "any", "none"];
    const outermost = node.id === this.store.root.id;
    const head = h("div", { class: "group-head" },
      h("div", { class: "row" },
        outermost ? null : this.grip(node),
        h("span", { class: "segmented small", role: "radiogroup", "aria-label": "How the conditions of this group combine" },
          modes.map((mode) => h("label", {}, h("input", {
            type: "radio", name: `mode-${node.id}`, value: mode, checked: node.mode === mode, "data-key": `${node.id}:${mode}`,
            onchange: () => this.edit(node, { mode, bare: undefined }),
          }), mode))),
        h("span", {}, MODES[node.mode])),
      this.tally(), this.more(node));
    const items = node.children.map((child) => this.item(child, depth + 1));
    const kind = node.mode === "not all" ? "none" : node.mode;
    return h("div", { class: `group ${kind}`, role: "group", "aria-label": `${node.mode} ${MODES[node.mode]}`, "data-node": node.id },
      head, h("div", { class: "extras", "data-extras": node.id }), h("div", { class: "problems", "data-problems": node.id }),
      h("ol", {}, items, node.children.length ? null : h("li", { class: "nothing faint" }, outermost
        ? "No condition yet, so nobody is in. Say it in words above, add the first one below, or begin with one of these."
        : "This group is empty and says nothing.")),
      this.adders(node, depth), outermost && !node.children.length ? this.beginnings(node) : null);
  }

  item(node, depth) {
    if (node.type === "group") return h("li", { "data-item": node.id }, this.group(node, depth));
    const negated = node.negated
      ? h("button", { class: "part not", type: "button", "data-key": `${node.id}:not`, "aria-label": "Not: press to take the negation away", onclick: () => this.change(tree.replace(this.store.root, node.id, tree.negate)) }, "not")
      : null;
    const inner = node.type === "kept"
      ? [h("span", { class: "part kept" }, "A condition that this page shows but cannot edit; it is kept as it is.")]
      : this.editor(node);
    const open = !finished(node);
    return h("li", { class: `twig${open ? " open" : ""}`, "data-item": node.id, "data-node": node.id },
      h("div", { class: "parts" }, this.grip(node), negated, inner),
      this.tally(), this.more(node),
      h("div", { class: "note unfinished", hidden: !open }, h("p", {}, "Not finished, so not counted yet: fill in what is missing.")),
      h("div", { class: "extras", "data-extras": node.id }),
      h("div", { class: "problems", "data-problems": node.id }));
  }

  // The controls read and change a copy of their own, which typing keeps in step without drawing them again.
  editor(node) {
    const live = structuredClone(node.rule);
    return conditionParts({
      data: this.data, key: node.id, rule: live, announce: this.announce,
      hold: (grip, load) => this.dragging.hold(grip, load),
      put: (rule, typing, focus) => {
        const kept = structuredClone(rule);
        if (typing) follow(live, structuredClone(kept));
        this.put(node, kept, typing, focus);
      },
    });
  }

  put(node, rule, typing, focus = null) {
    const { node: now } = tree.find(this.store.root, node.id);
    if (!now) return;
    this.edit(node, { rule }, typing ? { merge: `${node.id}:typing`, redraw: false } : { focus });
    if (typing) {
      const open = !finished({ ...now, rule });
      const item = this.place.querySelector(`[data-item="${node.id}"]`);
      item?.classList.toggle("open", open);
      item?.querySelector(".unfinished")?.toggleAttribute("hidden", !open);
    }
  }

  grip(node) {
    const grip = h("button", {
      class: "grip", type: "button", "data-key": `${node.id}:grip`,
      "aria-label": `Move this ${node.type === "group" ? "group" : "condition"}: drag, or Alt with the arrow keys`, "aria-keyshortcuts": "Alt+ArrowUp Alt+ArrowDown",
    }, icon("grip"));
    this.dragging.holdNode(grip, node.id);
    return grip;
  }

  // --- Adding ----------------------------------------------------------------------------------
  add(node, made) {
    const fresh = made.type ? made : tree.condition(made);
    this.change(tree.insert(this.store.root, node.id, node.children.length, fresh), { focus: `${fresh.id}:first` });
  }

  // An empty rule shows how one may begin: a template of each type that this account has the data for.
  beginnings(node) {
    const types = [...new Set(this.data.templates.map((one) => one.label))];
    const shown = types.map((label) => this.data.templates.find((one) => one.label === label)).slice(0, 6);
    return shown.length ? h("ul", { class: "beginnings", "aria-label": "Ways to begin" }, shown.map((one) => h("li", {},
      h("button", { type: "button", "data-key": `${node.id}:begin:${one.key}`, onclick: () => this.add(node, tree.read(one.rule)) },
        h("small", {}, one.label), h("b", {}, one.name), h("span", {}, one.about))))) : null;
  }

  adders(node, depth) {
    const add = (made) => this.add(node, made);
    const button = (key, label, onclick) => h("button", { class: "button quiet small", type: "button", "data-key": `${node.id}:add${key}`, onclick }, icon("plus"), label);
    return h("div", { class: "adders" },
      button("condition", "Condition", (event) => this.pickCondition(event.currentTarget, add)),
      depth < DEEPEST ? button("group", "Group", () => add(tree.group(node.mode === "any" ? "all" : "any", []))) : null,
      depth === 0 ? button("sequence", "Sequence", () => add(STARTS.sequence())) : null,
      depth === 0 && this.data.templates.length ? button("template", "From a template", (event) => this.pickTemplate(event.currentTarget, add)) : null);
  }

  pickCondition(anchor, add) {
    const { data } = this;
    const items = [
      { value: { shape: "attribute" }, label: "Something known about them …", hint: "country, age, tags: any attribute", icon: "tag" },
      { value: { shape: "interaction" }, label: "Something they did …", hint: "bought, opened, called: how often, when", icon: "cart" },
      { value: { shape: "sequence" }, label: "One thing after another", hint: "did A, then B, or then not B", icon: "send" },
      { value: { shape: "regular" }, label: "Something they do regularly", hint: "every month, three months running", icon: "history" },
      { value: { shape: "segment" }, label: "In another segment …", hint: "is in it, is not, and for how long", icon: "gem" },
      ...NAMED.map((one) => ({ value: { shape: "named", one }, label: one.label, hint: one.hint, icon: one.icon, group: "Patterns" })),
      ...data.kinds.map((one) => ({ value: { shape: "interaction", kind: one.kind }, label: spoken(one.kind), hint: "did", count: one.count, icon: kindIcon(one.kind), group: "What they did" })),
      ...data.attributes.map((one) => ({ value: { shape: "attribute", name: one.name }, label: one.label, hint: one.type, icon: attributeIcon(one.name, one.type), group: "Known about them" })),
      ...data.segments.map((one) => ({ value: { shape: "segment", slug: one.slug }, label: one.name, hint: "in the segment", count: one.size, icon: "gem", group: "Segments" })),
    ];
    const startKind = (kind) => add({ interaction: kind });
    pick({
      anchor, label: "New condition", load: among(items),
      pick: ({ shape, name, kind, slug, one }) => {
        if (shape === "named") {
          pickKind(data, anchor, (chosen) => add(one.begin(chosen, data)));
          return;
        }
        if (shape === "attribute") pickAttribute(data, anchor, add, name);
        else if (shape === "interaction") kind ? startKind(kind) : pickKind(data, anchor, startKind);
        else if (shape === "segment") slug ? add({ segment: slug, op: "in" }) : pickSegment(data, anchor, (segment) => add({ segment, op: "in" }));
        else add(STARTS[shape]());
      },
    });
  }

  pickTemplate(anchor, add) {
    const items = this.data.templates.map((one) => ({ value: one, label: one.name, hint: one.about, icon: "gem", group: one.label, count: this.data.templateCounts?.[one.key] }));
    pick({ anchor, label: "Templates", load: async (words) => {
      const counts = await this.data.countTemplates();
      return among(items.map((item) => ({ ...item, count: counts[item.value.key] })))(words);
    }, pick: (one) => add(tree.read(one.rule)) });
  }

  // --- The menu of a node -------------------------------------------------------------------------
  menu(anchor, node) {
    const { store } = this;
    const { node: now, parent } = tree.find(store.root, node.id);
    const at = parent ? parent.children.indexOf(now) : 0;
    const run = (label, sign, act, keys = "") => ({ label, icon: sign, run: act, keys });
    const general = parent ? [
      run("Duplicate", "again", () => this.change(tree.insert(store.root, parent.id, at + 1, tree.copyOf(now)))),
      run("Copy", "copy", () => this.copy(now), "Ctrl C"),
      clipping() ? run("Paste after it", "plus", () => this.paste(now.id), "Ctrl V") : null,
      run("Wrap in a group", "list", () => this.change(tree.replace(store.root, now.id, (inner) => tree.group("all", [inner])))),
      now.type === "group" ? run("Take the group apart", "undo", () => this.change(tree.replace(store.root, now.id, (inner) => inner.children))) : null,
      now.type === "kept" ? null : run(now.negated ? "Take the negation away" : "Negate", "cross", () => this.change(tree.replace(store.root, now.id, tree.negate))),
      run("Move up", "up2", () => this.move(now.id, -1), "Alt ↑"),
      run("Move down", "down2", () => this.move(now.id, 1), "Alt ↓"),
    ].filter(Boolean) : [
      run("Wrap in a group", "list", () => this.change(tree.group("all", [{ ...now, bare: undefined }]))),
      run("Negate", "cross", () => this.change({ ...tree.negate(now), bare: undefined })),
    ];
    const remove = parent
      ? run("Remove", "trash", () => this.change(tree.remove(store.root, now.id), { focus: `${parent.id}:addcondition` }))
      : run("Remove everything", "trash", () => this.change({ ...now, children: [] }));
    const lasting = now.type !== "condition" ? [] : this.lasting(now);
    actionMenu(anchor, "What to do with it", [...general, ...lasting, null, remove]);
  }

  lasting(node) {
    return [...this.longer(node), ...this.shifted(node), ...this.missing(node)];
  }

  // Beside the rule this choice stands where somebody has no value; here it stands always.
  missing(node) {
    const { rule } = node;
    if (rule.attribute === undefined || !NEGATIVE.has(rule.op)) return [];
    const { empty, ...rest } = rule;
    return [empty === false ? { label: "Count in who has no value", icon: "people", run: () => this.edit(node, { rule: rest }) }
      : { label: "Leave out who has no value", icon: "people", run: () => this.edit(node, { rule: { ...rest, empty: false } }) }];
  }

  // ‘The customer’s birthday is in two days’ asks a date as it is seen from another day.
  shifted(node) {
    const { rule } = node;
    if (rule.attribute === undefined || rule.offset_days !== undefined || !DATED.has(rule.op)) return [];
    return [{ label: "Seen from another day …", icon: "calendar", run: () => this.edit(node, { rule: { ...rule, offset_days: 1 } }) }];
  }

  longer(node) {
    const key = { attribute: "held_for", segment: "for" }[tree.shapeOf(node.rule)];
    if (!key || node.rule[key]) return [];
    return [{ label: "For at least … without a break", icon: "clock", run: () => this.edit(node, { rule: { ...node.rule, [key]: [30, "day"] } }) }];
  }

  copy(node) {
    keepClipping(node);
    this.announce("Copied.");
  }

  // Puts what was copied after a node, or at the end of it where it is a group's own place.
  paste(id, kept = clipping()) {
    if (!kept) return;
    const fresh = tree.copyOf(kept);
    const { parent } = tree.find(this.store.root, id);
    const index = parent ? parent.children.findIndex((child) => child.id === id) + 1 : this.store.root.children.length;
    this.change(tree.insert(this.store.root, (parent ?? this.store.root).id, index, fresh), { focus: `${fresh.id}:grip` });
    this.announce("Pasted.");
  }

  remove(id) {
    const { parent } = tree.find(this.store.root, id);
    if (parent) this.change(tree.remove(this.store.root, id), { focus: `${parent.id}:addcondition` });
  }

  move(id, way) {
    const moved = tree.step(this.store.root, id, way);
    if (moved === this.store.root) {
      this.announce(way < 0 ? "It is the first already." : "It is the last already.");
      return;
    }
    this.change(moved, { focus: `${id}:grip` });
    const { node, parent } = tree.find(moved, id);
    this.announce(`Moved to place ${parent.children.indexOf(node) + 1} of ${parent.children.length}, in a group where ${parent.mode} ${MODES[parent.mode]}.`);
  }

  onKey(event) {
    const item = event.target.closest("[data-item]");
    if (item && event.target.matches(".grip") && event.key === "Delete") {
      event.preventDefault();
      this.remove(item.dataset.item);
      return;
    }
    if (!item || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    if (event.target.matches("select")) return; // Alt and an arrow opens it
    event.preventDefault();
    this.move(item.dataset.item, event.key === "ArrowUp" ? -1 : 1);
  }
}
