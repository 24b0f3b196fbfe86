// One message as a bubble: what it says, its pictures and files, its buttons.

import { el, face, icon, nameOf, tintOf } from "./icons.js";
import { formatted } from "./entities.js";
import { fileUrl } from "./net.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
export const timeOf = (seconds) => clock.format(seconds * 1000);

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

const short = (text, size) => ([...text].length > size ? `${[...text].slice(0, size).join("").trimEnd()}…` : text);

// What a message says in one line: for the list, quotes and the pinned bar.
export function brief(message) {
  if (message.photo) return message.caption ? `Photo: ${message.caption}` : "Photo";
  if (message.document) return [message.document.file_name || "File", message.caption].filter(Boolean).join(": ");
  return message.text || service(message) || "";
}

export function service(message) {
  const who = nameOf(message.from);
  if (message.pinned_message) return `${who} pinned “${short(brief(message.pinned_message), 40)}”`;
  if (message.new_chat_members) return `${message.new_chat_members.map(nameOf).join(", ")} joined the group`;
  if (message.left_chat_member) return `${nameOf(message.left_chat_member)} left the group`;
  return "";
}

function picture(message, act) {
  const sizes = message.photo;
  const whole = sizes[sizes.length - 1];
  const shown = sizes.find((size) => Math.max(size.width, size.height) >= 640) || whole;
  const image = el("img", { alt: message.caption ? `Photo: ${message.caption.slice(0, 120)}` : "Photo", width: String(whole.width), height: String(whole.height), decoding: "async" });
  const frame = el("button.photo.loading", { type: "button", "aria-label": "Open the photo" }, image);
  frame.style.aspectRatio = `${whole.width} / ${Math.min(whole.height, whole.width * 1.6)}`;
  if (message.has_media_spoiler) frame.classList.add("veiled");
  fileUrl(shown.file_id).then(
    (url) => {
      image.src = url;
      frame.classList.remove("loading");
    },
    () => {
      frame.classList.replace("loading", "lost");
      image.alt = "The photo could not be loaded";
    },
  );
  frame.addEventListener("click", () => {
    if (frame.classList.contains("veiled")) frame.classList.remove("veiled");
    else act.open(message, whole);
  });
  return frame;
}

// A photo fits into 460 × 440, and is never narrower than its words and buttons need.
function widthOf({ photo }, spoken) {
  const { width, height } = photo[photo.length - 1];
  const tall = Math.min(height, width * 1.6);
  return Math.round(Math.max(spoken ? 280 : 160, Math.min(460, (440 * width) / tall, spoken ? 460 : Math.max(width, 160))));
}

function file(message, act) {
  const { file_name: name = "file", file_size: size = 0, file_id: id } = message.document;
  const kind = (name.split(".").pop() || "").slice(0, 4).toUpperCase();
  const load = async (event) => {
    const button = event.currentTarget;
    button.classList.add("busy");
    try {
      el("a", { href: await fileUrl(id), download: name }).click();
    } catch (error) {
      act.toast(error.message);
    }
    button.classList.remove("busy");
  };
  return el("button.file", { type: "button", "aria-label": `Download ${name}, ${sizeOf(size)}`, onclick: load },
    el("span.sheet", { "aria-hidden": "true" }, kind || icon("file")),
    el("span.label", {}, el("b", {}, name), el("small", {}, sizeOf(size))),
    icon("load"));
}

function quote(message, act) {
  const target = message.reply_to_message;
  if (!target) return null;
  return el("button.quote", { type: "button", "aria-label": `In reply to ${nameOf(target.from)}: ${brief(target).slice(0, 80)}`, onclick: () => act.jump(target.message_id) },
    el("b", {}, nameOf(target.from)), el("span", {}, brief(target)));
}

const MARK = { url: "link", copy_text: "copy" };

