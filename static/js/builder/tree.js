// The rule as the outline shows it: groups with a mode, conditions that may be negated, and what is only kept.
// Reading and writing lose nothing: a shape without an editor stays as it came.
let last = 0;
const fresh = () => `n${(last += 1)}`;

const SHAPES = {
  attribute: ["attribute", "op", "value", "offset_days", "held_for", "empty"],
  interaction: ["interaction", "where", "window", "pick", "measure", "op", "value"],
  sequence: ["sequence", "within", "window"],
  regular: ["regular", "every", "of_last", "at_least", "times"],
  segment: ["segment", "op", "for"],
};
const NEGATED = { all: "not all", any: "none", none: "any", "not all": "all" };

export function shapeOf(rule) {
  return Object.keys(SHAPES).find((key) => rule && typeof rule === "object" && key in rule) ?? null;
}

function understood(rule) {
  const shape = shapeOf(rule);
  return shape !== null && Object.keys(rule).every((key) => SHAPES[shape].includes(key));
}

export function condition(rule, negated = false) {
  return { id: fresh(), type: "condition", negated, rule };
}

export function group(mode, children) {
  return { id: fresh(), type: "group", mode, children };
}

// A rule of the language -> a node.
export function read(rule) {
  for (const mode of ["all", "any"]) {
    if (rule && Array.isArray(rule[mode]) && Object.keys(rule).length === 1) return group(mode, rule[mode].map(read));
  }
  if (rule && rule.not && Object.keys(rule).length === 1) {
    const inner = read(rule.not);
    if (inner.type === "kept") return { id: fresh(), type: "kept", rule };
    // Two negations in a row say nothing: they are written again as they came, and not shown.
    const negated = inner.type === "group" ? inner.mode.startsWith("no") : inner.negated;
    return { ...negate(inner), ...(negated ? { doubled: (inner.doubled ?? 0) + 1 } : {}) };
  }
  return understood(rule) ? condition(rule) : { id: fresh(), type: "kept", rule };
}

// A whole document -> the outermost group. A lone condition stands in a group that disappears when written.
export function readDocument(document) {
  const rule = document?.rule;
  if (!rule || Object.keys(rule).length === 0) return group("all", []);
  const node = read(rule);
  return node.type === "group" ? node : { ...group("all", [node]), bare: true };
}

// A node -> {rule, paths}: paths tells for each node where it stands in the rule. `keep(node)` may leave nodes out.
export function write(node, keep = () => true, path = "", paths = new Map()) {
  if (node.doubled) {
    const { doubled, ...once } = node;
    let { rule } = write(once, keep, path + "/not".repeat(2 * doubled), paths);
    for (let left = 2 * doubled; left; left -= 1) rule = { not: rule };
    paths.set(node.id, path);
    return { rule, paths };
  }
  if (node.type === "group") {
    const children = node.children.filter(keep);
    if (node.bare && children.length === 1 && node.mode === "all") {
      paths.set(node.id, path);
      return { rule: write(children[0], keep, path, paths).rule, paths };
    }
    const turned = node.mode === "none" || node.mode === "not all";
    const key = node.mode === "all" || node.mode === "not all" ? "all" : "any";
    const inside = `${path}${turned ? "/not" : ""}/${key}`;
    paths.set(node.id, path);
    const parts = children.map((child, index) => write(child, keep, `${inside}/${index}`, paths).rule);
    return { rule: turned ? { not: { [key]: parts } } : { [key]: parts }, paths };
  }
  paths.set(node.id, path);
  return { rule: node.negated ? { not: node.rule } : node.rule, paths };
}

export function writeDocument(root, keep) {
  const { rule, paths } = write(root, keep);
  return { document: { version: 1, rule }, paths };
}

export function* walk(node, parent = null) {
  yield [node, parent];
  for (const child of node.children ?? []) yield* walk(child, node);
}

export function find(root, id) {
  for (const [node, parent] of walk(root)) if (node.id === id) return { node, parent };
  return { node: null, parent: null };
}

// A tree with one node replaced (by what `change` gives; null removes it, a list puts several in its place).
export function replace(node, id, change) {
  if (node.id === id) return change(node);
  if (!node.children) return node;
  const children = node.children.flatMap((child) => {
    const changed = replace(child, id, change);
    return changed === null ? [] : changed;
  });
  return { ...node, children };
}

export function copyOf(node) {
  const copy = structuredClone(node);
  for (const [part] of walk(copy)) part.id = fresh();
  return copy;
}

export function negate(node) {
  return node.type === "group" ? { ...node, mode: NEGATED[node.mode] } : { ...node, negated: !node.negated };
}

export function insert(root, parentId, index, node) {
  return replace(root, parentId, (parent) => {
    const children = [...parent.children];
    children.splice(index, 0, node);
    return { ...parent, children, bare: undefined };
  });
}

export function remove(root, id) {
  return replace(root, id, () => null);
}

// One step up or down through the outline: into a neighbouring group, past a condition, or out of a group's end.
export function step(root, id, way) {
  const { node, parent } = find(root, id);
  if (!node || !parent) return root;
  const index = parent.children.indexOf(node);
  const neighbour = parent.children[index + way];
  const without = remove(root, id);
  if (neighbour?.type === "group") {
    return insert(without, neighbour.id, way > 0 ? 0 : neighbour.children.length, node);
  }
  if (neighbour) return insert(without, parent.id, index + way, node);
  const outer = find(root, parent.id).parent;
  if (!outer) return root;
  return insert(without, outer.id, outer.children.indexOf(parent) + (way > 0 ? 1 : 0), node);
}

// Puts a node before or after another, or at the end of a group; never into itself.
export function moveTo(root, id, targetId, place) {
  const { node } = find(root, id);
  if (!node || id === targetId) return root;
  for (const [part] of walk(node)) if (part.id === targetId) return root;
  const without = remove(root, id);
  if (place === "inside") return insert(without, targetId, find(without, targetId).node.children.length, node);
  const { node: target, parent } = find(without, targetId);
  if (!parent) return root;
  return insert(without, parent.id, parent.children.indexOf(target) + (place === "after" ? 1 : 0), node);
}

// After reading a draft back, new nodes must not take the ids of old ones.
export function claimIds(root) {
  for (const [node] of walk(root)) last = Math.max(last, Number(String(node.id).slice(1)) || 0);
}
