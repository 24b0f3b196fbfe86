// Where one writes: text, replies, edits, files, commands.

import { $, el, icon, nameOf } from "./icons.js";
import { brief } from "./message.js";
import { post, upload } from "./net.js";
import * as room from "./room.js";

const text = $("text");
const list = $("commands");
let about = null; // {kind: "reply" | "edit", message}
let chosen = -1;

export function fit() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 180)}px`;
  $("composer").classList.toggle("filled", Boolean(text.value.trim()));
}

export function write(value) {
  text.value = value;
  fit();
  text.focus();
  text.setSelectionRange(value.length, value.length);
}

export function turnTo(kind, message) {
  about = { kind, message };
  const name = kind === "reply" ? `Reply to ${nameOf(message.from)}` : "Edit your message";
  $("about").replaceChildren(icon(kind), el("span", {}, el("b", {}, name), el("span", {}, brief(message))),
    el("button.round", { type: "button", "aria-label": "Cancel", onclick: () => turnAway() }, icon("close")));
  $("about").hidden = false;
  $("send").replaceChildren(icon(kind === "edit" ? "check" : "send"));
  if (kind === "edit") write(message.text);
  else text.focus();
}

export function turnAway() {
  if (!about) return false;
  if (about.kind === "edit") write("");
  about = null;
  $("about").hidden = true;
  $("send").replaceChildren(icon("send"));
  return true;
}

export async function say(state, act, said) {
  await post("send", { user: state.user, chat: state.chat, text: said }).catch((error) => act.toast(error.message));
}

async function send(state, act) {
  const said = text.value;
  if (!said.trim()) return;
  const target = about;
  const body = { user: state.user, chat: state.chat, text: said };
  text.value = "";
  turnAway();
  fit();
  closeCommands();
  try {
    if (target?.kind === "edit") await post("edit", { ...body, message: target.message.message_id });
    else await post("send", { ...body, reply_to: target?.message.message_id });
  } catch (error) {
    write(said);
    act.toast(error.message);
  }
}

async function sendFile(file, state, act) {
  const kind = /^image\/(png|jpeg|webp)$/.test(file.type) ? "photo" : "document";
  const caption = text.value;
  $("attach").classList.add("busy");
  try {
    await upload({ user: state.user, chat: state.chat, kind, name: file.name, caption }, file);
    write("");
  } catch (error) {
    act.toast(error.message);
  }
  $("attach").classList.remove("busy");
}

function closeCommands() {
  list.hidden = true;
  chosen = -1;
  text.removeAttribute("aria-activedescendant");
  $("menu").setAttribute("aria-expanded", "false");
}

function choose(index) {
  const options = [...list.children];
  chosen = (index + options.length) % options.length;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
  options[chosen].scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-activedescendant", options[chosen].id);
}

function showCommands(state, act, begun) {
  const commands = state.chats.get(state.chat)?.commands || [];
  const found = commands.filter(({ command }) => command.startsWith(begun));
  if (!found.length) return closeCommands();
  list.replaceChildren(...found.map(({ command, description }, index) =>
    el("li", { role: "option", id: `command-${index}`, "aria-selected": "false", onclick: () => run(state, act, command) },
      el("b", {}, `/${command}`), el("span", {}, description))));
  list.hidden = false;
  $("menu").setAttribute("aria-expanded", "true");
  choose(0);
}

function run(state, act, command) {
  closeCommands();
  text.value = "";
  fit();
  text.focus();
  say(state, act, `/${command}`);
}

function onKey(event, state, act) {
  const open = !list.hidden;
  if (open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
  } else if (open && event.key === "Tab" && !event.shiftKey) {
    event.preventDefault();
    write(`${list.children[chosen].querySelector("b").textContent} `);
    closeCommands();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (open && !text.value.includes(" ")) run(state, act, list.children[chosen].querySelector("b").textContent.slice(1));
    else send(state, act);
  } else if (event.key === "ArrowUp" && !text.value) {
    const mine = [...document.querySelectorAll("#log .mine")].map((node) => room.message(Number(node.dataset.id)));
    const last = mine.filter((message) => message?.text).pop();
    if (last) {
      event.preventDefault();
      turnTo("edit", last);
    }
  } else if (event.key === "Escape") {
    if (open) closeCommands();
    else turnAway();
  }
}

// A reply keyboard of the bot, and a reply it asks for.
export function drawKeys(state, act) {
  const markup = state.chats.get(state.chat)?.keyboard;
  const rows = markup?.keyboard || [];
  $("keys").hidden = !rows.length;
  $("keys").replaceChildren(...rows.map((row) => el("div.row", {}, ...row.map((button) => {
    const label = typeof button === "string" ? button : button.text;
    return el("button.key", { type: "button", onclick: () => say(state, act, label) }, label);
  }))));
  text.placeholder = markup?.input_field_placeholder || "Message";
}

// The bot asked for a reply (ForceReply): what is written next answers it.
export function answerAsked(state) {
  const markup = state.chats.get(state.chat)?.keyboard;
  const last = room.newest();
  if (!markup?.force_reply || about || last?.from.id !== state.bot.id) return;
  const asked = last.reply_to_message?.from.id;
  if (!markup.selective || state.chat > 0 || asked === state.user) turnTo("reply", last);
}

export function drawComposer(state) {
  const chat = state.chats.get(state.chat);
  const person = state.people.find((one) => one.id === state.user);
  const privately = chat.type === "private";
  const start = $("start");
  start.hidden = !(privately && (person.blocked || (!person.started && !state.code)));
  start.textContent = person.blocked ? "Unblock and restart" : "Start";
  $("composer").querySelector(".line").hidden = !start.hidden;
  $("menu").hidden = !chat.commands.length;
}

export function watchComposer(state, act) {
  $("send").replaceChildren(icon("send"));
  $("attach").replaceChildren(icon("attach"));
  $("menu").replaceChildren(icon("slash"), el("span", {}, "Menu"));
  text.addEventListener("input", () => {
    fit();
    const begun = /^\/([a-z0-9_]*)$/.exec(text.value);
    if (begun) showCommands(state, act, begun[1]);
    else closeCommands();
  });
  text.addEventListener("keydown", (event) => onKey(event, state, act));
  text.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file) {
      event.preventDefault();
      sendFile(file, state, act);
    }
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send(state, act);
  });
  $("menu").addEventListener("click", () => {
    if (list.hidden) {
      text.focus();
      showCommands(state, act, "");
    } else closeCommands();
  });
  $("attach").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    if ($("file").files[0]) sendFile($("file").files[0], state, act);
    $("file").value = "";
  });
  $("start").addEventListener("click", act.start);
  document.addEventListener("pointerdown", (event) => {
    if (!$("composer").contains(event.target)) closeCommands();
  });
}
