// One job: its life as a drawn timeline, the state at any event and what changed, causes, pictures, raw events.

import { graph, STEP } from "./causes.js";
import { card, clock, day, empty, h, money, s, span, state, when } from "./dom.js";

let chosen = { job: "", at: -1, of: 0 }; // at -1: the newest, also when another comes

export async function job({ get, args: [id], fresh }) {
  const { card: it, events } = await get(`/api/jobs/${encodeURIComponent(id)}`);
  if (fresh || chosen.job !== it.job_id) chosen = { job: it.job_id, at: -1, of: 0 };
  let sum = {};
  const states = events.map(({ changed }) => (sum = { ...sum, ...Object.fromEntries(Object.entries(changed).map(([name, [, after]]) => [name, after])) }));
  let at = -1;
  const choose = (place) => {
    const to = Math.max(0, Math.min(events.length - 1, place));
    chosen.at = to === events.length - 1 ? -1 : to;
    show(to, true);
  };
  const part = (tag = "div", attributes = {}) => h(tag, attributes);
  const [said, title, state_, shots, list] = [part("p", { class: "soft" }), part("h2"), part(), part(), part()];
  const life = walkable("timeline"), why = walkable("causes"), names = part();
  const slider = h("input", { id: "slider", type: "range", min: 0, max: events.length - 1, "aria-label": "Event", oninput: () => choose(Number(slider.value)) });
  const raw = events.map((event) => h("details", { id: `raw-${event.sequence}` },
    h("summary", {}, `${event.sequence} · ${clock(event.time)} · ${event.name}`), h("pre", {}, typeof event.body === "string" ? event.body : JSON.stringify(event.body, null, 2))));

  // Only what depends on the event is drawn anew: the slider under a finger, the focus and the scroll stay.
  function show(to, centred) {
    const event = events[to];
    if (raw[at]) raw[at].open = false;
    raw[to].open = true;
    at = to;
    slider.value = at;
    slider.setAttribute("aria-valuetext", `${at + 1} of ${events.length}: ${event.name}`);
    said.replaceChildren(`event ${at + 1} of ${events.length} · ${event.name} · ${when(event.time)}${event.actor ? ` · by ${event.actor}` : ""}`);
    title.replaceChildren(`State after event ${at + 1}`);
    state_.replaceChildren(...[event.trouble && h("p", { class: "down" }, `✗ ${event.trouble}`), changes(states[at], event.changed)].filter(Boolean));
    shots.replaceChildren(pictures(events, at));
    life.replaceChildren(timeline(events, at, choose));
    const drawn = graph(events, at, choose, kind);
    names.replaceChildren(drawn.names);
    why.replaceChildren(drawn.drawing);
    list.replaceChildren(causes(events, at, choose));
    if (centred) for (const box of [life, why]) requestAnimationFrame(() => { box.scrollLeft = at * STEP + STEP / 2 - box.clientWidth / 2; });
  }
  function walkable(name) {
    return h("div", { id: name, class: `scroll ${name}`, tabindex: "0", onkeydown: (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) { event.preventDefault(); choose(at + step); }
    } });
  }
  show(chosen.at < 0 || chosen.at >= events.length ? events.length - 1 : chosen.at, chosen.of !== events.length);
  chosen.of = events.length;
  return [
    h("p", { class: "soft" }, h("a", { href: "#/jobs" }, "Jobs"), ` / ${it.job_id}`),
    h("h1", { class: "long" }, it.film),
    h("p", {}, state(it.status), " ", h("span", { class: "soft" }, summary(it))),
    card("Its life", life, slider, said),
    h("div", { class: "grid" }, h("section", { class: "card" }, title, state_), card("Pictures", shots)),
    card("What caused what", h("div", { class: "lanes" }, names, why), h("details", { id: "as-a-list" }, h("summary", {}, "as a list"), list)),
    card("Raw events", raw),
  ];
}

function summary(it) {
  const parts = [it.city, it.cinema, when(it.starts), it.seats, money(it.amount), it.confirmation && `number ${it.confirmation}`, it.reason];
  return parts.filter(Boolean).join(" · ");
}

const KINDS = [[/booked|paid/, "good"], [/failed|unknown|challenge|rejected/, "bad"], [/consent|mismatch|payment|paused|asked/, "asks"], [/cancelled|expired/, "end"]];
const kind = ({ name, trouble }) => (trouble ? "bad" : (KINDS.find(([pattern]) => pattern.test(name)) || [null, "plain"])[1]);

// Events stand at equal distances: a life of three days has its last ten events within two seconds.
function timeline(events, at, choose) {
  const step = STEP, width = Math.max(1, events.length) * step, y = 30;
  const dots = events.map((event, place) => {
    const x = place * step + step / 2, gap = place ? new Date(event.time) - new Date(events[place - 1].time) : 0;
    return s("g", { class: `dot ${kind(event)}${place === at ? " now" : ""}${place > at ? " later" : ""}`, role: "button", tabindex: "-1", onclick: () => choose(place) },
      s("rect", { class: "hit", x: x - 34, y: y - 14, width: 68, height: 56 }),
      place > 0 && s("line", { x1: x - step + 9, x2: x - 9, y1: y, y2: y }),
      place > 0 && gap > 0 && s("text", { class: "gap", x: x - step / 2, y: y - 8, "text-anchor": "middle" }, span(gap)),
      s("circle", { cx: x, cy: y, r: place === at ? 9 : 7 }),
      s("title", {}, `${event.name} · ${event.time}`),
      event.name.split("_").map((word, line) => s("text", { x, y: y + 24 + line * 13, "text-anchor": "middle" }, word)),
      picture(event) && s("image", { href: picture(event), x: x - 40, y: 84, width: 80, height: 54, preserveAspectRatio: "xMidYMid slice", onerror: (failed) => failed.target.remove() }));
  });
  const height = events.some(picture) ? 142 : 92;
  return s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${events.length} events` }, dots);
}

const picture = ({ body }) => /\.png$/.test(body?.artifact || "") && `/api/artifacts/${encodeURIComponent(body.artifact)}`;

const PAISE = new Set(["amount", "price", "cap"]);

function plain(name, value) {
  if (value === null || value === "") return "—";
  if (PAISE.has(name) && typeof value === "number") return money(value);
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return `${day(value)}, ${clock(value)}`;
  if (Array.isArray(value)) return value.map((one) => plain("", one)).join(", ") || "—";
  if (typeof value !== "object") return String(value);
  return Object.entries(value).filter(([, one]) => one !== null && one !== "").map(([key, one]) => `${key.replaceAll("_", " ")} ${plain(key, one)}`).join(" · ") || "—";
}

function changes(after, changed) {
  const rows = Object.entries(after).filter(([name, value]) => changed[name] || (value !== null && value !== "" && value !== 0 && value !== false && name !== "wish" && name !== "offers" && JSON.stringify(value) !== "{}"));
  return h("dl", { class: "state-list" }, rows.map(([name, value]) => {
    const change = changed[name];
    return h("div", { class: change ? "changed" : null }, h("dt", {}, name.replaceAll("_", " ")),
      h("dd", {}, change ? [h("del", {}, short(name, change[0])), " → ", h("ins", {}, short(name, change[1]))] : short(name, value)));
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
    return h("li", {}, h("button", { type: "button", class: `link ${kind(event)}`, "aria-pressed": place === at ? "true" : "false", onclick: () => choose(place) }, event.name),
      h("span", { class: "soft" }, ` ${event.actor || "nobody known"}, ${clock(event.time)}`), children.has(event.event_id) && branch(event.event_id));
  }));
  return branch("");
}
