// What looks saw: the groups, and one group's listing as a heat strip over time.

import { ago, card, clock, day, empty, h, number, s, table, when } from "./dom.js";

export async function looks({ get, args: [group] }) {
  return group ? strip(await get(`/api/looks/${encodeURIComponent(group)}`)) : list(await get("/api/groups"));
}

const named = (group) => group.split("--").slice(1).reverse().join(" · ");

function list(groups) {
  return [h("h1", {}, "Looks"), groups.length
    ? table(["group", "#shows on sale", "changed", "trouble"], groups.map((g) => h("tr", {},
        h("th", { scope: "row", class: "long title", title: g.watch_group }, h("a", { href: `#/looks/${encodeURIComponent(g.watch_group)}` }, named(g.watch_group))),
        h("td", { class: "n" }, number(g.shows), h("span", { class: "phone" }, g.shows === 1 ? " show" : " shows")), h("td", { class: "soft" }, ago(g.changed_at)), h("td", {}, g.trouble ? h("span", { class: "down" }, g.trouble) : ""))), true)
    : empty("Nothing was looked at yet.", "A job that is watched brings its group here.")];
}

const KINDS = { a: ["available", "available"], f: ["filling", "filling fast"], m: ["almost_full", "almost full"], s: ["sold_out", "sold out"], l: ["lapsed", "too late"], u: ["unknown", "not said"], "-": ["none", "not listed"], x: ["trouble", "no answer"] };
const ROW = 17, LEFT = 214, TOP = 22;

// A film in a city has hundreds of shows: one strip a day, drawn when it is opened.
function strip({ group, looks, shows }) {
  const title = named(group), days = new Map();
  for (const show of shows) days.set(day(show.starts), [...(days.get(day(show.starts)) || []), show]);
  return [
    h("p", { class: "soft" }, h("a", { href: "#/looks" }, "Looks"), ` / ${title}`), h("h1", {}, title),
    card("When shows appeared and filled",
      h("p", { class: "legend" }, Object.values(KINDS).map(([name, word]) => h("span", { class: "pair" }, h("span", { class: `swatch ${name}` }), word))),
      shows.length ? [...days].map(([name, its], place) => oneDay(name, its, looks, place === 0)) : empty("No show was listed yet.", `${looks.length} looks brought something new or failed.`)),
    card("Looks", table(["time", "result", "#shows", ""], looks.slice().reverse().map((look) => h("tr", {},
      h("td", {}, when(look.time)), h("td", {}, look.result), h("td", { class: "n" }, number(look.shows)), h("td", { class: "soft" }, look.detail))))),
  ];
}

function oneDay(name, shows, looks, open) {
  const left = shows.filter((show) => !"sl-x".includes(show.course.at(-1))).length;
  const box = h("details", { id: `day-${name.replace(/\W+/g, "-")}`, ontoggle: () => box.open && box.childElementCount === 1 && box.append(drawn(shows, looks)) },
    h("summary", {}, h("b", {}, name), h("span", { class: "soft" }, ` ${shows.length} ${shows.length === 1 ? "show" : "shows"}, ${left} on sale at the last look`)));
  if (open) box.open = true;
  return box;
}

function drawn(shows, looks) {
  const cell = Math.max(9, Math.min(40, Math.floor(900 / looks.length)));
  const cinemas = [...new Set(shows.map((show) => show.cinema))].sort();
  const lines = cinemas.flatMap((cinema) => [{ cinema }, ...shows.filter((show) => show.cinema === cinema)]);
  const width = LEFT + looks.length * cell + 34, height = TOP + lines.length * ROW + 6, every = Math.ceil(44 / cell);
  return h("div", { class: "scroll", tabindex: "0" }, s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${shows.length} shows over ${looks.length} looks` },
    looks.map((look, column) => column % every === 0 && s("text", { class: "gap", x: LEFT + column * cell, y: 13 }, clock(look.time).slice(0, 5))),
    lines.map((line, row) => line.id ? oneShow(line, looks, TOP + row * ROW, cell) : s("text", { class: "cinema", x: 0, y: TOP + row * ROW + 12 }, line.cinema))));
}

// Cells that stay the same are one rectangle: hundreds of shows over a hundred looks must not become a million elements.
function oneShow(show, looks, y, cell) {
  const name = `${clock(show.starts).slice(0, 5)} ${show.details}`, runs = [];
  [...show.course].forEach((letter, column) => (runs.at(-1)?.letter === letter ? runs.at(-1).length++ : runs.push({ letter, column, length: 1 })));
  return [
    s("text", { x: LEFT - 8, y: y + 11, "text-anchor": "end" }, name.length > 36 ? `${name.slice(0, 35)}…` : name, s("title", {}, `${name}, ${show.cinema}`)),
    runs.map(({ letter, column, length }) => s("rect", { class: `heat ${KINDS[letter][0]}`, x: LEFT + column * cell, y, width: length * cell - 1, height: ROW - 3, rx: 2 },
      s("title", {}, `${name}, ${show.cinema}\n${KINDS[letter][1]} from ${when(looks[column].time)}`))),
  ];
}