function keyButton(button, message, place, state, act) {
  const kind = ["callback_data", "url", "copy_text"].find((name) => button[name] !== undefined);
  const props = { type: "button", dataset: { place } };
  const made = el("button.key", props, el("span", {}, button.text));
  if (MARK[kind]) made.append(icon(MARK[kind]));
  if (button.style) made.classList.add(button.style);
  if (kind === "callback_data") {
    made.dataset.data = button.callback_data;
    if (state.pressed.has(`${message.chat.id}/${message.message_id}/${button.callback_data}`)) busy(made, true);
    made.addEventListener("click", () => act.press(message, button, made));
  } else if (kind === "url") made.addEventListener("click", () => act.link(button.url) || window.open(button.url, "_blank", "noopener"));
  else if (kind === "copy_text") made.addEventListener("click", () => act.copy(button.copy_text.text));
  else made.addEventListener("click", () => act.toast("This kind of button does nothing in the local chat."));
  return made;
}

export function busy(button, on) {
  button.classList.toggle("busy", on);
  if (on) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
}

export function keyboard(message, state, act) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows) return null;
  return el("div.keyboard", { role: "group", "aria-label": "Buttons" },
    ...rows.map((row, y) => el("div.row", {}, ...row.map((button, x) => keyButton(button, message, `${y}/${x}`, state, act)))));
}

function words(message, act) {
  if (message.text) return el("div.words", { dir: "auto" }, formatted(message.text, message.entities, act));
  if (message.caption) return el("div.words", { dir: "auto" }, formatted(message.caption, message.caption_entities, act));
  return null;
}

function stamp(message) {
  const said = [];
  if (message.silent) said.push(icon("bell"));
  if (message.edit_date) said.push(el("span", { title: `Edited at ${timeOf(message.edit_date)}` }, "edited "));
  said.push(el("time", { datetime: new Date(message.date * 1000).toISOString() }, timeOf(message.date)));
  return el("span.stamp", {}, ...said);
}

// messages: one, or the parts of an album.
export function bubble(messages, state, act) {
  const message = messages[0];
  if (service(message) && !message.text) return el("div.service", { role: "note" }, service(message));
  const mine = message.from.id === state.user;
  const group = message.chat.type !== "private";
  const tint = tintOf(message.from.id, message.from.is_bot);
  const said = messages.map((one) => words(one, act)).find(Boolean) || null;
  const photos = messages.filter((one) => one.photo);
  const parts = [];
  if (group && !mine) parts.push(el("b.from", { dataset: { tint } }, nameOf(message.from)));
  parts.push(quote(message, act));
  const media = photos.length > 1 ? el("div.album", { dataset: { count: Math.min(photos.length, 10) } }, ...photos.map((one) => picture(one, act))) : photos.length ? picture(photos[0], act) : null;
  const files = messages.filter((one) => one.document).map((one) => file(one, act));
  if (message.show_caption_above_media) parts.push(said, media, ...files);
  else parts.push(media, ...files, said);
  const menu = el("button.dots", { type: "button", "aria-label": "What can be done with this message", "aria-haspopup": "menu", onclick: (event) => act.menu(messages, event.currentTarget) }, icon("more"));
  const reaction = message.reaction ? el("span.reaction", {}, message.reaction[0].emoji) : null;
  const body = el("div.bubble", {}, ...parts, reaction, stamp(messages[messages.length - 1]), menu);
  if (photos.length && !said && !files.length) body.classList.add("bare");
  if (message.text && !message.entities && /^(\p{Extended_Pictographic}\uFE0F?){1,3}$/u.test(message.text)) body.classList.add("big");
  const label = `${nameOf(message.from)}, ${timeOf(message.date)}`;
  const stack = el("div.stack", {}, body, keyboard(message, state, act));
  if (photos.length) stack.style.width = photos.length > 1 ? "440px" : `${widthOf(photos[0], Boolean(said || message.reply_markup))}px`;
  const made = el("article.message", { "aria-label": label, dataset: { id: message.message_id, from: message.from.id, version: message.version } }, stack);
  made.classList.add(mine ? "mine" : "theirs");
  if (group && !mine) made.prepend(face(tint, nameOf(message.from), true));
  made.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, img")) return;
    event.preventDefault();
    act.menu(messages, menu);
  });
  return made;
}
