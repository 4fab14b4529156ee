// A looser value for a condition: what the builder offers beside the condition that costs most.
import { spoken } from "./words.js";

const wider = (span) => [Math.max(span[0] + 1, Math.round(span[0] * 1.5)), span[1]];
const nearer = (span) => [Math.max(1, Math.round(span[0] * 0.75)), span[1]];
const told = ([amount, unit]) => `${amount} ${amount === 1 ? unit : `${unit}s`}`;
const lower = (value) => (value > 1 ? Math.max(1, Math.floor(value * 0.75)) : value > 0 ? value * 0.75 : value * 1.25);
const higher = (value) => (value > 0 ? Math.ceil(value * 1.25) : value * 0.75);
const isSpan = (value) => Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "string";

// {rule, words, button} or null where nothing looser comes to mind.
export function looser(rule) {
  if (rule.attribute !== undefined) return byValue(rule);
  if (rule.interaction === undefined) return null;
  if (rule.measure && typeof rule.value === "number") {
    const value = { gte: lower, gt: lower, lte: higher, lt: higher }[rule.op]?.(rule.value);
    if (value !== undefined && value !== rule.value && Number.isInteger(rule.value)) {
      return { rule: { ...rule, value }, words: `${{ gte: "At least", gt: "More than", lte: "At most", lt: "Fewer than" }[rule.op]} ${value}`, button: `Use ${value}` };
    }
  }
  if (isSpan(rule.window?.last) && (!rule.measure || rule.op === "gte" || rule.op === "gt")) {
    const span = wider(rule.window.last);
    return { rule: { ...rule, window: { last: span } }, words: `${spoken(rule.interaction)} in the last ${told(span)}`, button: `Use ${told(span)}` };
  }
  return null;
}

function byValue(rule) {
  const { op, value } = rule;
  if (isSpan(value)) {
    const span = { within_last: wider, within_next: wider, anniversary_within_next: wider, more_than_ago: nearer, more_than_ahead: nearer }[op]?.(value);
    if (!span || span[0] === value[0]) return null;
    const words = { more_than_ago: `More than ${told(span)} ago`, more_than_ahead: `More than ${told(span)} ahead` }[op] ?? `Within ${told(span)}`;
    return { rule: { ...rule, value: span }, words, button: `Use ${told(span)}` };
  }
  if (typeof value !== "number") return null;
  const looserValue = { gte: lower, gt: lower, lte: higher, lt: higher }[op]?.(value);
  if (looserValue === undefined || looserValue === value) return null;
  const words = { gte: "At least", gt: "More than", lte: "At most", lt: "Less than" }[op];
  return { rule: { ...rule, value: looserValue }, words: `${words} ${looserValue}`, button: `Use ${looserValue}` };
}
