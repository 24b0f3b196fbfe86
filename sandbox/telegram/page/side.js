// The side: who you are, your chats, light or dark.

import { $, el, face, icon, nameOf, tintOf, titleOf } from "./icons.js";
import { brief, timeOf } from "./message.js";

const dayForm = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const THEMES = [["auto", "As the system"], ["light", "Light"], ["dark", "Dark"]];

function whenOf(seconds) {
  const day = new Date(seconds * 1000);
  return day.toDateString() === new Date().toDateString() ? timeOf(seconds) : dayForm.format(day);
}

export function drawPeople(state, act) {
  const box = $("people");
  const focused = box.contains(document.activeElement);
  box.replaceChildren(...state.people.map((person) => {
    const on = person.id === state.user;
    const unread = on ? 0 : person.unread;
    const label = `${nameOf(person)}${unread ? `, ${unread} unread` : ""}`;
    return el("button.person", { type: "button", role: "radio", "aria-checked": String(on), "aria-label": label, tabindex: on ? "0" : "-1", title: `Be ${nameOf(person)}`, dataset: { id: person.id }, onclick: () => act.become(person.id) },
      face(tintOf(person.id), nameOf(person), true), el("span", {}, person.first_name), unread ? el("i.count", {}, String(unread)) : null);
  }));
  if (focused) box.querySelector('[aria-checked="true"]')?.focus();
}

export function drawChats(state, act) {
  const list = $("chats");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  const order = [...state.chats.values()].sort((a, b) => (b.last?.date || 0) - (a.last?.date || 0) || b.id - a.id);
  list.replaceChildren(...order.map((chat) => {
    const title = titleOf(chat, state.bot);
    const typing = state.typing.get(chat.id);
    const last = chat.last;
    const who = last && chat.type !== "private" ? `${last.from.id === state.user ? "You" : last.from.first_name}: ` : last && last.from.id === state.user ? "You: " : "";
    const line = typing ? el("em", {}, typing) : last ? el("span", { dir: "auto" }, el("b", {}, who), brief(last)) : el("span", {}, "No messages yet");
    return el("li", {}, el("button.chat", { type: "button", "aria-current": chat.id === state.chat ? "true" : null, dataset: { id: chat.id }, onclick: () => act.enter(chat.id) },
      face(tintOf(chat.id, chat.type === "private"), title),
      el("span.top", {}, el("strong", {}, title), last ? el("time", {}, whenOf(last.date)) : null),
      el("span.low", {}, line, chat.unread ? el("i.count", { "aria-label": `${chat.unread} unread` }, String(chat.unread)) : null)));
  }));
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
}

function applyTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const [, label] = THEMES.find(([name]) => name === theme);
  const button = $("theme");
  button.replaceChildren(icon({ auto: "auto", light: "sun", dark: "moon" }[theme]));
  button.setAttribute("aria-label", `Colours: ${label}. Press to change`);
  button.title = `Colours: ${label}`;
}

export function watchTheme() {
  let theme = localStorage.getItem("theme") || "auto";
  applyTheme(theme);
  $("theme").addEventListener("click", () => {
    const place = THEMES.findIndex(([name]) => name === theme);
    theme = THEMES[(place + 1) % THEMES.length][0];
    localStorage.setItem("theme", theme);
    applyTheme(theme);
  });
}

// Arrows walk through people and chats.
export function watchArrows() {
  const walk = (box, what, event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...box.querySelectorAll(what)];
    const next = all[all.indexOf(document.activeElement) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  };
  $("people").addEventListener("keydown", (event) => walk($("people"), ".person", event));
  $("chats").addEventListener("keydown", (event) => walk($("chats"), ".chat", event));
}
