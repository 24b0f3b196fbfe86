// The chat page: state, what people can do, and what the server tells.

import { $, el, face, icon, nameOf, tintOf, titleOf } from "./icons.js";
import { get, live, post, takeKey } from "./net.js";
import * as composer from "./composer.js";
import * as overlay from "./overlay.js";
import * as room from "./room.js";
import * as side from "./side.js";
import { brief, busy } from "./message.js";
import { chatMenu, messageMenu } from "./menus.js";

const DOING = { typing: "typing…", upload_photo: "sending a photo…", upload_document: "sending a file…" };
const PRESS_SECONDS = 30; // a spinner gives up then, as clients do

const state = {
  bot: null, people: [], user: 0, chat: 0, chats: new Map(), typing: new Map(), online: true,
  pressed: new Map(), // "chat/message/data" → callback id
  code: "", trials: sessionStorage.getItem("trials") === "1",
  wanted: 0, // who the person chose to be: an answer that was asked for as somebody else comes too late
};

const act = {
  toast: overlay.toast,
  open: (message, size) => overlay.photo(message, size),
  jump: (id) => room.jump(id, act),
  command: (text) => composer.say(state, act, text),
  start: () => start(),
  become: (id) => become(id),
  enter: (id) => enter(id),
  copy: (text) => navigator.clipboard.writeText(text).then(() => overlay.toast("Copied"), () => overlay.toast("The browser did not allow copying.")),
  link: (href) => startLink(href),
  press: (message, button, node) => press(message, button, node),
  menu: (messages, anchor) => messageMenu(messages, anchor, state, act),
  head: () => drawHead(),
};

function startLink(href) {
  const found = new RegExp(`^https?://t\\.me/${state.bot.username}\\?start=([\\w-]+)$`, "i").exec(href);
  if (found) prefill(found[1]);
  return Boolean(found);
}

async function prefill(code) {
  state.code = code;
  await enter(state.user);
  composer.write(`/start ${code}`);
}

async function start() {
  const code = state.code;
  state.code = "";
  composer.write("");
  await composer.say(state, act, code ? `/start ${code}` : "/start");
  $("text").focus();
}

async function press(message, button, node) {
  const key = `${message.chat.id}/${message.message_id}/${button.callback_data}`;
  if (state.pressed.has(key) && !state.trials) return;
  state.pressed.set(key, "");
  busy(node, true);
  try {
    const body = { user: state.user, chat: message.chat.id, message: message.message_id, data: button.callback_data };
    const { callback } = await post("press", body);
    if (state.pressed.has(key)) state.pressed.set(key, callback);
    setTimeout(() => state.pressed.get(key) === callback && release(key), PRESS_SECONDS * 1000);
  } catch (error) {
    release(key);
    overlay.toast(error.message);
  }
}

function release(key) {
  state.pressed.delete(key);
  const [chat, id] = key.split("/");
  if (Number(chat) === state.chat) room.keys(Number(id), state, act);
}

function answered(change) {
  for (const [key, callback] of [...state.pressed]) {
    const early = !callback && change.user === state.user && key.startsWith(`${change.chat}/${change.message_id}/`);
    if (callback === change.callback || early) {
      const focused = document.activeElement?.dataset.place;
      release(key);
      if (focused && document.activeElement === document.body) document.querySelector(`[data-key="m${change.message_id}"] [data-place="${focused}"]`)?.focus();
    }
  }
  if (change.user !== state.user) return;
  if (change.url) startLink(change.url) || window.open(change.url, "_blank", "noopener");
  if (!change.text) return;
  if (change.alert) overlay.alertBox(change.text, nameOf(state.bot));
  else overlay.toast(change.text);
}

function drawHead() {
  const chat = state.chats.get(state.chat);
  const title = titleOf(chat, state.bot);
  const person = state.people.find((one) => one.id === state.user);
  const names = chat.members?.map((one) => one.first_name) || [];
  const quiet = chat.type === "private" ? (state.online ? "bot" : "bot, not running") : `${names.join(", ")} and ${state.bot.first_name}`;
  $("title").textContent = title;
  $("subtitle").textContent = state.typing.get(chat.id) || quiet;
  $("subtitle").classList.toggle("doing", state.typing.has(chat.id));
  $("face").replaceChildren(face(tintOf(chat.id, chat.type === "private"), title));
  $("deaf").hidden = state.online || person.blocked;
  $("deaf").textContent = `${state.bot.first_name} is not listening at the moment. What you write waits until it is back.`;
  $("more").classList.toggle("lit", state.trials);
  document.title = `${title} · ${nameOf(person)}`;
  const pinned = chat.pinned;
  $("pinned").hidden = !pinned;
  if (pinned) $("pinned").replaceChildren(icon("pin"), el("span", {}, el("b", {}, "Pinned message"), el("span", { dir: "auto" }, brief(pinned))));
  $("pinned").setAttribute("aria-label", pinned ? `Pinned message: ${brief(pinned)}` : "");
  $("pinned").onclick = () => room.jump(pinned.message_id, act);
}

function drawAll() {
  side.drawPeople(state, act);
  side.drawChats(state, act);
  drawHead();
  composer.drawComposer(state);
  composer.drawKeys(state, act);
}

async function refresh(user = state.wanted) {
  const told = await get("state", user ? { user } : {});
  if (user !== state.wanted) return told.now;
  state.wanted = told.user;
  Object.assign(state, { bot: told.bot, people: told.people, user: told.user, online: told.online });
  state.chats = new Map(told.chats.map((chat) => [chat.id, chat]));
  if (!state.chats.has(state.chat)) state.chat = state.user;
  return told.now;
}

