// The audience beside the rule: whom it reaches by which channel, why the others are blocked, and five people with their why.
import { bar, figure, h } from "./dom.js";

const CHANNELS = { email: "May be e-mailed", sms: "May be texted" };
const REASONS = { unrecorded: "never said yes to offers", withdrawn: "said no, or took it back", unreachable: "no address" };
const LACKING = { email: "no e-mail address", sms: "no phone number" };

export function showReach(answer, get) {
  const { count, reach } = answer;
  const email = reach?.find((one) => one.channel === "email");
  const allowed = email?.allowed ?? answer.mailable ?? 0;
  const gap = Math.min(allowed / count + 0.008, 1);
  get("reach-bar").replaceChildren(bar(
    count ? [["", 0, allowed / count], ["third", gap, Math.max(1 - gap, 0)]] : [],
    { thick: true, label: `${figure(allowed)} of ${figure(count)} may be e-mailed, ${figure(count - allowed)} are blocked` }));
  get("reach").replaceChildren(...(reach ?? []).flatMap((one) => lines(one)));
  get("dock-reach").textContent = `match, ${figure(allowed)} may be e-mailed`;
}

function lines(one) {
  const blocked = Object.keys(REASONS).filter((reason) => one[reason]);
  return [
    h("dt", {}, h("i"), CHANNELS[one.channel]), h("dd", {}, h("b", {}, figure(one.allowed))),
    ...(blocked.length ? [h("dt", {}, h("i", { class: "third" }), "Blocked, because"), h("dd", {}, figure(blocked.reduce((sum, reason) => sum + one[reason], 0)))] : []),
    ...blocked.flatMap((reason) => [
      h("dt", { class: "sub" }, reason === "unreachable" ? LACKING[one.channel] : REASONS[reason]),
      h("dd", { class: "sub" }, figure(one[reason])),
    ]),
  ];
}

export function clearReach(get) {
  get("reach-bar").replaceChildren();
  get("reach").replaceChildren();
}

// One of five, whose why is read when somebody points at it, focuses it or presses it.
export function personLine(one, whyOf) {
  const place = h("div", { class: "person-why faint", hidden: true });
  let asked = null;
  const read = () => {
    asked ??= whyOf(one.id).then((found) => {
      const reasons = found.reasons?.length ? found.reasons : [found.sentence ?? "Nothing that is told in words decides it."];
      place.replaceChildren(h("ul", {}, reasons.slice(0, 6).map((reason) => h("li", {}, reason))));
    }).catch(() => {
      asked = null;
      place.replaceChildren("It could not be read. Try again in a moment.");
    });
    return asked;
  };
  const why = h("button", { class: "button quiet small", type: "button", "aria-expanded": "false", "aria-label": `Why ${one.name}?`,
    onclick: () => {
      place.hidden = !place.hidden;
      why.setAttribute("aria-expanded", String(!place.hidden));
      if (!place.hidden && !place.childNodes.length) place.replaceChildren(h("div", { class: "skeleton short" }));
      read();
    },
    onpointerenter: () => read(), onfocus: () => read() }, "Why?");
  return h("li", { class: "person" },
    h("span", { class: "avatar", "data-hue": String(((one.id * 7) % 10) + 1), "aria-hidden": "true" }, initials(one.name)),
    h("div", { class: "grow" }, h("a", { href: one.url }, one.name), h("br"), h("small", { class: "faint" }, one.email || "no e-mail address"), place),
    why);
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return (words.length > 1 ? [words[0], words.at(-1)] : words).map((word) => [...word][0]).join("").toUpperCase();
}
