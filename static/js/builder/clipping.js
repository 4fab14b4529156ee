// Conditions and groups copied, cut and pasted: within a rule, between tabs, and as the JSON of the rule language.
import { find, read, shapeOf, write } from "./tree.js";

const KEY = "facet.clip";

export function keepClipping(node) {
  try {
    localStorage.setItem(KEY, JSON.stringify(write(node).rule));
  } catch {
    // The browser keeps nothing: copying needs its store.
  }
}

// What was copied last, as a node; null where nothing was.
export function clipping() {
  try {
    return fromText(localStorage.getItem(KEY) ?? "");
  } catch {
    return null;
  }
}

export function fromText(text) {
  if (!text.trim().startsWith("{") || text.length > 1_000_000) return null;
  try {
    // A whole number that JavaScript cannot hold exactly becomes text, which the rule language reads exactly.
    const found = JSON.parse(text, (_, value, context) => (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER && context?.source ? context.source : value));
    const rule = found.rule && !found.op ? found.rule : found;
    return shapeOf(rule) || rule.all || rule.any || rule.not ? read(rule) : null;
  } catch {
    return null;
  }
}

const typed = (target) => target.closest?.("input, textarea, select, dialog, [popover]");

export function takeClippings(outline) {
  const focused = () => document.activeElement?.closest?.("[data-item]")?.dataset.item;
  const inside = () => outline.place.contains(document.activeElement);
  const copied = (event, cut) => {
    if (!inside() || typed(event.target) || !getSelection().isCollapsed) return;
    const { node } = find(outline.store.root, focused() ?? outline.store.root.id);
    if (!node) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", JSON.stringify(write(node).rule));
    outline.copy(node);
    if (cut) outline.remove(node.id);
  };
  document.addEventListener("copy", (event) => copied(event, false));
  document.addEventListener("cut", (event) => copied(event, true));
  document.addEventListener("paste", (event) => {
    if (!inside() || typed(event.target)) return;
    const node = fromText(event.clipboardData.getData("text/plain")) ?? clipping();
    if (!node) return;
    event.preventDefault();
    outline.paste(focused() ?? outline.store.root.id, node);
  });
}
