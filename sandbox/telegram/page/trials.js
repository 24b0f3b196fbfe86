// Test mode: presses no client could make. A button of an old version, twice at once, as somebody else.

import { el, nameOf } from "./icons.js";
import { get, post } from "./net.js";
import { form } from "./overlay.js";

const buttonsOf = (markup) => (markup?.inline_keyboard || []).flat().filter((button) => button.callback_data !== undefined);

export async function trial(message, state, act) {
  const chat = message.chat.id;
  const { versions } = await get("versions", { user: state.user, chat, message: message.message_id });
  const all = [...versions.map((one) => [`version ${one.version}`, buttonsOf(one.markup)]), ["now", buttonsOf(message.reply_markup)]];
  const members = state.chats.get(chat).members;
  const who = el("select", { id: "trial-who" }, ...members.map((one) => el("option", { value: String(one.id), selected: one.id === state.user }, nameOf(one))));
  const times = el("input", { id: "trial-times", type: "number", min: "1", max: "5", value: "1" });
  const press = (data) => async () => {
    const body = { user: Number(who.value), chat, message: message.message_id, data, force: true };
    const presses = Array.from({ length: Number(times.value) || 1 }, () => post("press", body));
    const done = await Promise.allSettled(presses);
    const failed = done.find((one) => one.status === "rejected");
    act.toast(failed ? failed.reason.message : `Pressed ${done.length} time${done.length > 1 ? "s" : ""}: ${data}`);
  };
  const rows = all.filter(([, buttons]) => buttons.length).reverse().map(([label, buttons]) =>
    el("section.trial", {}, el("h3", {}, label), ...buttons.map((button) =>
      el("button.key", { type: "button", title: button.callback_data, onclick: press(button.callback_data) }, button.text))));
  const own = el("input", { id: "trial-data", placeholder: "any data, 64 bytes at most" });
  const send = el("button.key", { type: "button", onclick: () => press(own.value)() }, "Press");
  form("Test presses",
    el("p.said", {}, "Presses that a real client would not let through, and that a bot must bear."),
    el("div.fields", {}, el("label", { for: "trial-who" }, "As "), who, el("label", { for: "trial-times" }, "times "), times),
    ...rows,
    el("section.trial", {}, el("h3", {}, "made up"), own, send));
}
