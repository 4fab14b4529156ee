// The live preview: fills the frame with the key and the customer that somebody types; nothing is kept.
const form = document.querySelector("[data-badge-preview]");
const frame = form && document.getElementById(form.dataset.badgePreview);

function show() {
  const entered = new FormData(form);
  const told = new URLSearchParams();
  const who = String(entered.get("who")).trim();
  const kind = who.includes("@") ? "email" : /^\+[\d\s().-]+$/.test(who) ? "phone" : "external_id";
  told.set("key", String(entered.get("key")).trim());
  if (who) told.set(kind, who);
  told.set("agent", "preview");
  if (entered.get("theme")) told.set("theme", String(entered.get("theme")));
  frame.src = `${form.dataset.address}#${told}`;
  frame.hidden = false;
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
