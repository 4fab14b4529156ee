// The page inside a help desk's iframe: what it is about stands after the # of its address, which no server ever sees.
const KNOWN = ["key", "email", "phone", "external_id", "agent", "theme"];

function show() {
  const told = new URLSearchParams(location.hash.slice(1));
  const made = document.createElement("facet-badge");
  made.setAttribute("home", location.origin);
  for (const name of KNOWN) if (told.get(name)) made.setAttribute(name, told.get(name));
  if (told.get("theme")) document.documentElement.dataset.theme = told.get("theme") === "dark" ? "dark" : "light";
  document.getElementById("main").replaceChildren(made);
}

addEventListener("hashchange", show);
show();
