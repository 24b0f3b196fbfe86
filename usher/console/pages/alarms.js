// What needs a person now, and what did: each is told once in the owner's chat, and once more when it is over.

import { ago, empty, h, prose, span, state, when } from "./dom.js";

const WHAT = {
  uncertain: "a payment was sent and its outcome is not known",
  actor: "nobody does an actor's work",
  lag: "an actor is far behind",
  parked: "messages wait for a person",
  blind: "a group cannot be looked at",
};

export async function alarms({ get }) {
  const found = await get("/api/alarms");
  const standing = found.filter((a) => !a.over_at), over = found.filter((a) => a.over_at);
  return [
    h("h1", {}, "Alarms"),
    standing.length ? standing.map(stands) : empty("✓ Nothing needs a person.", "Dead actors, lag, parked messages, groups that cannot be looked at and payments without an outcome would stand here."),
    over.length > 0 && [h("h2", {}, "Over"), over.map(ended)],
  ];
}

const stands = (a) => h("section", { class: "card alarm", role: "alert" },
  h("h2", {}, a.alarm.what), h("p", {}, prose(a.alarm.instead)),
  h("p", { class: "soft" }, [WHAT[a.alarm.name], a.since ? `stands since ${when(a.since)} (${ago(a.since)})` : "just seen",
    a.told_at ? `told in the chat at ${when(a.told_at)}` : "not told yet"].filter(Boolean).join(" · ")));

const ended = (a) => h("section", { class: "card case ended" }, h("h2", {}, state("expired", "over"), " ", a.alarm.what),
  h("p", { class: "soft" }, `from ${when(a.since)} to ${when(a.gone_at || a.over_at)}, ${span(new Date(a.gone_at || a.over_at) - new Date(a.since))}`));
