// All jobs: filter, search, pages.

import { ago, empty, h, money, state, table, when } from "./dom.js";

const LISTS = ["all", "active", "watching", "waiting", "booked", "ended", "pending", "expired"];

let typing = null;

// The page is drawn anew in its place: whoever types goes on typing.
function seek(hash) {
  if (!location.hash.startsWith("#/jobs?") && location.hash !== "#/jobs") return; // another page was opened meanwhile
  history.replaceState(null, "", hash);
  window.dispatchEvent(new Event("usher:draw"));
}

export async function jobs({ get, query }) {
  const which = query.get("which") || "all", text = query.get("text") || "";
  const place = Object.fromEntries(["older", "newer"].filter((name) => query.get(name)).map((name) => [name, query.get(name)]));
  const found = await get(`/api/jobs?${new URLSearchParams({ which, text, ...place })}`);
  const to = (changes) => `#/jobs?${new URLSearchParams({ which, text, ...changes })}`;
  const search = h("input", {
    id: "search", type: "search", placeholder: "film, city, seats, number or id", "aria-label": "Search jobs", value: text,
    oninput: (event) => { clearTimeout(typing); typing = setTimeout(() => seek(to({ text: event.target.value })), 350); },
  });
  return [
    h("h1", {}, "Jobs"),
    h("div", { class: "tools" }, search,
      h("div", { class: "chips", role: "group", "aria-label": "Filter" },
        LISTS.map((name) => h("a", { class: "chip", href: to({ which: name }), "aria-current": name === which ? "true" : null }, name)))),
    found.jobs.length
      ? table(["job", "state", "film", "city", "show", "seats", "#price", "moved"], found.jobs.map(row), true)
      : empty(text || which !== "all" ? "No job fits." : "No jobs yet.", text || which !== "all" ? "Try another word or filter." : "A wish in the chat makes the first."),
    (found.older || found.newer) && h("nav", { class: "pages", "aria-label": "Pages of jobs" },
      found.newer ? [h("a", { class: "chip", href: to({}) }, "newest"), h("a", { class: "chip", href: to({ newer: found.newer }) }, "◀ newer")] : null,
      found.older ? [h("a", { class: "chip", href: to({ older: found.older }) }, "older ▶"), h("a", { class: "chip", href: to({ newer: "~" }) }, "oldest")] : null),
  ];
}

const row = (j) => h("tr", {},
  h("th", { scope: "row" }, h("a", { href: `#/jobs/${j.job_id}` }, j.job_id.slice(-8))), h("td", {}, state(j.status)),
  h("td", { class: "long title", title: j.film }, j.film), h("td", { class: "long" }, j.city), h("td", {}, when(j.starts)), h("td", {}, j.seats || ""),
  h("td", { class: "n" }, money(j.amount)), h("td", { class: "soft" }, ago(j.updated_at)));
