// Messages that no actor could work on: nothing is skipped silently.

import { card, empty, h, when } from "./dom.js";

export async function parked({ get }) {
  const found = await get("/api/parked");
  return [h("h1", {}, "Parked"), found.length
    ? found.map((p) => card(null, h("h2", {}, p.subject), h("p", { class: "down" }, p.why),
        h("p", { class: "soft" }, [p.consumer || p.actor, p.stream && `${p.stream} ${p.sequence}`, when(p.parked_at)].filter(Boolean).join(" · ")),
        p.data && h("details", {}, h("summary", {}, "payload"), h("pre", {}, pretty(p.data)))))
    : empty("Nothing is parked.", "An event that cannot be read, or that fails five times, would wait here for a person.")];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
