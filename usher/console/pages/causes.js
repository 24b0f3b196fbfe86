// What caused what: one lane an actor, events in their order from left to right, an arrow from each cause to its effect.

import { s } from "./dom.js";

export const STEP = 92; // from an event to the next
const LANE = 54, TOP = 26;
const NOBODY = "?"; // who wrote what cannot be read
const LANES = ["desk", "scheduler", "watcher", "booker"];

// `names` of the lanes, which stay in sight while the `drawing` is scrolled.
export function graph(events, at, choose, kind) {
  const by = (event) => event.actor || NOBODY;
  const lanes = [...new Set([...LANES, ...events.map(by)])].filter((lane) => events.some((event) => by(event) === lane));
  const place = new Map(events.map((event, number) => [event.event_id, number]));
  const x = (number) => number * STEP + STEP / 2, y = (event) => TOP + lanes.indexOf(by(event)) * LANE;
  const width = events.length * STEP, height = TOP + lanes.length * LANE;
  const causes = chain(events, at, place);
  const arrows = events.flatMap((event, number) => {
    const from = place.get(event.causation);
    if (from === undefined || from >= number) return [];
    const [x1, y1, x2, y2] = [x(from), y(events[from]), x(number), y(event)], on = causes.has(number) && causes.has(from);
    const bend = y1 === y2 && number - from > 1 ? -26 : 0; // over the events between them
    return [s("path", { class: `arrow${on ? " on" : ""}`, "marker-end": `url(#tip${on ? "-on" : ""})`,
      d: bend ? `M${x1 + 6},${y1 - 6} Q${(x1 + x2) / 2},${y1 + bend} ${x2 - 9},${y2 - 6}` : `M${x1 + 9},${y1} C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2 - 11},${y2}` })];
  });
  const nodes = events.map((event, number) =>
    s("g", { class: `dot ${kind(event)}${number === at ? " now" : ""}`, role: "button", tabindex: "-1", onclick: () => choose(number) },
      s("rect", { class: "hit", x: x(number) - 34, y: y(event) - 14, width: 68, height: 40 }),
      s("circle", { cx: x(number), cy: y(event), r: number === at ? 8 : 6 }),
      s("text", { x: x(number), y: y(event) + 20, "text-anchor": "middle" }, short(event.name)),
      s("title", {}, `${number + 1}. ${event.name}, by ${by(event)}${place.has(event.causation) ? `, because of ${events[place.get(event.causation)].name}` : ""}`)));
  const tip = (id) => s("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" }, s("path", { d: "M0,0 L8,4 L0,8 z" }));
  const drawing = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Causes of ${events.length} events by ${lanes.length} actors` },
    s("defs", {}, tip("tip"), tip("tip-on")),
    lanes.map((lane, row) => s("line", { class: "lane", x1: 0, x2: width, y1: TOP + row * LANE, y2: TOP + row * LANE })), arrows, nodes);
  const names = s("svg", { viewBox: `0 0 72 ${height}`, width: 72, height, "aria-hidden": "true" }, lanes.map((lane, row) => s("text", { class: "gap", x: 0, y: TOP + row * LANE + 4 }, lane)));
  return { names, drawing };
}

// The event and what led to it, back to the wish.
function chain(events, at, place) {
  const found = new Set();
  for (let number = at; number !== undefined && !found.has(number); number = place.get(events[number].causation)) found.add(number);
  return found;
}

const short = (name) => (name.length > 15 ? `${name.slice(0, 14)}…` : name).replaceAll("_", " ");
