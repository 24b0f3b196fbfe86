// Messages that no actor could work on: nothing is skipped silently, and what a person does about one is a record.

import { mayAct, post } from "./api.js";
import { ago, empty, h, prose, when } from "./dom.js";

let told = null; // the answer to the last command: {number, text, wrong}

export async function parked({ get, fresh }) {
  if (fresh) told = null;
  const { cases, more, waiting } = await get("/api/parked");
  return [
    h("h1", {}, "Parked"),
    cases.length > 0 && h("p", { class: "soft" }, waiting ? `${waiting} ${waiting === 1 ? "message waits" : "messages wait"} for a person; everything else goes on.` : "Nothing waits any more."),
    waiting > 0 && (mayAct()
      ? h("p", {}, waiting > 1 && button("Retry all, in order", "all", () => post("/api/parked/retry"), "asked for another try of all"))
      : h("p", { class: "note" }, prose("This page only reads: open the console with the address that `usher up` prints to retry or drop."))),
    said("all"),
    cases.length ? cases.map(one) : empty("Nothing is parked.", "An event that cannot be read, or that fails five times, would wait here for a person."),
    more > 0 && h("p", { class: "soft" }, prose(`and ${more} older ones: \`usher parked list --all\``)),
  ];
}

function one({ number, actor, message: m, asked, settled }) {
  const waits = !settled;
  return h("section", { class: `card case ${waits ? "waits" : "ended"}`, id: `case-${number}` },
    h("h2", {}, h("span", { class: "soft" }, `${number} `), m.subject),
    h("p", { class: "soft" }, [`by ${actor}`, m.stream && `${m.stream} ${m.sequence}`, m.parked_at && `${when(m.parked_at)} (${ago(m.parked_at)})`].filter(Boolean).join(" · ")),
    h("pre", { class: `error ${waits ? "down" : "soft"}` }, m.why.trim()),
    settled && h("p", {}, h("span", { class: `state ${settled.how === "retried" ? "success" : settled.how === "failed" ? "failed" : "cancelled"}` }, settled.how),
      ` by ${settled.by}, ${when(settled.at)}`, settled.why && `: ${settled.why}`),
    waits && asked && h("p", { class: "state paused" }, `is being tried again, asked for by ${asked.by}`),
    waits && mayAct() && actions(number),
    said(number),
    detail(number, "headers", Object.entries(m.headers || {}).map(([name, value]) => `${name}: ${value}`).join("\n")),
    detail(number, "payload", m.data && pretty(m.data)),
    detail(number, "traceback", m.traceback));
}

const detail = (number, name, text) => text && h("details", { id: `${name}-${number}` }, h("summary", {}, name), h("pre", {}, text));

function actions(number) {
  const why = h("input", { id: `why-${number}`, type: "text", maxlength: 500, placeholder: "reason for dropping it", "aria-label": `Reason for dropping ${number}` });
  return h("form", { class: "acts", onsubmit: (event) => { event.preventDefault(); act(number, () => post(`/api/parked/${number}/drop`, { why: why.value }), "dropped"); } },
    button("Retry", number, () => post(`/api/parked/${number}/retry`), "asked for another try"), why, h("button", { type: "submit", class: "danger" }, "Drop"));
}

const button = (label, number, work, done) =>
  h("button", { type: "button", onclick: (event) => { event.target.disabled = true; event.target.textContent = "Working…"; act(number, work, done); } }, label);

async function act(number, work, done) {
  try {
    await work();
    told = { number, text: done };
  } catch (wrong) {
    told = { number, text: wrong.message, wrong: true };
  }
  window.dispatchEvent(new Event("usher:draw"));
}

const said = (number) => told && told.number === number && h("p", { class: told.wrong ? "down" : "fine", role: "status" }, prose(told.text));

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
