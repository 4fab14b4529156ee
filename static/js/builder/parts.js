// The small controls a condition is made of. Each has a key, so that focus comes back after redrawing.
import { h, icon } from "./dom.js";
import { UNITS } from "./words.js";

export function words(text) {
  return h("span", { class: "part how fixed" }, text);
}

export function button({ key, label, kind = "value", sign = null, arrow = false, empty = false, name, onclick }) {
  return h(
    "button",
    {
      class: `part ${kind}${empty ? " unset" : ""}`, type: "button", "data-key": key, "aria-haspopup": "dialog",
      "aria-label": name ? `${name}: ${label}` : null, onclick,
    },
    sign ? icon(sign) : null, h("span", { class: "clip" }, label), arrow ? icon("down2") : null,
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

export function number({ key, name, value, whole = false, onchange }) {
  return h("input", {
    class: "part value number", type: "text", inputmode: whole ? "numeric" : "decimal", "data-key": key,
    "aria-label": name, value: value ?? "", autocomplete: "off", size: 4,
    oninput: (event) => {
      const typed = event.target.value.trim().replace(",", ".").replace("−", "-");
      const fits = (whole ? /^\d{1,9}$/ : /^-?(\d+\.?\d*|\.\d+)$/).test(typed);
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

export function day({ key, name, value, onchange }) {
  const plain = String(value ?? "");
  return h("input", {
    class: "part value", type: plain.length > 10 ? "text" : "date", "data-key": key, "aria-label": name, value: plain,
    onchange: (event) => onchange(event.target.value || null),
  });
}

// [N, unit] as a number and a unit.
export function span({ key, name, value, onchange }) {
  const now = Array.isArray(value) ? value : [null, "day"];
  let [amount, unit] = now;
  return [
    number({ key: `${key}:n`, name: `${name}: number`, value: amount, whole: true,
      onchange: (typed) => { amount = typed; onchange([amount, unit], true); } }),
    select({ key: `${key}:u`, name: `${name}: unit`, value: unit, kind: "value",
      options: UNITS.map((one) => [one, amount === 1 ? one : `${one}s`]),
      onchange: (picked) => { unit = picked; onchange([amount, unit], false); } }),
  ];
}

export function spanDone(value) {
  return Array.isArray(value) && Number.isInteger(value[0]) && value[0] > 0;
}

export function dismiss({ key, label, onclick }) {
  return h("button", { class: "part how close", type: "button", "data-key": key, "aria-label": label, onclick }, icon("cross"));
}

export function adder({ key, label, onclick }) {
  return h("button", { class: "part how add", type: "button", "data-key": key, onclick }, icon("plus"), label);
}
