// Moves the steps of a sequence: by a grip to drag, by Alt and an arrow on it, by a button for each way.
import { h, icon } from "./dom.js";

// The steps with one at another place. That nothing follows is said of the last place, whichever step stands there.
export function movedStep(steps, from, to) {
  const left = steps.some((step) => step.absent);
  const moved = steps.map(({ absent, ...step }) => step);
  moved.splice(to, 0, ...moved.splice(from, 1));
  if (left) moved[moved.length - 1].absent = true;
  return moved;
}

export function stepMover({ key, index, steps, hold, put, announce }) {
  const at = `${key}:step${index}`;
  const move = (to, control) => {
    if (to === index) return;
    if (to < 0 || to >= steps.length) {
      announce(to < 0 ? "It is the first step already." : "It is the last step already.");
      return;
    }
    const ends = { up: to > 0, down: to < steps.length - 1, grip: true };
    put(movedStep(steps, index, to), `${key}:step${to}:${ends[control] ? control : "grip"}`);
    announce(`Moved to step ${to + 1} of ${steps.length}.`);
  };
  const grip = h("button", {
    class: "part how close grab", type: "button", "data-key": `${at}:grip`, "aria-keyshortcuts": "Alt+ArrowUp Alt+ArrowDown",
    "aria-label": `Move step ${index + 1}: drag, or Alt with the arrow keys`,
    onkeydown: (event) => {
      if (event.key === "Delete") event.stopPropagation(); // it would remove the whole sequence
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      move(index + (event.key === "ArrowUp" ? -1 : 1), "grip");
    },
  }, icon("grip"));
  hold(grip, {
    lifted: () => grip.closest(".line"),
    target: (under, y) => landing(grip, under, y, steps.length),
    land: ({ slot }) => move(slot > index ? slot - 1 : slot, "grip"),
  });
  const button = (control, to, words) => h("button", {
    class: "part how close", type: "button", "data-key": `${at}:${control}`, "aria-label": `Move step ${index + 1} ${words}`, onclick: () => move(to, control),
  }, icon(`${control}2`));
  const seat = () => h("span", { class: "seat", "aria-hidden": "true" }); // so that steps begin below each other
  return [grip, index ? button("up", index - 1, "up") : seat(), index < steps.length - 1 ? button("down", index + 1, "down") : seat()];
}

// Before or after the step under the pointer, of this sequence only.
function landing(grip, under, y, count) {
  const line = under.closest(".line");
  const lines = [...grip.closest(".parts").querySelectorAll(":scope > .line")].slice(0, count);
  const place = lines.indexOf(line);
  if (place < 0) return null;
  const box = line.getBoundingClientRect();
  const after = y > box.top + box.height / 2;
  return { node: line, place: after ? "after" : "before", slot: place + (after ? 1 : 0) };
}
