// One menu for everything that is picked: searched, with counts, by mouse or arrow keys.
import { columns, figure, h, icon } from "./dom.js";

const AIMING = 150; // milliseconds
let open = null;

export function closePicker() {
  open?.close();
}

// A menu stays where it came up: on one side of what opened it, and never smaller than it was, so that a list that
// shrinks or is read late moves nothing away from under a pointer. What opened it may scroll, or be drawn anew.
function place(menu, anchor) {
  const box = standing(anchor)?.getBoundingClientRect();
  if (!box) return;
  const wide = Math.min(menu.offsetWidth, innerWidth - 16);
  menu.style.setProperty("left", `${Math.max(8, Math.min(box.left, innerWidth - wide - 8))}px`);
  const below = innerHeight - box.bottom;
  menu.dataset.side ||= below < 260 && box.top > below ? "above" : "below";
  const above = menu.dataset.side === "above";
  const most = Math.max(160, Math.min((above ? box.top : below) - 12, 440));
  menu.style.setProperty("max-block-size", `${most}px`);
  menu.style.setProperty("bottom", above ? `${innerHeight - box.top + 4}px` : "auto");
  menu.style.setProperty("top", above ? "auto" : `${box.bottom + 4}px`);
  menu.style.setProperty("min-block-size", `${Math.min(menu.getBoundingClientRect().height, most)}px`);
}

function standing(anchor) {
  return anchor.isConnected ? anchor : document.querySelector(`[data-key="${CSS.escape(anchor.dataset.key ?? "-")}"]`);
}

function popup(anchor, label, onclose) {
  closePicker();
  const menu = h("div", { class: "menu picker", popover: "auto", role: "dialog", "aria-label": label });
  (anchor.closest("dialog") ?? document.body).append(menu);
  const handle = {
    menu,
    close(focus = true) {
      if (open !== handle) return;
      open = null;
      menu.remove();
      removeEventListener("scroll", follow, true);
      removeEventListener("resize", follow);
      anchor.setAttribute("aria-expanded", "false");
      onclose?.();
      if (!focus) return;
      standing(anchor)?.focus();
    },
  };
  open = handle;
  const follow = (event) => { if (event.target === window || !menu.contains(event.target)) place(menu, anchor); };
  addEventListener("scroll", follow, { capture: true, passive: true });
  addEventListener("resize", follow);
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "closed") handle.close(menu.contains(document.activeElement));
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      handle.close();
    }
    const stops = [...menu.querySelectorAll("input, button")].filter((stop) => !stop.disabled);
    if (event.key === "Tab" && document.activeElement === (event.shiftKey ? stops[0] : stops.at(-1))) {
      handle.close(); // Tab leads on from what opened it, and back to it
      if (event.shiftKey) event.preventDefault();
      return;
    }
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const index = stops.indexOf(document.activeElement);
    stops[(index + way + stops.length) % stops.length]?.focus();
  });
  anchor.setAttribute("aria-expanded", "true");
  menu.showPopover();
  return handle;
}

// A short menu of actions: [{label, icon, run, keys, danger}], null draws a line.
export function actionMenu(anchor, label, actions) {
  const handle = popup(anchor, label);
  for (const action of actions) {
    handle.menu.append(
      action === null
        ? h("hr")
        : h(
            "button",
            { type: "button", onclick: () => { handle.close(); action.run(); } },
            icon(action.icon), action.label, action.keys ? h("span", { class: "num" }, h("kbd", {}, action.keys)) : null,
          ),
    );
  }
  place(handle.menu, anchor);
  handle.menu.querySelector("button")?.focus();
}

// How numbers or dates are spread over the data, with its ends, its middle and how many have none.
export async function showSpread(anchor, name, values) {
  const handle = popup(anchor, `How ${name} is spread`);
  handle.menu.classList.add("spreading");
  handle.menu.append(h("p", { role: "status" }, "Reading …"));
  handle.menu.setAttribute("tabindex", "-1");
  handle.menu.focus();
  place(handle.menu, anchor);
  let found;
  try {
    found = await values("");
  } catch {
    found = { note: "It could not be read. Try again in a moment." };
  }
  if (open !== handle) return;
  const shown = (value) => (typeof value === "number" ? figure(value) : String(value));
  const ends = found.bars?.length
    ? [columns(found.bars), h("div", { class: "ends num" }, h("span", {}, shown(found.low_label || found.low)), h("span", {}, shown(found.high_label || found.high)))]
    : [h("p", {}, "There are too few different values to draw.")];
  const often = (found.items ?? []).slice(0, 5).map((item) => h("li", {}, h("span", { class: "choice" }, item.label), h("span", { class: "num" }, figure(item.count))));
  handle.menu.replaceChildren(h("p", {}, h("b", {}, name)), ...ends, often.length ? h("p", { class: "heading" }, "Most often") : "", h("ul", { class: "often" }, often), h("p", {}, [found.missing ? `${figure(found.missing)} have none.` : "", (found.note ?? "").match(/Counted[^.]*\.$/)?.[0] ?? ""].join(" ").trim()));
  place(handle.menu, anchor);
}

