// The router: one page at a time, drawn anew when something moved, keeping scroll and focus.

import { get, live } from "./api.js";
import { h, prose } from "./dom.js";
import { overview } from "./overview.js";
import { jobs } from "./jobs.js";
import { job } from "./job.js";
import { looks } from "./looks.js";
import { parked } from "./parked.js";
import { alarms } from "./alarms.js";

const PAGES = [
  [/^\/$/, overview],
  [/^\/jobs$/, jobs],
  [/^\/jobs\/([\w-]+)$/, job],
  [/^\/looks(?:\/(.+))?$/, looks],
  [/^\/parked$/, parked],
  [/^\/alarms$/, alarms],
];

const main = document.getElementById("main");
const told = document.getElementById("live");
let drawing = 0;
let seeking = false; // the page of jobs was asked for by its search

// the token came in the address: keep it for this tab, and out of sight
function takeToken() {
  if (!location.hash.startsWith("#token=")) return;
  sessionStorage.setItem("token", location.hash.slice(7));
  history.replaceState(null, "", "#/");
}
takeToken();

function place() {
  const [path, query] = location.hash.replace(/^#/, "").split("?");
  return [path || "/", new URLSearchParams(query || "")];
}

async function draw(fresh) {
  const mine = ++drawing;
  const [path, query] = place();
  const [match, page] = PAGES.map(([pattern, page]) => [path.match(pattern), page]).find(([match]) => match) || [];
  for (const link of document.querySelectorAll("header nav a")) {
    const here = link.hash === "#/" ? path === "/" : path.startsWith(link.hash.slice(1));
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  if (fresh) main.replaceChildren(h("p", { class: "soft", role: "status" }, "Loading…"));
  let drawn;
  try {
    drawn = page ? await page({ get, query, args: match.slice(1).map((a) => a && decodeURIComponent(a)), fresh }) : nowhere();
  } catch (wrong) {
    drawn = [h("section", { class: "card alarm", role: "alert" }, h("h2", {}, "This cannot be shown"), h("p", {}, prose(wrong.message)),
      h("button", { type: "button", onclick: () => draw(true) }, "Try again"))];
  }
  if (mine !== drawing) return; // another page was asked for meanwhile
  const before = fresh ? null : kept();
  main.replaceChildren(...[drawn].flat(Infinity).filter(Boolean));
  if (fresh) ((seeking && document.getElementById("search")) || main).focus({ preventScroll: true });
  else restore(before);
  seeking = false;
  document.title = `${main.querySelector("h1")?.textContent || "usher"} · usher console`;
}

// What a person has under their hands outlives a page that is drawn anew: words half typed, what was opened, the focus.
function kept() {
  const focused = document.activeElement;
  return {
    focused: focused?.id,
    caret: focused?.selectionStart,
    typed: [...main.querySelectorAll("input[type=text][id], input[type=search][id]")].map((box) => [box.id, box.value]),
    scrolled: [...main.querySelectorAll(".scroll")].map((box) => box.scrollLeft),
    opened: [...main.querySelectorAll("details[id]")].map((box) => [box.id, box.open]),
  };
}

function restore({ focused, caret, typed, scrolled, opened }) {
  for (const [id, value] of typed) if (document.getElementById(id)) document.getElementById(id).value = value;
  for (const [id, open] of opened) if (open && document.getElementById(id)) document.getElementById(id).open = true;
  [...main.querySelectorAll(".scroll")].forEach((box, place) => { box.scrollLeft = scrolled[place] || 0; });
  const box = focused ? document.getElementById(focused) : null;
  box?.focus({ preventScroll: true });
  if (box && typeof caret === "number") box.setSelectionRange(caret, caret);
}

const nowhere = () => [h("h1", {}, "No such page"), h("p", {}, h("a", { href: "#/" }, "Back to the overview"))];

let waiting = null;
live(
  () => {
    if (document.hidden || waiting) return;
    waiting = setTimeout(function redraw() {
      waiting = document.querySelector("input:active") ? setTimeout(redraw, 150) : null; // not under a finger
      if (!waiting) draw(false);
    }, 150);
  },
  (up) => {
    told.textContent = up ? "live" : "reconnecting…";
    told.className = up ? "up" : "down";
  },
);
document.addEventListener("visibilitychange", () => document.hidden || draw(false));
window.addEventListener("hashchange", () => { takeToken(); draw(true); });
window.addEventListener("usher:draw", () => draw(false));

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    const box = document.getElementById("search");
    if (box) return box.focus();
    seeking = true;
    location.hash = "#/jobs";
  }
  const slider = document.getElementById("slider"); // a job's life, wherever the focus is
  if (slider && !event.defaultPrevented && !event.target.closest(".scroll") && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    event.key === "ArrowLeft" ? slider.stepDown() : slider.stepUp();
    slider.dispatchEvent(new Event("input"));
    event.preventDefault();
  }
  document.querySelector(`header nav a[data-key="${CSS.escape(event.key)}"]`)?.click();
});

const theme = document.getElementById("theme");
const chosen = localStorage.getItem("theme");
if (chosen) document.documentElement.dataset.theme = chosen;
theme.addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
});

draw(true);
