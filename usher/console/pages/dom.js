// Elements and formats. Text only ever enters as text nodes: a film's title cannot become markup.

const SVG = "http://www.w3.org/2000/svg";

// Characters that turn or hide the text around them have no place in a name; they are written out, so that one sees them.
const visible = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : visible(String(child)));
  }
  return element;
}

export const h = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
export const s = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

const ZONE = "Asia/Kolkata"; // the city's zone, as everywhere in usher
const formats = {
  full: new Intl.DateTimeFormat("en-IN", { timeZone: ZONE, weekday: "short", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hour12: false }),
  day: new Intl.DateTimeFormat("en-IN", { timeZone: ZONE, weekday: "short", day: "2-digit", month: "short" }),
  clock: new Intl.DateTimeFormat("en-IN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }),
};

export const when = (iso) => (iso ? formats.full.format(new Date(iso)) : "");
export const clock = (iso) => (iso ? formats.clock.format(new Date(iso)) : "");
export const day = (iso) => (iso ? formats.day.format(new Date(iso)) : "");
export const money = (paise) => (paise === null || paise === undefined ? "" : "₹" + (paise / 100).toLocaleString("en-IN", { minimumFractionDigits: 2 }));
export const number = (value) => Number(value).toLocaleString("en-IN");
export const bytes = (size) => {
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (size < 1000 || unit === "GB") return `${size < 10 && unit !== "B" ? size.toFixed(1) : Math.round(size)} ${unit}`;
    size /= 1000;
  }
};
export const span = (ms) => {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3600000) return `${Math.round(ms / 60000)} min`;
  if (ms < 172800000) return `${(ms / 3600000).toFixed(1)} h`;
  return `${Math.round(ms / 86400000)} days`;
};
export const ago = (iso) => (iso ? `${span(Math.max(0, Date.now() - new Date(iso)))} ago` : "never");

// Texts of usher name commands between backticks.
export const prose = (text) => text.split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));

export const state = (status, word) => h("span", { class: `state ${status.toLowerCase()}` }, word || status.toLowerCase().replaceAll("_", " "));
export const empty = (what, next) => h("p", { class: "empty" }, what, next ? [h("br"), h("span", { class: "soft" }, next)] : null);
export const card = (title, ...children) => h("section", { class: "card" }, title ? h("h2", {}, title) : null, children);
// `stacked`: on a phone each row is a block of its own, its cells one after the other
export const table = (titles, rows, stacked) =>
  h("div", { class: stacked ? "scroll stacked" : "scroll", tabindex: "0" },
    h("table", {}, h("thead", {}, h("tr", {}, titles.map((t) => h("th", { scope: "col", class: t.startsWith("#") ? "n" : null }, t.replace(/^#/, ""))))), h("tbody", {}, rows)));
