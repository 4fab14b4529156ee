// Moves what has a grip by mouse, pen or finger: pointer events, so that all three are one.
import { find, moveTo } from "./tree.js";
import { MODES } from "./words.js";

const NEAR = 5; // pixels that a press may wander without being a drag
const EDGE = 60;

export class Dragging {
  constructor(outline) {
    this.outline = outline;
    this.held = null;
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.held?.moving) {
        event.stopPropagation();
        this.end();
      }
    }, true);
  }

  // `load`: what is lifted, where it would land for what is under the pointer, and how it lands there.
  hold(grip, load) {
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.held = { load, grip, x: event.clientX, y: event.clientY, moving: false, target: null };
      grip.setPointerCapture(event.pointerId);
    });
    grip.addEventListener("pointermove", (event) => this.move(event));
    grip.addEventListener("pointerup", () => this.drop());
    grip.addEventListener("pointercancel", () => this.end());
  }

  // A condition or a group of the rule.
  holdNode(grip, id) {
    this.hold(grip, {
      lifted: () => grip.closest("[data-item]"),
      target: (under, y) => this.target(id, under, y),
      land: (target) => this.land(id, target),
    });
  }

  move(event) {
    const { held } = this;
    if (!held) return;
    if (!held.moving && Math.hypot(event.clientX - held.x, event.clientY - held.y) < NEAR) return;
    if (!held.moving) {
      held.moving = true;
      held.load.lifted().classList.add("dragging");
      document.body.classList.add("moving");
    }
    event.preventDefault();
    if (event.clientY < EDGE) scrollBy(0, -12);
    else if (event.clientY > innerHeight - EDGE) scrollBy(0, 12);
    this.unmark();
    const under = document.elementFromPoint(event.clientX, event.clientY);
    held.target = under && held.load.target(under, event.clientY);
    held.target?.node.classList.add(`drop-${held.target.place}`);
  }

  // Where it would land: beside a condition, beside a group near its edges, else at the end inside it.
  target(id, under, y) {
    const { place, store } = this.outline;
    if (!place.contains(under)) return null;
    const { node: own } = find(store.root, id);
    const item = under.closest("[data-item]");
    const inner = item?.querySelector(":scope > .group");
    if (item && own && find(own, item.dataset.item).node) return null;
    if (item) {
      const box = item.getBoundingClientRect();
      const beside = { node: item, id: item.dataset.item, place: y > box.top + box.height / 2 ? "after" : "before" };
      if (!inner || y < box.top + 10 || y > box.bottom - 10) return beside;
    }
    const group = under.closest(".group");
    return group ? { node: group, id: group.dataset.node, place: "inside" } : null;
  }

  drop() {
    const { held } = this;
    this.end();
    if (held?.moving && held.target) held.load.land(held.target);
  }

  land(id, target) {
    const { outline } = this;
    outline.change(moveTo(outline.store.root, id, target.id, target.place), { focus: `${id}:grip` });
    const { node, parent } = find(outline.store.root, id);
    outline.announce(`Moved to place ${parent.children.indexOf(node) + 1} of ${parent.children.length}, in a group where ${parent.mode} ${MODES[parent.mode]}.`);
  }

  unmark() {
    for (const node of this.outline.place.querySelectorAll(".drop-before, .drop-after, .drop-inside")) {
      node.classList.remove("drop-before", "drop-after", "drop-inside");
    }
  }

  end() {
    this.held = null;
    this.unmark();
    document.body.classList.remove("moving");
    for (const node of this.outline.place.querySelectorAll(".dragging")) node.classList.remove("dragging");
  }
}