async function become(id) {
  const before = state.chat;
  state.wanted = id;
  state.typing.clear();
  state.pressed.clear();
  try {
    await refresh(id);
  } catch (error) {
    if (state.wanted === id) state.wanted = state.user;
    return overlay.toast(error.message);
  }
  if (state.user !== id) return;
  state.chat = state.chats.has(before) && before < 0 ? before : id;
  await enter(state.chat, $("app").dataset.pane === "room");
}

async function enter(id, show = true) {
  composer.turnAway();
  state.chat = id;
  if (show) $("app").dataset.pane = "room";
  history.replaceState(null, "", `#/${state.user}/${id}`);
  drawAll();
  await room.open(state, act);
  composer.answerAsked(state);
  if (show && matchMedia("(min-width: 720px)").matches) $("text").focus();
}

const timers = new Map();

function doing(change) {
  quiet(change.chat);
  state.typing.set(change.chat, DOING[change.action] || "busy…");
  timers.set(change.chat, setTimeout(() => quiet(change.chat), 5000));
  drawHead();
  side.drawChats(state, act);
}

function quiet(chat) {
  clearTimeout(timers.get(chat));
  if (!state.typing.delete(chat)) return;
  drawHead();
  side.drawChats(state, act);
}

function onMessage(change, chat) {
  const { message } = change;
  const mine = message.from.id === state.user;
  if (message.from.id === state.bot.id) quiet(change.chat);
  if (change.kind === "message") {
    chat.last = message;
    if (!mine) chat.unread += 1;
    if (change.chat < 0) reload(); // the others in the group have one more to read
    if (mine && change.chat === state.user && !state.people.find((one) => one.id === state.user).started) reload();
  } else if (chat.last?.message_id === message.message_id) chat.last = message;
  if (chat.pinned?.message_id === message.message_id) chat.pinned = message;
  if (change.chat === state.chat) {
    room.put(message, state, act);
    if (change.kind === "message") composer.answerAsked(state);
  }
  side.drawChats(state, act);
  if (change.chat === state.chat) drawHead();
}

let pending = 0;
function reload() {
  clearTimeout(pending);
  pending = setTimeout(() => refresh().then(drawAll, () => {}), 60);
}

function onChange(change) {
  const chat = state.chats.get(change.chat);
  switch (change.kind) {
    case "pulse":
      if (state.online !== change.online) {
        state.online = change.online;
        drawHead();
      }
      return;
    case "people":
    case "commands":
    case "chat":
      return reload();
    case "answer":
      return answered(change);
  }
  if (!chat) {
    const other = change.kind === "message" && state.people.find((one) => one.id === change.chat);
    if (other) reload();
    return;
  }
  switch (change.kind) {
    case "message":
    case "edit":
      return onMessage(change, chat);
    case "delete":
      chat.pinned = change.pinned;
      if (change.chat === state.chat) room.drop(change.message_id, state, act);
      return reload();
    case "pin":
      chat.pinned = change.pinned;
      return drawHead();
    case "read":
      if (change.user === state.user) reload();
      return;
    case "action":
      return doing(change);
    case "keyboard":
      chat.keyboard = change.keyboard;
      return composer.drawKeys(state, act);
  }
}

function onLine(on) {
  $("banner").hidden = on;
  $("banner").textContent = on ? "" : "The connection to the local server is lost. Reconnecting…";
}

function fail(error) {
  const lost = error.status === 401;
  $("app").replaceChildren(el("div.empty.whole", { role: "alert" },
    el("img.emblem", { src: "icon.svg", alt: "" }),
    el("h2", {}, lost ? "This chat needs its key" : "The chat cannot be loaded"),
    el("p", {}, lost ? "Open the link that usher printed when it started: the key stands at its end." : error.message),
    lost ? null : el("button.main", { type: "button", onclick: () => location.reload() }, "Try again")));
}

async function begin() {
  side.watchTheme();
  const { start: code } = takeKey();
  const route = /^#\/(\d+)\/(-?\d+)$/.exec(location.hash);
  room.skeleton();
  state.wanted = route ? Number(route[1]) : 0;
  const now = await refresh().catch(() => {
    state.wanted = 0;
    return refresh();
  });
  if (route && state.chats.has(Number(route[2]))) state.chat = Number(route[2]);
  $("back").replaceChildren(icon("back"));
  $("more").replaceChildren(icon("more"));
  $("down").replaceChildren(icon("down"));
  composer.watchComposer(state, act);
  overlay.watchOverlays();
  side.watchArrows();
  room.watchScroll(state, act);
  $("back").addEventListener("click", () => {
    $("app").dataset.pane = "list";
    $("chats").querySelector('[aria-current="true"]')?.focus();
  });
  $("more").addEventListener("click", () => chatMenu(state, act));
  $("log").addEventListener("keydown", (event) => event.key === "Escape" && $("text").focus());
  document.addEventListener("visibilitychange", () => room.seen(state));
  const wide = matchMedia("(min-width: 720px)").matches;
  await enter(state.chat, wide || Boolean(code) || Boolean(route));
  if (code) await prefill(code);
  live(now, { onChange, onLine, onKey: () => fail({ status: 401 }), onMissed: () => refresh().then(() => enter(state.chat, $("app").dataset.pane === "room"), () => {}) });
}

begin().catch(fail);
