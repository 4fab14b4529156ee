// Looser forms of a condition: what the builder offers beside a condition that costs much.
import { figure } from "./dom.js";
import { PERIODS, spoken } from "./words.js";

const MOST_VALUES = 3;
const wider = (span) => [Math.max(span[0] + 1, Math.round(span[0] * 1.5)), span[1]];
const nearer = (span) => [Math.max(1, Math.round(span[0] * 0.75)), span[1]];
const told = ([amount, unit]) => `${amount} ${amount === 1 ? unit : `${unit}s`}`;
const round = (value) => Number(value.toPrecision(12));
const lower = (value) => (value > 1 ? Math.max(1, Math.floor(value * 0.75)) : round(value > 0 ? value * 0.75 : value * 1.25));
const higher = (value) => (value > 0 ? Math.ceil(value * 1.25) : round(value * 0.75));
const isSpan = (value) => Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "string";
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const LIMITS = { gte: [lower, "At least"], gt: [lower, "More than"], lte: [higher, "At most"], lt: [higher, "Less than"] };
const LONGER = { today: "this_week", yesterday: "this_week", this_week: "this_month", this_month: "this_quarter", this_quarter: "this_year", last_week: "last_month", last_month: "last_quarter", last_quarter: "last_year" };

// A list of {rule, words, button}; `frequent(attribute)` gives its values, the most frequent first, where they are known.
export function loosenings(rule, frequent = () => []) {
  const found = rule.attribute !== undefined ? byAttribute(rule, frequent)
    : rule.interaction !== undefined ? byInteraction(rule)
    : rule.sequence !== undefined ? bySequence(rule)
    : rule.regular !== undefined ? byRegularity(rule)
    : rule.for ? [shorter(rule, "for", "In it")] : [];
  return found.filter((one) => one && !same(one.rule, rule));
}

// Whether `loosenings` will want to know the values of the attribute.
export function wantsValues(rule) {
  return rule.attribute !== undefined && ["is", "in", "includes_any"].includes(rule.op);
}

function shorter(rule, key, words) {
  const span = nearer(rule[key]);
  return { rule: { ...rule, [key]: span }, words: `${words} for at least ${told(span)}`, button: `Use ${told(span)}` };
}

function limited(rule) {
  if (typeof rule.value !== "number" || !LIMITS[rule.op]) return null;
  const [change, words] = LIMITS[rule.op];
  const value = change(rule.value);
  return { rule: { ...rule, value }, words: `${words} ${figure(value)}`, button: `Use ${figure(value)}` };
}

function ranged(rule) {
  const [low, high] = rule.value;
  if (typeof low !== "number" || typeof high !== "number") return null;
  const more = Math.max((high - low) * 0.25, Number.isInteger(low) && Number.isInteger(high) ? 1 : 0);
  const whole = Number.isInteger(low) && Number.isInteger(high);
  const value = whole ? [Math.floor(low - more), Math.ceil(high + more)] : [round(low - more), round(high + more)];
  if (low >= 0 && value[0] < 0) value[0] = 0;
  return { rule: { ...rule, value }, words: `Between ${figure(value[0])} and ${figure(value[1])}`, button: `Use ${figure(value[0])}–${figure(value[1])}` };
}