// Picks from a list. `load(words)` gives (a promise of) {items: [{value, label, count, icon, hint}], note, bars}.
// `chosen` is a list of values; `many` keeps the menu open and calls `pick` with the whole list after each change.
export function pick({ anchor, label, load, chosen = [], many = false, free = null, pick: onpick }) {
  let values = [...chosen];
  let asked = 0;
  const handle = popup(anchor, label);
  const search = h("input", {
    class: "input", type: "search", placeholder: "Find …", "aria-label": `Find in ${label}`, autocomplete: "off",
  });
  const list = h("div", { class: "choices", role: "group", "aria-label": label });
  const status = h("p", { role: "status" }, "Reading …");
  handle.menu.append(search, list, status);

  const take = (value) => {
    if (!many) {
      handle.close();
      onpick(value);
      return;
    }
    values = values.some((one) => one === value) ? values.filter((one) => one !== value) : [...values, value];
    onpick(values);
  };

  const rows = new WeakMap();
  const row = (item) => {
    const node = drawn(item);
    rows.set(node, item);
    return node;
  };
  const drawn = (item) =>
    many
      ? h("label", {},
          h("input", { type: "checkbox", checked: values.includes(item.value), onchange: () => take(item.value) }),
          h("span", { class: "choice" }, item.label), item.count === undefined ? null : h("span", { class: "num" }, figure(item.count)))
      : h("button", { type: "button", "aria-pressed": String(values.includes(item.value)), onclick: () => take(item.value) },
          item.icon ? icon(item.icon) : null,
          h("span", { class: "choice" }, item.label, item.hint ? h("small", {}, item.hint) : null),
          item.count === undefined ? null : h("span", { class: "num" }, figure(item.count)));

  // A list that is drawn anew between press and release would swallow the click: it waits for the release.
  let held = null;
  list.addEventListener("pointerdown", () => {
    held = new Promise((done) => {
      for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => setTimeout(done), { once: true });
    });
  });

  // A click that comes sooner than anybody can see the new list is for the row that the pointer rested on before.
  let aimed = null;
  list.addEventListener("pointermove", () => { aimed = null; });
  list.addEventListener("click", (event) => {
    const meant = event.pointerType === "mouse" && aimed && performance.now() < aimed.until ? aimed.item : null;
    aimed = null;
    if (!meant) return;
    event.preventDefault();
    event.stopPropagation();
    take(meant.value);
  }, true);

  const fill = async () => {
    const turn = (asked += 1);
    const words = search.value.trim();
    let found;
    try {
      found = await load(words);
    } catch {
      if (turn === asked) status.textContent = "The values could not be read. Type one, or try again in a moment.";
      found = { items: [] };
    }
    await held;
    if (turn !== asked || open !== handle) return;
    aimed = { item: rows.get(list.querySelector(":is(button, label):hover")), until: performance.now() + AIMING };
    const items = [...found.items];
    if (many && !words) {
      const missing = values.filter((value) => !items.some((item) => item.value === value));
      items.unshift(...missing.map((value) => ({ value, label: String(value) })));
    }
    const typed = free && words ? free(words) : null;
    const exact = items.findIndex((item) => String(item.label).toLowerCase() === words.toLowerCase());
    if (exact > 0) items.unshift(...items.splice(exact, 1));
    const fits = typed !== null && exact < 0;
    let heading = "";
    list.replaceChildren(...items.flatMap((item) => {
      const opens = !words && item.group && item.group !== heading;
      heading = item.group ?? heading;
      return opens ? [h("p", { class: "heading" }, item.group), row(item)] : [row(item)];
    }));
    // Enter takes the first: of words what they begin, but a number that was typed is never a longer one.
    if (fits) list[typeof typed === "number" ? "prepend" : "append"](row({ value: typed, label: `Use “${words}”` }));
    if (found.bars?.length) list.prepend(columns(found.bars));
    const none = !items.length && !fits;
    status.textContent = none ? (words ? "Nothing in the data is like that." : "The data holds no values yet.") : found.note ?? "";
    status.hidden = !status.textContent;
    place(handle.menu, anchor);
  };

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(fill, 120);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    list.querySelector("button, input")?.click();
  });
  place(handle.menu, anchor);
  search.focus();
  fill();
}

// A list that needs no server: filtered by words in the label.
export function among(items, note = "") {
  return (words) => {
    const wanted = words.toLowerCase();
    const rank = (item) => {
      const label = item.label.toLowerCase();
      if (label.startsWith(wanted)) return 0;
      if (label.split(/[\s\p{Pd}/(]+/u).some((word) => word.startsWith(wanted))) return 1;
      if (label.includes(wanted)) return 2;
      return (item.hint ?? "").toLowerCase().includes(wanted) ? 3 : 4;
    };
    const ranked = items.map((item) => [rank(item), item]).filter(([place]) => place < 4);
    return { items: ranked.sort((a, b) => a[0] - b[0]).map(([, item]) => item), note };
  };
}
