// What every page has: the theme switch, forms that send themselves when a choice changes, tabs in sight.
function isDark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
  document.dispatchEvent(new CustomEvent("facet:theme", { detail: next }));
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change], [data-submit-on-change] *")) {
    event.target.form?.requestSubmit();
  }
});

// Dialogs where the browser has no invoker commands yet.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog) {
    event.preventDefault(); // where there is no script the link leads to a page of the same form
    dialog.showModal();
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
});

// An answer that has the page drawn anew waits for its next turn while somebody is on the way to another page, whose
// click it would undo, or is at work in a dialog.
let left = -Infinity;
addEventListener("beforeunload", () => { left = performance.now(); });
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Refresh")) return;
  if (performance.now() - left < 10_000 || document.querySelector("dialog[open]")) event.preventDefault();
});

// A menu closes when the focus goes on past it: it would cover what has the focus.
document.addEventListener("focusin", (event) => {
  for (const menu of document.querySelectorAll("[popover][id]:popover-open")) {
    const opener = event.target.closest(`[popovertarget="${CSS.escape(menu.id)}"]`);
    if (!opener && !menu.contains(event.target)) menu.hidePopover();
  }
});

// The box that marks all others of a list, <input type="checkbox" data-marks-all> inside its form.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-marks-all]")) return;
  for (const box of event.target.form.querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked;
});

// On a narrow screen the tabs scroll: the one that is open comes into sight.
for (const tabs of document.querySelectorAll(".tabs")) {
  const open = tabs.querySelector("[aria-current]");
  if (open && tabs.scrollWidth > tabs.clientWidth) tabs.scrollLeft += open.getBoundingClientRect().left - tabs.getBoundingClientRect().left - (tabs.clientWidth - open.clientWidth) / 2;
}
