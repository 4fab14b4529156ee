// Says when the line to the server is broken, what is kept, and what to do; and when it is whole again.
import { onLine, sentenceFor, SignedOut, tryNow } from "./asking.js";
import { h, icon } from "./dom.js";

export function showLine({ place, address, announce }) {
  onLine((error) => {
    if (!error) {
      if (place.childNodes.length) announce("The server answers again.");
      place.replaceChildren();
      return;
    }
    const out = error instanceof SignedOut;
    const next = `/sign-in/?next=${encodeURIComponent(address)}`;
    place.replaceChildren(h("div", { class: "callout bad", role: "alert" }, icon("alert", false),
      h("div", { class: "grow" }, h("strong", {}, out ? "You were signed out" : navigator.onLine ? "Not counted: the server does not answer" : "You are offline"),
        h("p", {}, out ? "Your draft is kept in this browser. Sign in in another tab: this page goes on as soon as you come back to it."
          : `${sentenceFor(error).replace("You are offline. ", "")} It is tried again by itself.`)),
      out ? h("a", { class: "button small", href: next, target: "_blank", rel: "opener" }, "Sign in again")
        : h("button", { class: "button small", type: "button", onclick: () => tryNow() }, "Try now")));
  });
}
