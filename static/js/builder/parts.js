// The small controls a condition is made of. Each has a key, so that focus comes back after redrawing.
import { h, icon } from "./dom.js";
import { actionMenu, showSpread } from "./picker.js";
import { UNITS } from "./words.js";

export function words(text) {
  return h("span", { class: "part how fixed" }, text);
}

// Parts that belong together and break to the next line as one.
export function bit(...inside) {
  return h("span", { class: "bit" }, ...inside);
}

// Parts of which the last says nothing alone: they never break.
export function together(...inside) {
  return h("span", { class: "bit whole" }, ...inside);
}

// A line of its own inside a condition.
export function line(name, ...inside) {
  return h("span", { class: "line", role: "group", "aria-label": name }, ...inside);
}

// `shown` are the nodes that stand for the label, where it is made of several names.
export function button({ key, label, shown = label, kind = "value", sign = null, arrow = false, empty = false, name, onclick }) {
  return h(
    "button",
    {
      class: `part ${kind}${empty ? " unset" : ""}`, type: "button", "data-key": key, "aria-haspopup": "dialog",
      "aria-label": name ? `${name}: ${label}` : null, onclick,
    },
    sign ? icon(sign) : null, h("span", { class: "clip" }, shown), arrow ? icon("down2") : null,
  );
}

// options: [[value, words], …] or {value: words}
export function select({ key, name, value, options, kind = "how", onchange }) {
  const pairs = Array.isArray(options) ? options : Object.entries(options);
  return h(
    "select",
    { class: `part ${kind}`, "data-key": key, "aria-label": name, onchange: (event) => onchange(event.target.value) },
    pairs.map(([option, text]) => {
      const node = h("option", {}, text);
      node.value = option;
      node.selected = String(option) === String(value);
      return node;
    }),
  );
}

export function number({ key, name, value, whole = false, signed = false, onchange }) {
  return h("input", {
    class: "part value number", type: "text", inputmode: whole ? "numeric" : "decimal", "data-key": key,
    "aria-label": name, value: value ?? "", autocomplete: "off", size: 4, placeholder: " ",
    oninput: (event) => {
      const typed = event.target.value.trim().replace(",", ".").replace("−", "-");
      const fits = (signed ? /^-?\d{1,5}$/ : whole ? /^\d{1,9}$/ : /^-?(\d+\.?\d*|\.\d+)$/).test(typed);
      event.target.setAttribute("aria-invalid", String(typed !== "" && !fits));
      onchange(fits ? exact(typed) : typed === "" ? null : undefined);
    },
  });
}

// A number that JavaScript cannot hold exactly stays text: the rule language reads numeric text exactly.
function exact(typed) {
  const read = Number(typed);
  return String(read) === typed.replace(/^0+(?=\d)/, "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") ? read : typed;
}

export function text({ key, name, value, onchange }) {
  return h("input", {
    class: "part value typed", type: "text", "data-key": key, "aria-label": name, value: value ?? "",
    autocomplete: "off", placeholder: "type …", oninput: (event) => onchange(event.target.value),
  });
}

let clock = { zone: "UTC", today: "" };

// The zone of the account and its day now: dates are picked there, not where the browser is.
export function useClock(zone, today) {
  clock = { zone, today };
}

// A written instant as the account's clock shows it; one without an offset is on that clock already.
export function onClock(written) {
  if (!/(Z|[+-]\d{2}:?\d{2})$/i.test(written)) return written.replace(" ", "T").slice(0, 16);
  const at = new Date(written);
  if (Number.isNaN(at.getTime())) return "";
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: clock.zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).formatToParts(at).map((part) => [part.type, part.value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

// A day, or a moment on the account's clock, with the days people name by a word.
export function day({ key, name, value, onchange }) {
  const plain = String(value ?? "");
  const timed = plain.length > 10;
  const field = h("input", {
    class: "part value", type: timed ? "datetime-local" : "date", "data-key": key, "aria-label": timed ? `${name}, on the clock of ${clock.zone}` : name,
    title: timed ? `On the clock of ${clock.zone}` : null, value: timed ? onClock(plain) : plain,
    // While the year is being typed it begins with a nought: not a date that anybody means.
    oninput: (event) => { if (!/^0/.test(event.target.value)) onchange(event.target.value || null, true); },
  });
  const choose = (picked) => onchange(picked, false);
  const menu = h("button", { class: "part how close", type: "button", "data-key": `${key}:word`, "aria-haspopup": "menu", "aria-label": `${name}: a day by its name`,
    onclick: (event) => actionMenu(event.currentTarget, "Which day", [
      ...named(clock.today).map(([word, date]) => ({ label: word, icon: "calendar", keys: date, run: () => choose(date) })), null,
      timed ? { label: "The whole day, without a time", icon: "calendar", run: () => choose(plain.slice(0, 10)) }
        : { label: `With a time, on the clock of ${clock.zone}`, icon: "clock", run: () => choose(`${plain || clock.today}T09:00`) },
    ]) }, icon("down2"));
  return h("span", { class: "joined dated" }, field, menu);
}

function named(today) {
  const at = (change) => {
    const date = new Date(`${today}T00:00:00Z`);
    change(date);
    return date.toISOString().slice(0, 10);
  };
  return [
    ["Today", today],
    ["Yesterday", at((date) => date.setUTCDate(date.getUTCDate() - 1))],
    ["Start of this week", at((date) => date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7)))],
    ["Start of this month", at((date) => date.setUTCDate(1))],
    ["Start of this quarter", at((date) => date.setUTCMonth(Math.floor(date.getUTCMonth() / 3) * 3, 1))],
    ["Start of this year", at((date) => date.setUTCMonth(0, 1))],
    ["A year ago", at((date) => date.setUTCFullYear(date.getUTCFullYear() - 1))],
  ];
}

// [N, unit] as a number and a unit, drawn as one.
export function span({ key, name, value, onchange }) {
  const now = Array.isArray(value) ? value : [null, "day"];
  let [amount, unit] = now;
  return [h("span", { class: "joined" },
    number({ key: `${key}:n`, name: `${name}: number`, value: amount, whole: true,
      onchange: (typed) => { amount = typed; onchange([amount, unit], true); } }),
    select({ key: `${key}:u`, name: `${name}: unit`, value: unit, kind: "value",
      options: UNITS.map((one) => [one, amount === 1 ? one : `${one}s`]),
      onchange: (picked) => { unit = picked; onchange([amount, unit], false); } }))];
}

export function spanDone(value) {
  return Array.isArray(value) && Number.isInteger(value[0]) && value[0] > 0;
}

// How the data is spread, read when it is asked for.
export function spread({ key, name, values }) {
  return h("button", { class: "part how close", type: "button", "data-key": key, "aria-haspopup": "dialog", "aria-label": `${name}: how the data is spread`, title: "How the data is spread",
    onclick: (event) => showSpread(event.currentTarget, name, values) }, icon("chart"));
}

export function dismiss({ key, label, onclick }) {
  return h("button", { class: "part how close", type: "button", "data-key": key, "aria-label": label, title: label, onclick }, icon("cross"));
}

export function adder({ key, label, shy = false, onclick }) {
  return h("button", { class: `part how add${shy ? " shy" : ""}`, type: "button", "data-key": key, onclick }, icon("plus"), label);
}
