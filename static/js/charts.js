// Draws every chart of the page: <div data-chart="ID"> shows the figure in the json_script with that id.
// A figure is Plotly's {data, layout}. A colour is the name of a token ("--accent", with an opacity "--accent/0.2"),
// so that charts follow the theme; they are drawn again when it changes. Only where a colour belongs: a label that
// reads like a token stays what it is.
const TOKEN = /^(--[\w-]+)(?:\/([\d.]+))?$/;
const COLOUR = /color(scale)?$/;
const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function resolveToken(name, opacity) {
  const swatch = document.createElement("i");
  swatch.hidden = true;
  swatch.style.color = `var(${name})`;
  document.body.append(swatch);
  const colour = getComputedStyle(swatch).color;
  swatch.remove();
  // Plotly reads rgb only; a canvas turns whatever the browser knows into that.
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${opacity ?? 1})`;
}

function coloured(part, isColour = false) {
  if (typeof part === "string") {
    const found = isColour && TOKEN.exec(part);
    return found ? resolveToken(found[1], found[2]) : part;
  }
  if (Array.isArray(part)) return part.map((one) => coloured(one, isColour));
  if (part && typeof part === "object") {
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, coloured(value, COLOUR.test(key))]));
  }
  return part;
}

function axis(given) {
  return coloured({
    automargin: true, fixedrange: true, gridcolor: "--line", linecolor: "--line", zerolinecolor: "--line",
    tickfont: { color: "--ink-3", size: 12 }, ...given,
  });
}

function layoutOf(given = {}) {
  return {
    ...coloured({
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 8, r: 8, t: 8, b: 8 },
      font: { family: getComputedStyle(document.body).fontFamily, color: "--ink-2", size: 13 },
      hovermode: "x unified", hoverlabel: { bgcolor: "--raised", bordercolor: "--line-strong", font: { color: "--ink" } },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: "--ink-2", size: 13 } },
      ...given,
    }),
    xaxis: axis({ showgrid: false, ...given.xaxis }),
    yaxis: axis(given.yaxis),
  };
}

// On a narrow place the names at both ends of a flow would meet: they are cut, their figures stay.
const NARROW = 480;
const ROOM = 16;

function cut(label) {
  const [, name, figure = ""] = /^(.*?)(, [\d,]+)?$/s.exec(label);
  const letters = name.match(/&\w+;|./gsu) ?? [];
  return letters.length > ROOM ? `${letters.slice(0, ROOM - 1).join("").trimEnd()}…${figure}` : label;
}

function fitted(traces, place) {
  if (place.clientWidth >= NARROW) return traces;
  return traces.map((trace) => trace.type === "sankey"
    ? { ...trace, textfont: { ...trace.textfont, size: 12 }, node: { ...trace.node, label: trace.node.label.map(cut) } }
    : trace);
}

function draw(place) {
  const figure = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  window.Plotly.react(place, coloured(fitted(figure.data, place)), layoutOf(figure.layout), config);
}

function drawAll(within) {
  if (!window.Plotly) return;
  const charts = within.matches?.("[data-chart]") ? [within] : within.querySelectorAll("[data-chart]");
  for (const place of charts) draw(place);
}

drawAll(document);
document.addEventListener("facet:theme", () => drawAll(document));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
// On paper a chart is light and as wide as an upright page: no style makes Plotly's drawings narrower.
const PAPER = 640;
const root = document.documentElement;
let worn = null; // the theme that comes back after printing; "" is the system's

addEventListener("beforeprint", () => {
  worn ??= root.dataset.theme ?? "";
  root.dataset.theme = "light";
  drawAll(document);
  for (const place of document.querySelectorAll("[data-chart]")) {
    window.Plotly?.relayout(place, { width: Math.min(PAPER, place.clientWidth) });
  }
});
addEventListener("afterprint", () => {
  if (worn) root.dataset.theme = worn;
  else delete root.dataset.theme;
  worn = null;
  drawAll(document);
  for (const place of document.querySelectorAll("[data-chart]")) window.Plotly?.relayout(place, { width: null, autosize: true });
});
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
