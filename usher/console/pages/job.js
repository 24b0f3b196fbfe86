// One job: its life as a drawn timeline, the state at any event and what changed, causes, pictures, raw events.

import { graph } from "./causes.js";
import { card, clock, day, empty, h, money, s, span, state, when } from "./dom.js";

let chosen = { job: "", at: -1 };

export async function job({ get, args: [id], fresh }) {
  const { card: it, events } = await get(`/api/jobs/${encodeURIComponent(id)}`);
  if (fresh || chosen.job !== it.job_id) chosen = { job: it.job_id, at: -1 };
  const at = chosen.at < 0 || chosen.at >= events.length ? events.length - 1 : chosen.at;
  const choose = (place) => {
    chosen.at = place === events.length - 1 ? -1 : Math.max(0, Math.min(events.length - 1, place));
    window.dispatchEvent(new Event("usher:draw"));
  };
  const slider = h("input", {
    id: "slider", type: "range", min: 0, max: events.length - 1, value: at, "aria-label": "Event",
    "aria-valuetext": `${at + 1} of ${events.length}: ${events[at].name}`, oninput: (event) => choose(Number(event.target.value)),
  });
  return [
    h("p", { class: "soft" }, h("a", { href: "#/jobs" }, "Jobs"), ` / ${it.job_id}`),
    h("h1", { class: "long" }, it.film),
    h("p", {}, state(it.status), " ", h("span", { class: "soft" }, summary(it))),
    card("Its life", timeline(events, at, choose), slider, h("p", { class: "soft" }, `event ${at + 1} of ${events.length} · ${events[at].name} · ${when(events[at].time)} · by ${events[at].actor}`)),
    h("div", { class: "grid" }, card(`State after event ${at + 1}`, changes(events[at])), card("Pictures", pictures(events, at))),
    card("What caused what", graph(events, at, choose, kind), h("details", { id: "as-a-list" }, h("summary", {}, "as a list"), causes(events, at, choose))),
    card("Raw events", events.map((event, place) => h("details", { id: `raw-${event.sequence}`, open: place === at },
      h("summary", {}, `${event.sequence} · ${clock(event.time)} · ${event.name}`), h("pre", {}, JSON.stringify(event.body, null, 2))))),
  ];
}

function summary(it) {
  const parts = [it.city, it.cinema, when(it.starts), it.seats, money(it.amount), it.confirmation && `number ${it.confirmation}`, it.reason];
  return parts.filter(Boolean).join(" · ");
}

const KINDS = [[/booked|paid/, "good"], [/failed|unknown|challenge|rejected/, "bad"], [/consent|mismatch|payment|paused|asked/, "asks"], [/cancelled|expired/, "end"]];
const kind = (name) => (KINDS.find(([pattern]) => pattern.test(name)) || [null, "plain"])[1];

// Events stand at equal distances: a life of three days has its last ten events within two seconds.
function timeline(events, at, choose) {
  const step = 92, width = Math.max(1, events.length) * step, y = 30;
  const dots = events.map((event, place) => {
    const x = place * step + step / 2, gap = place ? new Date(event.time) - new Date(events[place - 1].time) : 0;
    return s("g", { class: `dot ${kind(event.name)}${place === at ? " now" : ""}${place > at ? " later" : ""}`, role: "button", tabindex: "-1", onclick: () => choose(place) },
      place > 0 && s("line", { x1: x - step + 9, x2: x - 9, y1: y, y2: y }),
      place > 0 && gap > 0 && s("text", { class: "gap", x: x - step / 2, y: y - 8, "text-anchor": "middle" }, span(gap)),
      s("circle", { cx: x, cy: y, r: place === at ? 9 : 7 }),
      s("title", {}, `${event.name} · ${event.time}`),
      event.name.split("_").map((word, line) => s("text", { x, y: y + 24 + line * 13, "text-anchor": "middle" }, word)),
      picture(event) && s("image", { href: picture(event), x: x - 40, y: 84, width: 80, height: 54, preserveAspectRatio: "xMidYMid slice", onerror: (failed) => failed.target.remove() }));
  });
  const height = events.some(picture) ? 142 : 92;
  const drawing = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${events.length} events` }, dots);
  const box = h("div", { class: "scroll timeline", tabindex: "0", onkeydown: (event) => {
    if (event.key === "ArrowLeft") choose(at - 1);
    if (event.key === "ArrowRight") choose(at + 1);
  } }, drawing);
  requestAnimationFrame(() => { box.scrollLeft = at * step - box.clientWidth / 2; });
  return box;
}

const picture = ({ body }) => /\.png$/.test(body.artifact || "") && `/api/artifacts/${encodeURIComponent(body.artifact)}`;

const PAISE = new Set(["amount", "price", "cap"]);

function plain(name, value) {
  if (value === null || value === "") return "—";
  if (PAISE.has(name) && typeof value === "number") return money(value);
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return `${day(value)}, ${clock(value)}`;
  if (Array.isArray(value)) return value.map((one) => plain("", one)).join(", ") || "—";
  if (typeof value !== "object") return String(value);
  return Object.entries(value).filter(([, one]) => one !== null && one !== "").map(([key, one]) => `${key.replaceAll("_", " ")} ${plain(key, one)}`).join(" · ") || "—";
}

function changes(event) {
  const rows = Object.entries(event.state).filter(([name, value]) => event.changed[name] || (value !== null && value !== "" && value !== 0 && value !== false && name !== "wish" && name !== "offers" && JSON.stringify(value) !== "{}"));
  return h("dl", { class: "state-list" }, rows.map(([name, value]) => {
    const changed = event.changed[name];
    return h("div", { class: changed ? "changed" : null }, h("dt", {}, name.replaceAll("_", " ")),
      h("dd", {}, changed ? [h("del", {}, short(name, changed[0])), " → ", h("ins", {}, short(name, changed[1]))] : short(name, value)));
  }));
}

const short = (name, value) => { const text = plain(name, value); return text.length > 160 ? `${text.slice(0, 160)}…` : text; };

function pictures(events, at) {
  const found = events.slice(0, at + 1).filter(picture);
  if (!found.length) return empty("No pictures up to here.");
  return h("div", { class: "shots" }, found.map((event) => h("figure", {},
    h("a", { href: picture(event), target: "_blank", rel: "noopener" },
      h("img", { src: picture(event), alt: `Picture at ${event.name}`, onerror: (failed) => failed.target.parentNode.replaceWith(h("p", { class: "gone" }, "gone: pictures are kept seven days")) })),
    h("figcaption", { class: "soft" }, `${event.name}, ${clock(event.time)}`))));
}

// An event whose cause is not in this job's history was caused from outside (a timer, a command): it is a root.
function causes(events, at, choose) {
  const known = new Set(events.map((event) => event.event_id)), children = new Map();
  for (const event of events) {
    const parent = known.has(event.causation) && event.causation !== event.event_id ? event.causation : "";
    children.set(parent, [...(children.get(parent) || []), event]);
  }
  const branch = (parent) => h("ul", { class: "tree" }, (children.get(parent) || []).map((event) => {
    const place = events.indexOf(event);
    return h("li", {}, h("button", { type: "button", class: `link ${kind(event.name)}`, "aria-pressed": place === at ? "true" : "false", onclick: () => choose(place) }, event.name),
      h("span", { class: "soft" }, ` ${event.actor}, ${clock(event.time)}`), children.has(event.event_id) && branch(event.event_id));
  }));
  return branch("");
}
