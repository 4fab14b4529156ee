// One comparison, of an attribute or of a property: operator and value, by type.
import { listed } from "./dom.js";
import * as parts from "./parts.js";
import { pick } from "./picker.js";
import { BY_TYPE, MONTHS, OPERATORS, PERIODS } from "./words.js";

// Shapes of values that are a place in a range: how the data is spread helps to choose it.
const RANGED = new Set(["number", "numbers", "date", "dates"]);

// The value an operator begins with, kept from the one before where it fits.
export function valueFor(op, before, beforeOp) {
  const shape = OPERATORS[op]?.[1];
  const same = OPERATORS[beforeOp]?.[1] === shape;
  if (same) return before;
  const spans = ["span", "ago", "ahead"];
  if (spans.includes(shape)) return spans.includes(OPERATORS[beforeOp]?.[1]) ? before : [30, "day"];
  if (shape === "none") return undefined;
  if (shape === "many") return Array.isArray(before) || before === undefined || before === null ? [] : [before];
  if (shape === "one" || shape === "typed") {
    const first = Array.isArray(before) ? before[0] : before;
    return typeof first === "object" || first === undefined ? null : first;
  }
  if (shape === "numbers" || shape === "dates") return [null, null];
  if (shape === "period") return "this_month";
  if (shape === "month") return undefined;
  return shape === "number" && (typeof before === "number") ? before : null;
}

export function done(rule) {
  const shape = OPERATORS[rule.op]?.[1];
  const value = rule.value;
  if (!shape) return true; // not ours to judge: the server says
  if (shape === "none" || shape === "month") return true;
  if (shape === "many") return Array.isArray(value) && value.length > 0;
  if (shape === "numbers" || shape === "dates") return Array.isArray(value) && value.every((one) => one !== null && one !== "");
  if (["span", "ago", "ahead"].includes(shape)) return parts.spanDone(value);
  return value !== null && value !== undefined && value !== "";
}

function operatorChoices(type, op) {
  const known = BY_TYPE[type] ?? BY_TYPE[""];
  const names = known.includes(op) ? known : [op, ...known];
  const after = { more_than_ago: " … ago", more_than_ahead: " … ahead" };
  return names.map((name) => [name, (OPERATORS[name]?.[0] ?? name) + (name === op ? "" : after[name] ?? "")]);
}

// `put(changes, typing)` merges changes into the comparison; undefined values leave a key out.
export function comparison({ key, name, rule, type, values, put }) {
  const shape = OPERATORS[rule.op]?.[1] ?? "one";
  const operator = parts.select({
    key: `${key}:op`, name: `${name}: how it is compared`, value: rule.op, options: operatorChoices(type, rule.op),
    onchange: (op) => put({ op, value: valueFor(op, rule.value, rule.op), empty: undefined }),
  });
  const fields = valueParts({ key, name, rule, type, values, shape, put });
  const spread = RANGED.has(shape) && values ? [parts.spread({ key: `${key}:spread`, name, values })] : [];
  return [operator, ...fields, ...spread];
}

function valueParts({ key, name, rule, type, values, shape, put }) {
  const at = `${key}:value`;
  const typing = (value) => put({ value }, true);
  const numeric = type === "number";
  const read = (typed) => (numeric && typed.trim() !== "" && Number.isFinite(Number(typed)) ? Number(typed) : typed);
  switch (shape) {
    case "none":
      return [];
    case "one":
      if (type === "yes/no") {
        return [parts.select({ key: at, name, value: rule.value, kind: "value", options: [[true, "yes"], [false, "no"]],
          onchange: (picked) => put({ value: picked === "true" }) })];
      }
      if (numeric) return [parts.number({ key: at, name, value: rule.value, onchange: typing })];
      return [parts.button({ key: at, name, label: rule.value === null || rule.value === undefined ? "choose …" : String(rule.value), arrow: true,
        empty: rule.value === null || rule.value === undefined,
        onclick: (event) => pick({ anchor: event.currentTarget, label: name, load: values, free: read,
          chosen: [rule.value], pick: (value) => put({ value }) }) })];
    case "many": {
      const chosen = Array.isArray(rule.value) ? rule.value : [];
      const more = chosen.length > 4 ? ` and ${chosen.length - 4} more` : "";
      const label = chosen.length ? chosen.slice(0, 4).join(", ") + more : "choose …";
      const shown = chosen.length ? [...listed(chosen.slice(0, 4)), more] : label;
      return [parts.button({ key: at, name, label, shown, arrow: true, empty: !chosen.length,
        onclick: (event) => pick({ anchor: event.currentTarget, label: name, load: values, free: read, many: true, chosen,
          pick: (value) => put({ value }) }) })];
    }
    case "typed":
      return [parts.text({ key: at, name, value: rule.value, onchange: typing })];
    case "number":
      return [parts.number({ key: at, name, value: rule.value, onchange: typing })];
    case "numbers":
      return pair(at, name, rule, put, (one) => parts.number(one));
    case "date":
      return [parts.day({ key: at, name, value: rule.value, onchange: (value, typed) => put({ value }, typed) })];
    case "dates":
      return pair(at, name, rule, put, (one) => parts.day(one));
    case "span":
    case "ago":
    case "ahead": {
      const tail = { ago: "ago", ahead: "ahead" }[shape];
      const fields = parts.span({ key: at, name, value: rule.value, onchange: (value, typed) => put({ value }, typed) });
      return tail ? [...fields, parts.words(tail)] : fields;
    }
    case "period":
      return [parts.select({ key: at, name, value: rule.value, kind: "value", options: PERIODS, onchange: (value) => put({ value }) })];
    case "month":
      return [parts.select({ key: at, name, value: rule.value ?? "", kind: "value",
        options: [["", "the current month"], ...MONTHS.map((month, index) => [index + 1, month])],
        onchange: (value) => put({ value: value ? Number(value) : undefined }) })];
    default:
      return [];
  }
}

function pair(at, name, rule, put, field) {
  const ends = Array.isArray(rule.value) ? [...rule.value] : [null, null];
  const change = (index) => (value, typed = true) => {
    ends[index] = value;
    put({ value: [...ends] }, typed);
  };
  return [
    field({ key: `${at}:0`, name: `${name}: from`, value: ends[0], onchange: change(0) }),
    parts.words("and"),
    field({ key: `${at}:1`, name: `${name}: to`, value: ends[1], onchange: change(1) }),
  ];
}
