// The rule language in plain words: one table for each thing that can be chosen.
export const UNITS = ["minute", "hour", "day", "week", "month", "year"];

// operator: [words, shape of its value]
export const OPERATORS = {
  is: ["is", "one"],
  is_not: ["is not", "one"],
  in: ["is any of", "many"],
  not_in: ["is none of", "many"],
  contains: ["contains", "typed"],
  not_contains: ["does not contain", "typed"],
  starts_with: ["starts with", "typed"],
  not_starts_with: ["does not start with", "typed"],
  ends_with: ["ends with", "typed"],
  not_ends_with: ["does not end with", "typed"],
  matches: ["matches the pattern", "typed"],
  gt: ["is more than", "number"],
  gte: ["is at least", "number"],
  lt: ["is less than", "number"],
  lte: ["is at most", "number"],
  between: ["is between", "numbers"],
  on: ["is on", "date"],
  before: ["is before", "date"],
  after: ["is after", "date"],
  between_dates: ["is between", "dates"],
  within_last: ["is within the last", "span"],
  more_than_ago: ["is more than", "ago"],
  within_next: ["is within the next", "span"],
  more_than_ahead: ["is more than", "ahead"],
  in_period: ["is", "period"],
  anniversary: ["has its anniversary today", "none"],
  anniversary_within_next: ["has its anniversary within the next", "span"],
  anniversary_month: ["has its anniversary in", "month"],
  includes_any: ["includes any of", "many"],
  includes_all: ["includes all of", "many"],
  includes_none: ["includes none of", "many"],
  is_set: ["is known", "none"],
  is_not_set: ["is not known", "none"],
};

const KNOWN = ["is_set", "is_not_set"];
const TEXT = [
  "is", "is_not", "in", "not_in", "contains", "not_contains", "starts_with", "not_starts_with", "ends_with",
  "not_ends_with", "matches",
];
const NUMBER = ["gte", "lte", "gt", "lt", "between", "is", "is_not", "in", "not_in"];
const DATE = [
  "within_last", "more_than_ago", "within_next", "more_than_ahead", "on", "before", "after", "between_dates",
  "in_period", "anniversary", "anniversary_within_next", "anniversary_month",
];
const LIST = ["includes_any", "includes_all", "includes_none", "is", "contains"];

export const BY_TYPE = {
  text: [...TEXT, ...KNOWN],
  number: [...NUMBER, ...KNOWN],
  "yes/no": ["is", "is_not", ...KNOWN],
  date: [...DATE, ...KNOWN],
  instant: [...DATE, ...KNOWN],
  list: [...LIST, ...KNOWN],
  "": [...new Set([...TEXT, ...NUMBER, ...DATE, ...LIST, ...KNOWN])],
};

export const FIRST_OP = {
  text: "in", number: "gte", "yes/no": "is", date: "within_last", instant: "within_last", list: "includes_any", "": "is",
};

export const NEGATIVE = new Set([
  "is_not", "not_in", "not_contains", "not_starts_with", "not_ends_with", "includes_none",
]);

export const MEASURE_OPS = {
  gte: "at least", gt: "more than", eq: "exactly", ne: "not exactly", lte: "at most", lt: "fewer than", between: "between",
};

// fn: [words once chosen, needs a property, word after the number]
export const MEASURES = {
  count: ["happened", false, "times"],
  sum: ["sum of", true, ""],
  average: ["average of", true, ""],
  minimum: ["lowest", true, ""],
  maximum: ["highest", true, ""],
  distinct: ["different values of", true, ""],
  distinct_days: ["happened on", false, "different days"],
  distinct_weeks: ["happened in", false, "different weeks"],
  distinct_months: ["happened in", false, "different months"],
};

export const WINDOWS = {
  "": "at any time",
  last: "in the last",
  before_last: "before the last",
  between_ago: "between",
  range: "from",
  period: "in",
};

export const PERIODS = {
  today: "today", yesterday: "yesterday", tomorrow: "tomorrow",
  this_week: "this week", last_week: "last week", next_week: "next week",
  this_month: "this month", last_month: "last month", next_month: "next month",
  this_quarter: "this quarter", last_quarter: "last quarter", next_quarter: "next quarter",
  this_year: "this year", last_year: "last year", next_year: "next year",
};

export const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
  "December",
];

export const MODES = { all: "of these hold", any: "of these holds", none: "of these holds", "not all": "of these hold" };

// "email_opened" -> "Email opened"; "email_*", every kind that begins so -> "Any email …"
export function spoken(name) {
  if (name === "*") return "Anything";
  if (name.endsWith("*")) return `Any ${name.slice(0, -1).replace(/[_.:]+/g, " ").trim().toLowerCase()} …`;
  const words = name.replace(/[_.]+/g, " ").trim();
  return words ? words[0].toUpperCase() + words.slice(1) : name;
}

const KIND_ICONS = [
  [/purchase|order|bought|buy|checkout|cart/i, "cart"],
  [/mail|newsletter/i, "mail"],
  [/view|visit|page|click/i, "eye"],
  [/ticket|complaint|support/i, "ticket"],
  [/call|phone|sms/i, "phone"],
  [/meeting/i, "meeting"],
  [/note/i, "note"],
];

export function kindIcon(kind) {
  return KIND_ICONS.find(([pattern]) => pattern.test(kind))?.[1] ?? "spark";
}

const TYPE_ICONS = { date: "calendar", instant: "calendar", number: "chart", "yes/no": "check", list: "list" };

export function attributeIcon(name, type) {
  if (/country|city|region|postcode|zip|address|state/i.test(name)) return "pin";
  return TYPE_ICONS[type] ?? "tag";
}
