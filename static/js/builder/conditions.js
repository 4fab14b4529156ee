// The editors of the condition shapes: for each, its parts, whether it is finished, and what its menu adds.
import { comparison, done as compared, valueFor } from "./comparing.js";
import * as parts from "./parts.js";
import { among, pick } from "./picker.js";
import { stepMover } from "./steps.js";
import { shapeOf } from "./tree.js";
import { FIRST_OP, MEASURE_OPS, MEASURES, PERIODS, WINDOWS, attributeIcon, kindIcon, spoken } from "./words.js";

const clean = (rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
const replaced = (list, index, value) => list.map((one, at) => (at === index ? value : one));
const without = (list, index) => list.filter((_, at) => at !== index);

// --- Attribute ---------------------------------------------------------------------------------
function attributeOf(data, name) {
  return data.attributes.find((one) => one.name === name) ?? { name, label: name, type: "" };
}

export function pickAttribute(data, anchor, onpick, name = "") {
  if (name) {
    onpick(startAttribute(data, name));
    return;
  }
  const items = data.attributes.map((one) => ({
    value: one.name, label: one.label, hint: `${one.type || "any type"}${one.sensitive ? ", sensitive" : ""}`, icon: attributeIcon(one.name, one.type),
  }));
  pick({ anchor, label: "What is known about customers", load: among(items), free: (words) => words, pick: (picked) => onpick(startAttribute(data, picked)) });
}

function startAttribute(data, name) {
  const { type } = attributeOf(data, name);
  const op = FIRST_OP[type] ?? "is";
  return clean({ attribute: name, op, value: type === "yes/no" ? true : valueFor(op, undefined, "") });
}

function attribute({ data, key, rule, put }) {
  const { label, type } = attributeOf(data, rule.attribute);
  const held = rule.held_for
    ? [parts.bit(parts.words("for at least"),
       ...parts.span({ key: `${key}:held`, name: `${label}: held for`, value: rule.held_for, onchange: (span, typing) => put({ ...rule, held_for: span }, typing) }),
       parts.dismiss({ key: `${key}:unheld`, label: "Any length of time", onclick: () => put(clean({ ...rule, held_for: undefined })) }))]
    : "offset_days" in rule || rule.op === "between_dates" ? []
    : [parts.adder({ key: `${key}:addheld`, label: "for at least", shy: true, onclick: () => put({ ...rule, held_for: [30, "day"] }) })];
  const moved = "offset_days" in rule
    ? [parts.bit(parts.words("seen from"),
       parts.number({ key: `${key}:offset`, name: "Days from now, with a minus for days ago", value: rule.offset_days, signed: true, onchange: (days) => put({ ...rule, offset_days: days ?? null }, true) }),
       parts.words("days from now"),
       parts.dismiss({ key: `${key}:unmoved`, label: "Seen from today", onclick: () => put(clean({ ...rule, offset_days: undefined })) }))]
    : [];
  return [
    parts.button({ key: `${key}:what`, label, kind: "what", sign: attributeIcon(rule.attribute, type), name: "Attribute",
      onclick: (event) => pickAttribute(data, event.currentTarget, (fresh) => put(fresh)) }),
    parts.bit(...comparison({ key, name: label, rule, type, values: (words) => data.valuesOf({ attribute: rule.attribute }, words),
      put: (changes, typing) => put(clean({ ...rule, ...changes }), typing) })),
    ...moved, ...held,
  ];
}

// --- What somebody did -----------------------------------------------------------------------------
// The beginnings that several kinds share ("email_*"): one condition asks for all of them.
function families(kinds) {
  const beginnings = kinds.map((one) => one.kind.match(/^[^_.:]+[_.:]/)?.[0]).filter(Boolean);
  return [...new Set(beginnings.filter((one, index) => beginnings.indexOf(one) !== index))];
}

export function pickKind(data, anchor, onpick) {
  const items = data.kinds.map((one) => ({ value: one.kind, label: spoken(one.kind), hint: one.kind, icon: kindIcon(one.kind), count: one.count }));
  items.push(...families(data.kinds).map((one) => ({ value: `${one}*`, label: spoken(`${one}*`), hint: `every kind that begins with ${one}`, icon: kindIcon(one) })));
  pick({ anchor, label: "What customers did", load: among(items, data.kindsNote), free: (words) => words, pick: onpick });
}

function kindButton({ data, key, kind, onpick }) {
  return parts.button({ key: `${key}:what`, label: kind ? spoken(kind) : "choose …", kind: "what", sign: kindIcon(kind ?? ""), name: "Interaction", empty: !kind,
    onclick: (event) => pickKind(data, event.currentTarget, onpick) });
}

function propertiesOf(data, kind) {
  const fits = (one) => one.kind === kind || (kind?.endsWith("*") && one.kind.startsWith(kind.slice(0, -1)));
  const found = new Map();
  for (const one of data.kinds.filter(fits)) for (const property of one.properties) found.set(property.name, property.type);
  return found;
}

function pickProperty(data, kind, anchor, onpick, numeric = false) {
  const items = [...propertiesOf(data, kind)]
    .filter(([, type]) => !numeric || type === "number" || type === "")
    .map(([name, type]) => ({ value: name, label: spoken(name), hint: type }));
  pick({ anchor, label: "Properties", load: among(items), free: (words) => words, pick: onpick });
}

function wherePart({ data, key, kind, where, put }) {
  const list = where ?? [];
  const fields = list.map((one, index) => {
    const at = `${key}:where${index}`;
    const type = propertiesOf(data, kind).get(one.property) ?? "";
    const asked = comparison({ key: at, name: spoken(one.property), rule: one, type, values: (words) => data.valuesOf({ kind, property: one.property }, words),
      put: (changes, typing) => put(replaced(list, index, clean({ ...one, ...changes })), typing) });
    return parts.bit(
      parts.words(index ? "and" : "where"),
      parts.button({ key: `${at}:name`, label: spoken(one.property), kind: "value", name: "Property",
        onclick: (event) => pickProperty(data, kind, event.currentTarget, (name) => put(replaced(list, index, startProperty(data, kind, name)))) }),
      ...asked.slice(0, -1),
      parts.together(asked.at(-1),
        parts.dismiss({ key: `${at}:off`, label: `Without the condition on ${spoken(one.property)}`, onclick: () => put(list.length > 1 ? without(list, index) : undefined) })),
    );
  });
  return fields;
}

function whereAdder({ data, key, kind, where, put }) {
  return kind ? parts.adder({ key: `${key}:addwhere`, label: "where",
    onclick: (event) => pickProperty(data, kind, event.currentTarget, (name) => put([...(where ?? []), startProperty(data, kind, name)])) }) : null;
}

function startProperty(data, kind, name) {
  const type = propertiesOf(data, kind).get(name) ?? "";
  const op = FIRST_OP[type] ?? "is";
  return clean({ property: name, op, value: type === "yes/no" ? true : valueFor(op, undefined, "") });
}

function windowForm(window) {
  if (!window) return "";
  if ("from" in window || "to" in window) return "range";
  return Object.keys(window)[0] ?? "";
}

const FIRST_WINDOW = {
  last: { last: [30, "day"] }, before_last: { before_last: [30, "day"] }, between_ago: { between_ago: [[90, "day"], [30, "day"]] },
  range: { from: null }, period: { period: "this_month" },
};

function windowPart({ key, window, put, only = null }) {
  const form = windowForm(window);
  const at = `${key}:window`;
  const long = { between_ago: "between … and … ago", range: "from … to …", period: "in a period" };
  const choices = Object.entries(WINDOWS).map(([value, text]) => [value, value === form ? text : long[value] ?? text]);
  const head = parts.select({ key: at, name: only ?? "When", value: form, options: choices, onchange: (picked) => put(FIRST_WINDOW[picked] && structuredClone(FIRST_WINDOW[picked])) });
  const spanField = (name, value, change, tail) => parts.span({ key: `${at}:${tail}`, name, value, onchange: change });
  if (form === "last" || form === "before_last") return [head, ...spanField("How long", window[form], (span, typing) => put({ [form]: span }, typing), "span")];
  if (form === "between_ago") {
    const [far, near] = window.between_ago;
    return [head, ...spanField("From", far, (span, typing) => put({ between_ago: [span, near] }, typing), "far"), parts.words("and"),
      ...spanField("To", near, (span, typing) => put({ between_ago: [far, span] }, typing), "near"), parts.words("ago")];
  }
  if (form === "range") {
    return [head, parts.day({ key: `${at}:from`, name: "From", value: window.from, onchange: (from, typed) => put(clean({ ...window, from: from ?? undefined }), typed) }),
      parts.words("to"), parts.day({ key: `${at}:to`, name: "To, the day included", value: window.to, onchange: (to, typed) => put(clean({ from: window.from ?? undefined, to: to ?? undefined }), typed) })];
  }
  if (form === "period") return [head, parts.select({ key: `${at}:period`, name: "Period", value: window.period, kind: "value", options: PERIODS, onchange: (period) => put({ period }) })];
  return [head];
}

function windowDone(window) {
  const form = windowForm(window);
  if (form === "last" || form === "before_last") return parts.spanDone(window[form]);
  if (form === "between_ago") return window.between_ago.every(parts.spanDone);
  if (form === "range") return Boolean(window.from || window.to);
  return true;
}

const HOW = [
  ["", "at least once"], ["count", "how many times …"], ["sum", "sum of …"], ["average", "average of …"], ["minimum", "lowest …"], ["maximum", "highest …"],
  ["distinct", "different values of …"], ["distinct_days", "on different days …"], ["distinct_weeks", "in different weeks …"],
  ["distinct_months", "in different months …"], ["first", "for the first time"], ["last", "most recently"],
];

function measured(data, rule, how) {
  const base = clean({ ...rule, pick: undefined, measure: undefined, op: undefined, value: undefined });
  if (!how) return base;
  if (how === "first" || how === "last") return { ...base, pick: how };
  const [, needs] = MEASURES[how];
  const numeric = how !== "distinct";
  const known = [...propertiesOf(data, rule.interaction)].filter(([, type]) => !numeric || type === "number");
  const property = rule.measure?.property ?? (known.find(([name]) => name === "amount") ?? known[0])?.[0] ?? null;
  return { ...base, measure: needs ? { fn: how, property } : { fn: how }, op: rule.op ?? "gte", value: rule.value ?? (how === "count" ? 2 : null) };
}

function measureParts({ data, key, rule, put }) {
  if (!rule.measure) return [];
  const [, needs, tail] = MEASURES[rule.measure.fn] ?? ["", false, ""];
  const property = rule.measure.property;
  const ends = Array.isArray(rule.value) ? [...rule.value] : [rule.value ?? null, null];
  const set = (index, typed) => {
    ends[index] = typed;
    put({ ...rule, value: rule.op === "between" ? [...ends] : ends[0] }, true);
  };
  return [
    needs ? parts.button({ key: `${key}:property`, label: property ? spoken(property) : "choose …", empty: !property, name: "Property",
      onclick: (event) => pickProperty(data, rule.interaction, event.currentTarget, (name) => put({ ...rule, measure: { ...rule.measure, property: name } }), rule.measure.fn !== "distinct") }) : null,
    parts.select({ key: `${key}:op`, name: "How many", value: rule.op ?? "gte", options: MEASURE_OPS,
      onchange: (op) => put({ ...rule, op, value: op === "between" ? [ends[0], null] : ends[0] }) }),
    parts.number({ key: `${key}:n`, name: "Number", value: ends[0], onchange: (typed) => set(0, typed) }),
    ...(rule.op === "between" ? [parts.words("and"), parts.number({ key: `${key}:n2`, name: "Number: to", value: ends[1], onchange: (typed) => set(1, typed) })] : []),
    tail ? parts.words(tail) : null,
  ];
}

function interaction({ data, key, rule, put }) {
  const how = rule.pick ?? rule.measure?.fn ?? "";
  const asked = HOW.map(([value, text]) => [value, value === how ? MEASURES[value]?.[0] ?? text : text]);
  const where = { data, key, kind: rule.interaction, where: rule.where, put: (list, typing) => put(clean({ ...rule, where: list }), typing) };
  return [
    kindButton({ data, key, kind: rule.interaction, onpick: (kind) => put({ ...rule, interaction: kind }) }),
    ...wherePart(where),
    parts.bit(parts.select({ key: `${key}:how`, name: "What is asked of it", value: how, options: asked, onchange: (picked) => put(measured(data, rule, picked)) }),
      ...measureParts({ data, key, rule, put })),
    parts.bit(...windowPart({ key, window: rule.window, put: (window, typing) => put(clean({ ...rule, window }), typing) })),
    whereAdder(where),
  ];
}

function interactionDone(rule) {
  const ends = Array.isArray(rule.value) ? rule.value : [rule.value];
  const counted = !rule.measure || ((!MEASURES[rule.measure.fn]?.[1] || rule.measure.property) && ends.every((one) => one !== null && one !== undefined));
  return Boolean(rule.interaction) && counted && windowDone(rule.window) && (rule.where ?? []).every(compared);
}

// --- One thing after another -------------------------------------------------------------------------
function sequence({ data, key, rule, put, hold, announce }) {
  const set = (steps, typing) => put({ ...rule, sequence: steps }, typing);
  const steps = rule.sequence.map((step, index) => {
    const at = `${key}:step${index}`;
    const where = { data, key: at, kind: step.interaction, where: step.where, put: (list, typing) => set(replaced(rule.sequence, index, clean({ ...rule.sequence[index], where: list })), typing) };
    const final = index === rule.sequence.length - 1 && index > 0;
    return parts.line(`Step ${index + 1}`,
      ...stepMover({ key, index, steps: rule.sequence, hold, announce, put: (moved, focus) => put({ ...rule, sequence: moved }, false, focus) }),
      index ? (final
        ? parts.select({ key: `${at}:then`, name: "What follows", value: step.absent ? "not" : "then", options: { then: "then", not: "but then not" },
            onchange: (picked) => set(replaced(rule.sequence, index, clean({ ...step, absent: picked === "not" ? true : undefined }))) })
        : parts.words("then")) : null,
      kindButton({ data, key: at, kind: step.interaction, onpick: (kind) => set(replaced(rule.sequence, index, { ...step, interaction: kind })) }),
      ...wherePart(where),
      parts.together(whereAdder(where), rule.sequence.length > 2 ? parts.dismiss({ key: `${at}:off`, label: `Without step ${index + 1}`, onclick: () => set(without(rule.sequence, index).map((one, i, all) => (i < all.length - 1 ? clean({ ...one, absent: undefined }) : one))) }) : null),
    );
  });
  return [
    ...steps,
    parts.line("How close and when",
      parts.bit(parts.words("each within"),
        ...parts.span({ key: `${key}:within`, name: "Each within", value: rule.within, onchange: (within, typing) => put({ ...rule, within }, typing) })),
      parts.bit(parts.words("the first step"),
        ...windowPart({ key, window: rule.window, only: "When the first step happened", put: (window, typing) => put(clean({ ...rule, window }), typing) })),
      parts.adder({ key: `${key}:addstep`, label: "step", onclick: () => set([...rule.sequence.map((one) => clean({ ...one, absent: undefined })), { interaction: "" }]) })),
  ];
}

// --- Regularly -----------------------------------------------------------------------------------------
function regular({ data, key, rule, put }) {
  const inner = rule.regular;
  const where = { data, key, kind: inner.interaction, where: inner.where, put: (list, typing) => put({ ...rule, regular: clean({ ...rule.regular, where: list }) }, typing) };
  const whole = (name, field, least) => parts.number({ key: `${key}:${field}`, name, whole: true, value: rule[field] ?? least,
    onchange: (typed) => put({ ...rule, [field]: typed }, true) });
  return [
    kindButton({ data, key, kind: inner.interaction, onpick: (kind) => put({ ...rule, regular: { ...inner, interaction: kind } }) }),
    ...wherePart(where),
    parts.bit(parts.words("at least"), whole("Times in each stretch", "times", 1), parts.words("times every"),
      ...parts.span({ key: `${key}:every`, name: "Every", value: rule.every, onchange: (every, typing) => put({ ...rule, every }, typing) })),
    parts.bit(parts.words("in at least"), whole("Stretches in which it must happen", "at_least", 3), parts.words("of the last"), whole("Stretches looked at", "of_last", 3), parts.words("stretches")),
    whereAdder(where),
  ];
}

// --- Membership ----------------------------------------------------------------------------------------
export function pickSegment(data, anchor, onpick) {
  const items = data.segments.map((one) => ({ value: one.slug, label: one.name, count: one.size, icon: "gem" }));
  pick({ anchor, label: "Segments", load: among(items), pick: onpick });
}

function membership({ data, key, rule, put }) {
  const named = data.segments.find((one) => one.slug === rule.segment);
  return [
    parts.button({ key: `${key}:what`, label: "Segment", kind: "what", sign: "gem", name: "Segment", onclick: (event) => pickSegment(data, event.currentTarget, (segment) => put({ ...rule, segment })) }),
    parts.select({ key: `${key}:op`, name: "In or not in", value: rule.op, options: { in: "is in", not_in: "is not in" }, onchange: (op) => put({ ...rule, op }) }),
    parts.button({ key: `${key}:value`, label: named?.name ?? (rule.segment || "choose …"), empty: !rule.segment, arrow: true, name: "Which segment",
      onclick: (event) => pickSegment(data, event.currentTarget, (segment) => put({ ...rule, segment })) }),
    ...(rule.for ? [parts.bit(parts.words("for at least"), ...parts.span({ key: `${key}:for`, name: "For at least", value: rule.for, onchange: (span, typing) => put({ ...rule, for: span }, typing) }),
      parts.dismiss({ key: `${key}:unfor`, label: "Any length of time", onclick: () => put(clean({ ...rule, for: undefined })) }))]
      : [parts.adder({ key: `${key}:addfor`, label: "for at least", shy: true, onclick: () => put({ ...rule, for: [30, "day"] }) })]),
  ];
}

// --- The table -------------------------------------------------------------------------------------------
const stepsDone = (rule) => rule.sequence.every((step) => step.interaction && (step.where ?? []).every(compared));
const wholeDone = (number) => Number.isInteger(number) && number > 0;

const EDITORS = {
  attribute: { parts: attribute, done: (rule) => compared(rule) && (!rule.held_for || parts.spanDone(rule.held_for)) && (!("offset_days" in rule) || Number.isInteger(rule.offset_days)) },
  interaction: { parts: interaction, done: interactionDone },
  sequence: { parts: sequence, done: (rule) => stepsDone(rule) && parts.spanDone(rule.within) && windowDone(rule.window) },
  regular: { parts: regular, done: (rule) => Boolean(rule.regular.interaction) && (rule.regular.where ?? []).every(compared) && parts.spanDone(rule.every) && wholeDone(rule.of_last) && wholeDone(rule.at_least) && wholeDone(rule.times ?? 1) },
  segment: { parts: membership, done: (rule) => Boolean(rule.segment) && (!rule.for || parts.spanDone(rule.for)) },
};

export function conditionParts(context) {
  return EDITORS[shapeOf(context.rule)].parts(context);
}

export function finished(node) {
  return node.type !== "condition" || EDITORS[shapeOf(node.rule)].done(node.rule);
}

export const STARTS = {
  sequence: () => ({ sequence: [{ interaction: "" }, { interaction: "" }], within: [7, "day"], window: { last: [90, "day"] } }),
  regular: () => ({ regular: { interaction: "" }, every: [1, "month"], of_last: 3, at_least: 3 }),
};