function dayMoved(written, months) {
  const date = new Date(`${String(written).slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return null;
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 10);
}

function byAttribute(rule, frequent) {
  const { op, value } = rule;
  const found = [];
  if (isSpan(value)) found.push(spanned(rule));
  else if (op === "between" && Array.isArray(value)) found.push(ranged(rule));
  else if (op === "after" || op === "before") {
    const day = dayMoved(value, op === "after" ? -1 : 1);
    if (day) found.push({ rule: { ...rule, value: day }, words: `${op === "after" ? "After" : "Before"} ${day}`, button: `Use ${day}` });
  } else if (op === "between_dates" && Array.isArray(value)) {
    const [first, last] = [dayMoved(value[0], -1), dayMoved(value[1], 1)];
    if (first && last) found.push({ rule: { ...rule, value: [first, last] }, words: `Between ${first} and ${last}`, button: "Use a month more at both ends" });
  } else if (op === "in_period" && LONGER[value]) found.push({ rule: { ...rule, value: LONGER[value] }, words: PERIODS[LONGER[value]], button: `Use ${PERIODS[LONGER[value]]}` });
  else if (wantsValues(rule)) found.push(...listed(rule, frequent(rule.attribute)));
  else if (op === "includes_all" && value?.length > 1) found.push({ rule: { ...rule, op: "includes_any" }, words: "Any of them instead of all", button: "Use any of them" });
  else if ((op === "not_in" || op === "includes_none") && value?.length > 1) {
    found.push(...value.slice(0, MOST_VALUES).map((one) => ({ rule: { ...rule, value: value.filter((other) => other !== one) }, words: `With ‘${one}’ allowed`, button: `Allow ${clip(one)}` })));
  } else found.push(limited(rule));
  if (rule.held_for) found.push(shorter(rule, "held_for", "So"));
  return found;
}

const clip = (value) => (String(value).length > 24 ? `${String(value).slice(0, 23)}…` : String(value));

function listed(rule, values) {
  const now = Array.isArray(rule.value) ? rule.value : [rule.value];
  const folded = new Set(now.map((one) => String(one).trim().toLowerCase()));
  const more = values.filter((one) => !folded.has(String(one).trim().toLowerCase())).slice(0, MOST_VALUES);
  const op = rule.op === "is" ? "in" : rule.op;
  return more.map((one) => ({ rule: { ...rule, op, value: [...now, one] }, words: `With ‘${clip(one)}’ too`, button: `Add ${clip(one)}` }));
}

function spanned(rule) {
  const span = { within_last: wider, within_next: wider, anniversary_within_next: wider, more_than_ago: nearer, more_than_ahead: nearer }[rule.op]?.(rule.value);
  if (!span) return null;
  const words = { more_than_ago: `More than ${told(span)} ago`, more_than_ahead: `More than ${told(span)} ahead` }[rule.op] ?? `Within ${told(span)}`;
  return { rule: { ...rule, value: span }, words, button: `Use ${told(span)}` };
}

function byInteraction(rule) {
  const found = [];
  if (rule.measure) {
    if (rule.op === "between" && Array.isArray(rule.value)) found.push(ranged(rule));
    else if (rule.op === "eq" && rule.value > 0) found.push({ rule: { ...rule, op: "gte" }, words: `At least ${figure(rule.value)}`, button: "Use at least" });
    else found.push(limited(rule));
  }
  found.push(windowed(rule, !rule.measure || rule.op === "gte" || rule.op === "gt"));
  (rule.where ?? []).forEach((one, index, all) => {
    const { where, ...rest } = rule;
    found.push({ rule: where.length > 1 ? { ...rest, where: all.filter((_, at) => at !== index) } : rest, words: `Whatever the ${spoken(one.property).toLowerCase()}`, button: `Any ${spoken(one.property).toLowerCase()}` });
  });
  return found;
}

// `more`: the condition holds for more people where more of their time is looked at.
function windowed(rule, more) {
  const { window } = rule;
  if (!window) return null;
  const use = (changed, words, button) => ({ rule: { ...rule, window: changed }, words, button });
  if (isSpan(window.last)) {
    const span = more ? wider(window.last) : nearer(window.last);
    return use({ last: span }, `In the last ${told(span)}`, `Use ${told(span)}`);
  }
  if (!more) return null;
  if (isSpan(window.before_last)) {
    const span = nearer(window.before_last);
    return use({ before_last: span }, `Before the last ${told(span)}`, `Use ${told(span)}`);
  }
  if (window.between_ago) {
    const far = wider(window.between_ago[0]);
    return use({ between_ago: [far, window.between_ago[1]] }, `From ${told(far)} ago on`, `Use ${told(far)}`);
  }
  if (LONGER[window.period]) return use({ period: LONGER[window.period] }, `${PERIODS[LONGER[window.period]]}`, `Use ${PERIODS[LONGER[window.period]]}`);
  const day = window.from ? dayMoved(window.from, -1) : null;
  return day ? use({ ...window, from: day }, `From ${day} on`, `Use ${day}`) : null;
}

function bySequence(rule) {
  const absent = rule.sequence.at(-1)?.absent;
  const within = absent ? nearer(rule.within) : wider(rule.within);
  return [
    { rule: { ...rule, within }, words: `Each within ${told(within)}`, button: `Use ${told(within)}` },
    windowed(rule, true),
  ];
}

function byRegularity(rule) {
  const found = [];
  if (rule.at_least > 1) found.push({ rule: { ...rule, at_least: rule.at_least - 1 }, words: `In at least ${rule.at_least - 1} of the last ${rule.of_last}`, button: `Use ${rule.at_least - 1} of ${rule.of_last}` });
  if (rule.times > 1) found.push({ rule: { ...rule, times: rule.times - 1 }, words: `At least ${rule.times - 1} times each`, button: `Use ${rule.times - 1} times` });
  return found;
}
