// What looks saw: the groups, and one group's listing as a heat strip over time.

import { ago, card, clock, empty, h, number, s, table, when } from "./dom.js";

export async function looks({ get, args: [group] }) {
  return group ? strip(await get(`/api/looks/${encodeURIComponent(group)}`)) : list(await get("/api/groups"));
}

function list(groups) {
  return [h("h1", {}, "Looks"), groups.length
    ? table(["group", "shows on sale", "changed", "trouble"], groups.map((g) => h("tr", {},
        h("th", { scope: "row" }, h("a", { href: `#/looks/${encodeURIComponent(g.watch_group)}` }, g.watch_group.split("--").slice(1).reverse().join(" · "))),
        h("td", { class: "n" }, number(g.shows)), h("td", { class: "soft" }, ago(g.changed_at)), h("td", {}, g.trouble ? h("span", { class: "down" }, g.trouble) : ""))))
    : empty("Nothing was looked at yet.", "A job that is watched brings its group here.")];
}

const WORDS = { available: "available", filling: "filling fast", almost_full: "almost full", sold_out: "sold out", lapsed: "too late", unknown: "not said" };

function strip({ group, looks, shows }) {
  const cell = 14, left = 310, top = 26, width = left + looks.length * cell + 10, height = top + shows.length * (cell + 4) + 30;
  const rows = shows.map((show, row) => {
    const y = top + row * (cell + 4);
    const name = `${when(show.starts)} ${show.cinema}`;
    return [
      s("text", { x: left - 8, y: y + 11, "text-anchor": "end" }, name.length > 46 ? `${name.slice(0, 45)}…` : name, s("title", {}, name)),
      looks.map((look, column) => s("rect", { class: `heat ${look.result !== "seen" ? "trouble" : look.states[show.show_id] || "none"}`, x: left + column * cell, y, width: cell - 2, height: cell, rx: 3 },
        s("title", {}, `${name}\n${when(look.time)}: ${look.result !== "seen" ? look.detail : WORDS[look.states[show.show_id]] || "not listed"}`))),
    ];
  });
  const title = group.split("--").slice(1).reverse().join(" · ");
  return [
    h("p", { class: "soft" }, h("a", { href: "#/looks" }, "Looks"), ` / ${title}`), h("h1", {}, title),
    card("When shows appeared and filled", shows.length
      ? [h("div", { class: "scroll", tabindex: "0" }, s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${shows.length} shows over ${looks.length} looks` },
          looks.map((look, column) => column % 6 === 0 && s("text", { class: "gap", x: left + column * cell, y: 14 }, clock(look.time).slice(0, 5))), rows)),
        h("p", { class: "legend" }, Object.entries(WORDS).map(([name, word]) => [h("span", { class: `swatch ${name}` }), `${word} `]), h("span", { class: "swatch trouble" }), "no answer ")]
      : empty("No show was listed yet.", `${looks.length} looks brought something new or failed.`)),
    card("Looks", table(["time", "result", "shows", ""], looks.slice().reverse().map((look) => h("tr", {},
      h("td", {}, when(look.time)), h("td", {}, look.result), h("td", { class: "n" }, number(Object.keys(look.states).length)), h("td", { class: "soft" }, look.detail))))),
  ];
}
