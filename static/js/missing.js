// What a person is told when a part of the page, or what they sent by a button of it, got no answer.
const PART = "[hx-trigger*='again']";
const SENT = "form, button";

function made(name, words, attributes = {}) {
  const element = document.createElement(name);
  element.textContent = words;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function reason(event) {
  const status = event.detail.xhr?.status;
  if (status === 401 || status === 403) return "You are no longer signed in, or it is not yours to see.";
  return status ? "Facet could not work this out." : "Facet does not answer: is it there, and are you online?";
}

// The part is replaced by the sentence and a button that asks again; the answer then takes its place.
function tellInPlace(part, words) {
  const again = made("button", "Try again", { type: "button", class: "button small" });
  const told = document.createElement("div");
  told.className = "callout warn";
  told.setAttribute("role", "alert");
  const text = document.createElement("div");
  text.className = "grow";
  text.append(made("p", words));
  told.append(text, again);
  again.addEventListener("click", () => {
    again.disabled = true;
    part.dispatchEvent(new CustomEvent("again"));
  });
  part.replaceChildren(told);
}

function tellBelow(words) {
  document.getElementById("told")?.remove();
  const told = made("div", "", { id: "told", class: "toast fixed", role: "alert" });
  const gone = made("button", "Close", { type: "button" });
  gone.addEventListener("click", () => told.remove());
  told.append(made("span", `${words} Nothing was saved.`), gone);
  document.body.append(told);
}

function answer(event) {
  const asked = event.detail.elt;
  if (asked?.matches?.(PART)) tellInPlace(asked, reason(event));
  else if (asked?.matches?.(SENT) && event.detail.requestConfig?.verb !== "get") tellBelow(reason(event));
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, answer);
