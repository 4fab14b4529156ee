// Makes elements. Text is always text: nothing here reads markup.
const SVG = "http://www.w3.org/2000/svg";
let sprite = "";

// The icons become part of the page: they stay when the connection goes, and drawing again asks nobody for them.
export async function useSprite(url) {
  sprite = url;
  try {
    const drawn = new DOMParser().parseFromString(await (await fetch(url)).text(), "image/svg+xml").documentElement;
    drawn.setAttribute("class", "sr");
    drawn.setAttribute("aria-hidden", "true");
    document.body.append(document.adoptNode(drawn));
    sprite = "";
  } catch {
    // They are read from their own address.
  }
}

// h("button", {class: "button", onclick: f, "aria-label": "…"}, "text", child, null …)
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" && "value" in node) node.value = value;
    else if (name === "checked") node.checked = true;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name, small = true) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", small ? "icon small" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#i-${name}`);
  svg.append(use);
  return svg;
}

// Names with commas between; one that is written from the right turns round itself alone.
export function listed(names) {
  return names.flatMap((name, index) => [index ? ", " : null, h("bdi", {}, String(name))]);
}

// An e-mail address; where it needs two lines the second begins after the @.
export function addressed(email) {
  const at = email.lastIndexOf("@") + 1;
  return h("span", { title: email }, email.slice(0, at), h("wbr"), email.slice(at));
}

// A bar in percent: parts are [class, from, width] in shares of one.
export function bar(parts, { thick = false, label = "" } = {}) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", thick ? "bar thick" : "bar");
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else svg.setAttribute("aria-hidden", "true");
  for (const [name, from, width] of parts) {
    const rect = document.createElementNS(SVG, "rect");
    if (name) rect.setAttribute("class", name);
    rect.setAttribute("x", `${(from * 100).toFixed(2)}%`);
    rect.setAttribute("width", `${(width * 100).toFixed(2)}%`);
    rect.setAttribute("height", "100%");
    svg.append(rect);
  }
  return svg;
}

// A small distribution: one column for each count.
export function columns(counts) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "spread");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", `0 0 ${counts.length * 10} 30`);
  svg.setAttribute("preserveAspectRatio", "none");
  const most = Math.max(...counts, 1);
  counts.forEach((count, index) => {
    const rect = document.createElementNS(SVG, "rect");
    const height = count ? Math.max((count / most) * 30, 1) : 0;
    rect.setAttribute("x", index * 10 + 1);
    rect.setAttribute("y", 30 - height);
    rect.setAttribute("width", 8);
    rect.setAttribute("height", height);
    svg.append(rect);
  });
  return svg;
}

const grouped = new Intl.NumberFormat("en-GB");

export function figure(number) {
  return number < 0 ? `−${grouped.format(-number)}` : grouped.format(number);
}

export function share(part, whole) {
  if (!whole) return "0 %";
  const percent = (part / whole) * 100;
  return `${percent >= 10 ? percent.toFixed(0) : percent.toFixed(1).replace(/\.0$/, "")}\u00a0%`;
}

export function counted(number, one, many = `${one}s`) {
  return `${figure(number)} ${number === 1 ? one : many}`;
}
