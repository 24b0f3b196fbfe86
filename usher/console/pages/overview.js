// How usher stands: alarms first, then jobs by state, actors, sites and streams.

import { ago, bytes, card, empty, h, number, prose, state, table, when } from "./dom.js";

const ORDER = ["WATCHING", "PENDING", "BOOKING", "AWAITING_INPUT", "AWAITING_CONSENT", "AWAITING_PAYMENT", "UNCERTAIN", "PAUSED", "SUCCESS", "REHEARSED", "CANCELLED", "EXPIRED", "FAILED"];

export async function overview({ get }) {
  const found = await get("/api/overview");
  return [
    h("h1", {}, "Overview"),
    alarms(found.alarms),
    h("div", { class: "grid" }, states(found), actors(found)),
    h("div", { class: "grid" }, newest(found.jobs), h("div", {}, sites(found.budget), streams(found.streams))),
  ];
}

function alarms(found) {
  if (!found.length) return h("p", { class: "fine" }, "✓ Nothing needs a person.");
  return h("section", { class: "card alarm", role: "alert" }, h("h2", {}, h("a", { href: "#/alarms" }, found.length === 1 ? "One alarm" : `${found.length} alarms`)),
    h("ul", {}, found.map((a) => h("li", {}, h("strong", {}, a.what), h("span", { class: "soft" }, ": ", prose(a.instead))))));
}

const away = () => empty("The read model does not answer.", prose("Start it: `usher run projector`. The log itself is complete."));

function states({ counts, answered }) {
  if (!answered) return card("Jobs by state", away());
  const rows = ORDER.filter((name) => counts[name]);
  if (!rows.length) return card("Jobs by state", empty("No jobs yet.", prose("A wish in the chat or `usher job create` makes the first.")));
  const most = Math.max(...rows.map((name) => counts[name]));
  return card("Jobs by state", h("dl", { class: "bars" }, rows.map((name) => {
    const bar = h("span", { class: `bar ${name.toLowerCase()}` });
    bar.style.width = `${Math.max(1.5, (100 * counts[name]) / most)}%`;
    return h("div", {}, h("dt", {}, state(name)), h("dd", {}, bar, h("b", {}, number(counts[name]))));
  })));
}

function actors({ lags, services, rates, errors }) {
  const names = [...new Set([...lags.map((l) => l.actor), "desk", "projector"])].sort();
  const answers = { desk: "usher", projector: "usher-query", watcher: "usher-site" };
  const rows = names.map((name) => {
    const mine = lags.filter((l) => l.actor === name);
    const alive = mine.every((l) => l.alive) && (!(name in answers) || services.includes(answers[name]));
    const pending = mine.reduce((sum, l) => sum + l.pending, 0);
    const work = mine.reduce((sum, l) => sum + l.in_work, 0);
    const again = mine.reduce((sum, l) => sum + l.redelivered, 0);
    const row = h("tr", { class: errors[name] ? "above" : null }, h("th", { scope: "row" }, name), h("td", {}, alive ? h("span", { class: "up" }, "● up") : h("span", { class: "down" }, "○ gone")),
      h("td", { class: "n" }, number(pending)), h("td", { class: "n" }, number(work)), h("td", { class: "n" }, number(again)), h("td", { class: "n" }, name in rates ? `${rates[name].toFixed(rates[name] < 10 ? 1 : 0)}/s` : ""));
    return errors[name] ? [row, h("tr", { class: "below" }, h("td", { colspan: 6, class: "soft" }, "last error: ", prose(errors[name].split("\n")[0].slice(0, 300))))] : row;
  });
  return card("Actors", table(["actor", "", "#behind", "#in work", "#again", "#rate"], rows));
}

const newest = (jobs) => card("Newest jobs", !jobs ? away() : jobs.length
  ? h("ul", { class: "list" }, jobs.map((j) => h("li", {}, h("a", { href: `#/jobs/${j.job_id}` }, h("span", { class: "title" }, j.film), state(j.status)),
      h("span", { class: "soft" }, `${j.city} · ${ago(j.updated_at)}`))))
  : empty("None yet."));

const sites = (budget) => card("Sites", !budget ? away() : table(["site", "state", "#left today", "#looks", "next look from"], budget.map((b) => h("tr", {},
  h("th", { scope: "row" }, b.site), h("td", {}, b.circuit === "closed" ? h("span", { class: "up" }, "lets us look") : h("span", { class: "down" }, `${b.circuit}, ${b.failures} ${b.failures === 1 ? "failure" : "failures"}`)),
  h("td", { class: "n" }, number(b.left)), h("td", { class: "n" }, number(b.looks_today)), h("td", {}, when(b.next_allowed_at))))));

const streams = (found) => card("Streams", table(["stream", "#messages", "#size", "#last"], found.map((st) => h("tr", {},
  h("th", { scope: "row" }, st.name), h("td", { class: "n" }, number(st.messages)), h("td", { class: "n" }, bytes(st.size)), h("td", { class: "n" }, number(st.last))))));
