// Text and its entities into elements. Offsets count UTF-16 units, as JavaScript's strings do.

import { el, icon } from "./icons.js";

const PLAIN = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  blockquote: "blockquote",
  mention: "span.mention",
  text_mention: "span.mention",
  hashtag: "span.mention",
  cashtag: "span.mention",
  custom_emoji: "span",
  date_time: "span",
};
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const SAFE = /^(https?|mailto|tg|tel):/i;

function link(href, said, act) {
  const whole = /^[a-z][a-z0-9+.-]*:/i.test(href) ? href : `http://${href}`;
  if (!SAFE.test(whole)) return el("span", {}, said);
  return el("a", {
    href: whole,
    target: "_blank",
    rel: "noopener noreferrer",
    title: whole,
    onclick: (event) => {
      if (act.link(whole)) event.preventDefault();
    },
  }, said);
}

function wrap(entity, said, raw, act) {
  switch (entity.type) {
    case "url":
      return link(raw, said, act);
    case "text_link":
      return link(entity.url, said, act);
    case "email":
      return link(`mailto:${raw}`, said, act);
    case "bot_command":
      return el("button.command", { type: "button", onclick: () => act.command(raw) }, said);
    case "code":
      return el("code", { title: "Copy", onclick: () => act.copy(raw) }, said);
    case "pre": {
      const copy = el("button.copy", { type: "button", "aria-label": "Copy the code", onclick: () => act.copy(raw) }, icon("copy"));
      return el("figure.pre", {}, el("figcaption", {}, entity.language || "code", copy), el("pre", {}, said));
    }
    case "spoiler": {
      const show = (event) => event.currentTarget.classList.add("seen");
      const keys = (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), show(event));
      return el("span.spoiler", { role: "button", tabindex: "0", "aria-label": "Hidden text: press to show", onclick: show, onkeydown: keys }, said);
    }
    case "expandable_blockquote": {
      const toggle = (event) => event.currentTarget.parentElement.classList.toggle("open");
      return el("blockquote.folded", {}, el("div", {}, said), el("button.unfold", { type: "button", "aria-label": "Show all or less", onclick: toggle }, icon("down")));
    }
    default:
      return el(PLAIN[entity.type] || "span", {}, said);
  }
}

function part(text, from, to, entities, act) {
  const made = document.createDocumentFragment();
  const waiting = [...entities];
  let at = from;
  while (waiting.length) {
    const entity = waiting.shift();
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (end <= start) continue;
    made.append(text.slice(at, start));
    const inside = waiting.filter((other) => other.offset < end);
    const later = inside.filter((other) => other.offset + other.length > end);
    waiting.splice(0, waiting.length, ...later.map((other) => ({ ...other, offset: end, length: other.offset + other.length - end })), ...waiting.filter((other) => other.offset >= end));
    made.append(wrap(entity, part(text, start, end, inside, act), text.slice(start, end), act));
    // A block starts its own line, so the line break after it would show as an empty line.
    at = BLOCKS.has(entity.type) && text[end] === "\n" && end < to ? end + 1 : end;
  }
  made.append(text.slice(at, to));
  return made;
}

export function formatted(text, entities = [], act) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return part(text, 0, text.length, sorted, act);
}
