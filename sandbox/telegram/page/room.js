// The open chat: its messages in order, kept in place while they change.

import { $, el } from "./icons.js";
import { bubble, keyboard, service } from "./message.js";
import { get, post } from "./net.js";

const dayForm = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const yearForm = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const scroll = $("scroll");
const log = $("log");
const known = new Map(); // message id → message, of the open chat
let more = false;
let loading = false;
let fresh = 0; // messages that came while the reader was further up
let newFrom = 0; // the first unread message when the chat was opened
let divided = 0; // the message above which "New messages" stands

function dayOf(seconds) {
  const day = new Date(seconds * 1000);
  const gone = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 864e5);
  if (gone === 0) return "Today";
  if (gone === 1) return "Yesterday";
  return (day.getFullYear() === new Date().getFullYear() ? dayForm : yearForm).format(day);
}

export const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;

export function toEnd(smooth = false) {
  const near = scroll.scrollHeight - scroll.scrollTop < 3 * scroll.clientHeight;
  scroll.scrollTo({ top: scroll.scrollHeight, behavior: smooth && near ? "smooth" : "instant" });
  fresh = 0;
  mark();
}

function mark() {
  const button = $("down");
  button.hidden = atEnd();
  button.dataset.count = fresh || "";
}

// Messages in order, an album's parts together.
function groups() {
  const found = [];
  for (const message of [...known.values()].sort((a, b) => a.message_id - b.message_id)) {
    const last = found[found.length - 1];
    const joins = last && message.media_group_id && last[0].media_group_id === message.media_group_id;
    if (joins) last.push(message);
    else found.push([message]);
  }
  return found;
}

const keyOf = (messages) => `m${messages[0].message_id}`;
const stampOf = (messages) => messages.map((one) => `${one.message_id}.${one.version}.${JSON.stringify(one.reaction || "")}`).join(" ");

function wanted(state) {
  const list = [];
  let day = "";
  let before = null;
  for (const messages of groups()) {
    const first = messages[0];
    const today = dayOf(first.date);
    if (today !== day) {
      list.push({ key: `d${today}`, stamp: "", make: () => el("div.day", { role: "separator" }, el("span", {}, today)) });
      before = null;
    }
    if (newFrom && first.message_id >= newFrom && first.from.id !== state.user) {
      divided = first.message_id;
      newFrom = 0;
    }
    if (divided === first.message_id) {
      list.push({ key: "new", stamp: "", make: () => el("div.new", { role: "separator" }, "New messages") });
      before = null;
    }
    day = today;
    const joined = before && before.from.id === first.from.id && first.date - before.date < 300 && !service(before) && !service(first);
    list.push({ key: keyOf(messages), stamp: stampOf(messages), messages, joined: Boolean(joined) });
    before = messages[messages.length - 1];
  }
  return list;
}

// Bring the page to what is known, touching only what differs; the reader's place and the focus stay.
export function draw(state, act) {
  const follow = atEnd();
  const there = new Map([...log.children].map((child) => [child.dataset.key, child]));
  let previous = null;
  for (const item of wanted(state)) {
    let node = there.get(item.key);
    there.delete(item.key);
    if (!node || node.dataset.stamp !== item.stamp) {
      const made = item.messages ? bubble(item.messages, state, act) : item.make();
      made.dataset.key = item.key;
      made.dataset.stamp = item.stamp;
      if (node) replace(node, made);
      else if (previous) previous.after(made);
      else log.prepend(made);
      node = made;
    }
    if (item.messages) node.classList.toggle("joined", item.joined);
    if (previous?.classList.contains("message")) previous.classList.toggle("last", !(item.messages && item.joined));
    if (previous && previous.nextSibling !== node) previous.after(node);
    previous = node;
  }
  if (previous?.classList.contains("message")) previous.classList.add("last");
  for (const gone of there.values()) gone.remove();
  empty(state, act);
  if (follow) toEnd();
  mark();
}

function replace(node, made) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  const place = focused?.dataset.place;
  const wasKey = Boolean(focused?.classList.contains("key"));
  node.querySelectorAll(".spoiler.seen").forEach((_, index) => made.querySelectorAll(".spoiler")[index]?.classList.add("seen"));
  made.classList.add("changed");
  node.replaceWith(made);
  if (wasKey) (made.querySelector(`[data-place="${place}"]`) || made.querySelector(".key") || made.querySelector(".dots"))?.focus({ preventScroll: true });
}

