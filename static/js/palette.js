// The palette: Ctrl-K opens it from every page; / goes to the search field, ? lists the shortcuts.
const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");
const list = document.getElementById("palette-list");
const said = dialog?.querySelector("[role=status]");
const KEPT = 8;
let asked = null;
let timer = 0;
let chosen = -1;

const options = () => [...list.querySelectorAll("[role=option]")];

function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem("recent") || "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one?.url === "string" && one.url.startsWith("/") && !one.url.startsWith("//")) : [];
  } catch {
    return [];
  }
}

function remember(url, label, kind) {
  const kept = [{ url, label, kind }, ...recent().filter((one) => one.url !== url)].slice(0, KEPT);
  localStorage.setItem("recent", JSON.stringify(kept));
}

function icon(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", "icon small");
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${dialog.dataset.icons}#i-${/^[a-z]+$/.test(name) ? name : "clock"}`);
  made.append(use);
  return made;
}

function recentGroup() {
  const kept = recent();
  if (!kept.length) return [];
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Recent");
  const heading = document.createElement("p");
  heading.className = "heading";
  heading.setAttribute("role", "presentation");
  heading.textContent = "Recent";
  group.append(heading);
  kept.forEach((one, place) => {
    const line = document.createElement("a");
    line.href = one.url;
    line.id = `palette-recent-${place}`;
    line.tabIndex = -1;
    line.dataset.kind = one.kind;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    const words = document.createElement("span");
    words.className = "breaks";
    words.textContent = one.label;
    line.append(icon(one.kind), words);
    group.append(line);
  });
  return [group];
}

function choose(place) {
  const all = options();
  chosen = all.length ? (place + all.length) % all.length : -1;
  all.forEach((one, index) => one.setAttribute("aria-selected", String(index === chosen)));
  if (chosen < 0) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", all[chosen].id);
  all[chosen].scrollIntoView({ block: "nearest" });
}

async function ask() {
  asked?.abort();
  const mine = (asked = new AbortController());
  const text = field.value.trim();
  try {
    const answer = await fetch(`${dialog.dataset.address}?${new URLSearchParams({ q: text })}`, { signal: mine.signal, headers: { "X-Requested-With": "fetch" } });
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.replaceChildren(...(text ? [] : recentGroup()), ...read.body.childNodes);
    const count = options().length;
    said.textContent = count ? `${count} found` : "Nothing found";
    choose(text && count ? 0 : -1);
  } catch (error) {
    if (mine.signal.aborted) return;
    const words = document.createElement("p");
    words.className = "nothing";
    words.textContent = "Facet does not answer. Are you still signed in? Reload the page and try again.";
    list.replaceChildren(words);
    said.textContent = words.textContent;
  }
}

function open() {
  if (dialog.open) return;
  dialog.showModal();
  field.value = "";
  field.focus();
  list.replaceChildren(...recentGroup());
  choose(-1);
  ask();
}

if (dialog) {
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      choose(chosen < 0 && step < 0 ? -1 : chosen + step);
    } else if (event.key === "Enter" && event.target === field) {
      event.preventDefault();
      (options()[chosen] ?? options()[0])?.click();
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
    const line = event.target.closest("[role=option]");
    if (line) remember(line.getAttribute("href"), line.querySelector("span").textContent, line.dataset.kind);
  });
  document.querySelector(".finder kbd")?.addEventListener("click", open);
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
    return;
  }
  // A dialog that just closed may still have the focus: who presses a key then is not typing into it.
  if (event.key === "Escape" && event.target.matches?.(".finder input")) event.target.blur();
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
  const gone = event.target.closest?.("dialog:not([open])");
  if ((typing && !gone) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector(".finder input")?.focus();
  } else if (event.key === "?") {
    event.preventDefault();
    document.getElementById("shortcuts")?.showModal();
  }
});
