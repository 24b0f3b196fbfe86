// Small drawings, and the shortest way to make an element.

const PATHS = {
  back: "M15 5l-7 7 7 7",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M4.5 12L20 4.5 15 20l-3.5-6z M11.5 14L20 4.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  attach: "M19.5 11.5l-7.6 7.6a5 5 0 0 1-7-7l8-8a3.4 3.4 0 0 1 4.8 4.8l-8 8a1.7 1.7 0 0 1-2.4-2.4l7.2-7.3",
  down: "M12 5v13M6 12.5l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14.2A8.2 8.2 0 0 1 9.8 4 8.2 8.2 0 1 0 20 14.2z",
  auto: "M12 3.5a8.5 8.5 0 1 0 0 17zM12 3.5a8.5 8.5 0 0 1 0 17",
  pin: "M9 4h6l-1 6 3 3.5H7L10 10zM12 13.5V20",
  reply: "M10 6l-6 6 6 6v-4c5 0 8 1.2 10 4-.4-5.600-3.600-8-10-8z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  edit: "M4.500 19.500l1-4L16 5l3 3L8.500 18.500z",
  bin: "M5 7h14M9.500 7V4.500h5V7M7 7l.8 12.500h8.400L17 7",
  file: "M7 3.500h7l4.500 4.500v12.500H7zM13.500 3.500V8.500H18.500",
  load: "M12 4v11M7 10.500l5 5 5-5M5 20h14",
  link: "M8 16L17 7M9.500 7H17v7.500",
  bell: "M6 17h12l-1.500-2.500V10a4.500 4.500 0 0 0-9 0v4.500zM10.500 19.500h3M4 4l16 16",
  slash: "M15 4L9 20",
  bolt: "M13 3L5.500 13.500H11L10 21l8-11h-5.500z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

// el("button.round", {type: "button", onclick}, "text", child): a class may follow the name.
export function el(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  made.classList.add(...classes);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(made.dataset, value);
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const $ = (id) => document.getElementById(id);

export const nameOf = (user) => [user.first_name, user.last_name].filter(Boolean).join(" ");

export const titleOf = (chat, bot) => (chat.type === "private" ? nameOf(bot) : chat.title);

// The bot's colour is the page's own; everyone else's belongs to their id.
export const tintOf = (id, isBot = false) => String(isBot ? 0 : (Math.abs(id) % 5) + 1);

// A round face with initials.
export function face(tint, name, small = false) {
  const initials = [...name.trim().split(/\s+/)].slice(0, 2).map((word) => [...word][0] || "").join("").toUpperCase();
  return el(small ? "span.face.small" : "span.face", { "aria-hidden": "true", dataset: { tint } }, initials);
}