function empty(state, act) {
  log.querySelector(".empty")?.remove();
  if (known.size) return;
  const chat = state.chats.get(state.chat);
  const privately = chat.type === "private";
  const fresh = privately && !state.people.find((one) => one.id === state.user).started;
  log.append(el("div.empty", {},
    el("img.emblem", { src: "icon.svg", alt: "" }),
    el("h2", {}, fresh ? "No messages yet: press Start" : "No messages yet"),
    el("p", {}, privately ? `${state.bot.first_name} answers here. Nobody else can read this chat.` : "Everyone in the group sees what is said here."),
    fresh && state.code ? el("button.main", { type: "button", onclick: act.start }, "Start") : null));
}

export function skeleton() {
  log.replaceChildren(...[52, 68, 40, 60].map((width, index) => {
    const bone = el("div.bone", { "aria-hidden": "true", dataset: { side: index % 3 === 2 ? "mine" : "theirs" } });
    bone.style.width = `${width}%`;
    return bone;
  }));
  log.setAttribute("aria-busy", "true");
}

export async function open(state, act) {
  const chat = state.chat;
  known.clear();
  skeleton();
  const page = await get("messages", { user: state.user, chat, limit: 60 });
  if (state.chat !== chat) return;
  more = page.more;
  page.messages.forEach((message) => known.set(message.message_id, message));
  const unread = state.chats.get(chat).unread;
  const theirs = page.messages.filter((message) => message.from.id !== state.user);
  newFrom = unread && page.messages.length > unread ? theirs[Math.max(0, theirs.length - unread)]?.message_id || 0 : 0;
  divided = 0;
  log.removeAttribute("aria-busy");
  log.replaceChildren();
  draw(state, act);
  toEnd();
  seen(state);
}

async function earlier(state, act) {
  if (loading || !more || !known.size) return;
  loading = true;
  const height = scroll.scrollHeight;
  const chat = state.chat;
  try {
    const page = await get("messages", { user: state.user, chat, before: Math.min(...known.keys()), limit: 60 });
    if (state.chat !== chat) return;
    more = page.more;
    page.messages.forEach((message) => known.set(message.message_id, message));
    draw(state, act);
    scroll.scrollTop += scroll.scrollHeight - height;
  } finally {
    loading = false;
  }
}

export function put(message, state, act) {
  const isNew = !known.has(message.message_id);
  const mine = message.from.id === state.user;
  const follow = atEnd();
  if (!isNew && known.get(message.message_id).version > message.version) return;
  known.set(message.message_id, message);
  if (isNew && !follow && !mine) fresh += 1;
  draw(state, act);
  if (isNew && mine) toEnd();
  if (isNew && (follow || mine)) seen(state);
}

export function drop(id, state, act) {
  known.delete(id);
  draw(state, act);
}

export const message = (id) => known.get(id);

export const newest = () => known.get(Math.max(...known.keys()));

// Tell the server how far the reader has read, when they can see it.
export function seen(state) {
  const newest = Math.max(0, ...known.keys());
  if (!newest || document.hidden || !atEnd() || $("app").dataset.pane !== "room") return;
  const chat = state.chats.get(state.chat);
  if (chat.unread) post("read", { user: state.user, chat: state.chat, message: newest }).catch(() => {});
}

export function jump(id, act) {
  const target = log.querySelector(`[data-key="m${id}"]`);
  if (!target) return act.toast("That message is further up, or was deleted.");
  target.scrollIntoView({ block: "center", behavior: "smooth" });
  target.classList.remove("found");
  requestAnimationFrame(() => target.classList.add("found"));
}

export function keys(id, state, act) {
  const node = log.querySelector(`[data-key="m${id}"] .keyboard`);
  const fresh = known.get(id) && keyboard(known.get(id), state, act);
  if (node && fresh) node.replaceWith(fresh);
}

export function watchScroll(state, act) {
  scroll.addEventListener("scroll", () => {
    if (scroll.scrollTop < 300) earlier(state, act);
    if (atEnd() && fresh) fresh = 0;
    mark();
    if (atEnd()) seen(state);
  }, { passive: true });
  $("down").addEventListener("click", () => toEnd(true));
  new ResizeObserver(() => mark()).observe(scroll);
}
