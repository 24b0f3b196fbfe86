// Messages that no actor could work on: nothing is skipped silently.

import { card, empty, h, prose, when } from "./dom.js";

export async function parked({ get }) {
  const found = await get("/api/parked");
  return [h("h1", {}, "Parked"), found.length
    ? found.map(({ number, actor, message: m, asked, settled }) => card(null,
        h("h2", {}, `${number} · ${m.subject}`), h("p", { class: settled ? "soft" : "down" }, m.why),
        h("p", { class: "soft" }, [actor, m.stream && `${m.stream} ${m.sequence}`, when(m.parked_at)].filter(Boolean).join(" · ")),
        h("p", {}, settled ? `${settled.how} by ${settled.by}, ${when(settled.at)}` : asked ? "is being tried again" : prose(`waits: \`usher parked retry ${number}\` or \`usher parked drop ${number} --why …\``)),
        m.traceback && h("details", {}, h("summary", {}, "traceback"), h("pre", {}, m.traceback)),
        m.data && h("details", {}, h("summary", {}, "payload"), h("pre", {}, pretty(m.data)))))
    : empty("Nothing is parked.", "An event that cannot be read, or that fails five times, would wait here for a person.")];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
