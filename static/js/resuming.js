// Who works by keyboard goes on where they were when the part of the page that they were in is replaced by an answer.
const STOPS = "a[href], button, input:not([type=hidden]), select, textarea";
let held = null;

// What a control is, whatever it is drawn anew.
const says = (one) => [one.tagName, one.name, one.getAttribute("href"), one.textContent.trim()].join("\n");

function* around(place) {
  for (let at = place.closest("[id]"); at; at = at.parentElement?.closest("[id]")) yield at.id;
}

document.addEventListener("htmx:beforeSwap", () => {
  const at = document.activeElement;
  if (at?.matches?.(":focus-visible")) held = { at, says: says(at), parts: [...around(at)] };
});

document.addEventListener("htmx:afterSettle", () => {
  if (!held || held.at.isConnected || document.activeElement !== document.body) return;
  const { says: said, parts } = held;
  held = null;
  const part = parts.map((id) => document.getElementById(id)).find(Boolean);
  if (!part) return;
  const stops = [...part.querySelectorAll(STOPS)].filter((stop) => !stop.disabled);
  const next = stops.find((stop) => says(stop) === said) ?? stops.find((stop) => stop.matches("[data-goes-on]")) ?? stops[0] ?? part;
  if (next === part) part.tabIndex = -1;
  next.focus();
});
