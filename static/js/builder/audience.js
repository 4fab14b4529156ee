// The audience beside the rule: whom it reaches by which channel, and why the others are blocked.
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
