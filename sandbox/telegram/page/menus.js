// The menus: of a message, and of the chat.

import { $, nameOf } from "./icons.js";
import { post } from "./net.js";
import * as composer from "./composer.js";
import * as overlay from "./overlay.js";
import { trial } from "./trials.js";

export function messageMenu(messages, anchor, state, act) {
  const message = messages[messages.length - 1];
  const said = messages.map((one) => one.text || one.caption).find(Boolean);
  const mine = message.from.id === state.user;
  const id = { user: state.user, chat: state.chat };
  const remove = async () => {
    if (!(await overlay.ask("Delete this message?", "It goes for everybody in this chat.", "Delete", true))) return;
    for (const one of messages) await post("delete", { ...id, message: one.message_id }).catch((error) => overlay.toast(error.message));
  };
  overlay.popup(anchor, [
    ["reply", "Reply", () => composer.turnTo("reply", messages[0])],
    said && ["copy", "Copy text", () => act.copy(said)],
    mine && message.text && ["edit", "Edit", () => composer.turnTo("edit", message)],
    state.trials && !mine && ["bolt", "Test presses", () => trial(message, state, act).catch((error) => overlay.toast(error.message))],
    (mine || state.chat > 0) && ["bin", "Delete", remove, true],
  ]);
}

export function chatMenu(state, act) {
  const chat = state.chats.get(state.chat);
  const person = state.people.find((one) => one.id === state.user);
  const block = async () => {
    const name = nameOf(state.bot);
    if (!person.blocked && !(await overlay.ask(`Block ${name}?`, `${name} can no longer write to you.`, "Block", true))) return;
    await post(person.blocked ? "unblock" : "block", { user: state.user }).catch((error) => overlay.toast(error.message));
  };
  overlay.popup($("more"), [
    chat.type === "private" && ["close", person.blocked ? "Unblock the bot" : "Block the bot", block, !person.blocked],
    ["bolt", state.trials ? "End test mode" : "Test mode", () => {
      state.trials = !state.trials;
      sessionStorage.setItem("trials", state.trials ? "1" : "");
      act.head();
      if (state.trials) overlay.toast("Test mode: each message of the bot has “Test presses” in its menu.");
    }],
  ]);
}
