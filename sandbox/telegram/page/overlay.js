// What lies above the page: toasts, alerts, questions, the photo, small menus. Esc closes each.

import { $, el, icon } from "./icons.js";
import { fileUrl } from "./net.js";

let toastTimer = 0;

export function toast(text) {
  const box = $("toast");
  box.textContent = text;
  box.classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("on"), Math.max(3000, text.length * 60));
}

function dialog(label, ...parts) {
  const box = $("box");
  box.replaceChildren(...parts);
  box.setAttribute("aria-label", label);
  if (!box.open) box.showModal();
  return box;
}

export function alertBox(text, from) {
  const ok = el("button.main", { type: "button", onclick: () => $("box").close() }, "OK");
  dialog(from, el("h2", {}, from), el("p.said", { dir: "auto" }, text), el("div.answers", {}, ok));
  ok.focus();
}

export function ask(title, text, yes, danger = false) {
  return new Promise((resolve) => {
    const box = $("box");
    const done = (value) => () => {
      box.onclose = null;
      box.close();
      resolve(value);
    };
    const go = el(danger ? "button.main.danger" : "button.main", { type: "button", onclick: done(true) }, yes);
    const no = el("button.quiet", { type: "button", onclick: done(false) }, "Keep");
    dialog(title, el("h2", {}, title), el("p.said", {}, text), el("div.answers", {}, no, go));
    box.onclose = () => resolve(false);
    no.focus();
  });
}

export function form(title, ...parts) {
  const close = el("button.quiet", { type: "button", onclick: () => $("box").close() }, "Close");
  dialog(title, el("h2", {}, title), ...parts, el("div.answers", {}, close));
}

export async function photo(message, size) {
  const box = $("photo");
  const image = el("img", { alt: message.caption || "Photo", dir: "auto" });
  const name = `photo-${message.message_id}`;
  const close = el("button.round", { type: "button", "aria-label": "Close the photo", onclick: () => box.close() }, icon("close"));
  const load = el("a.round", { "aria-label": "Download the photo", title: "Download" }, icon("load"));
  const stage = el("div.stage", { onclick: (event) => event.target === image ? stage.classList.toggle("zoomed") : box.close() }, image);
  const caption = message.caption ? el("p.caption", { dir: "auto" }, message.caption) : null;
  box.replaceChildren(el("div.tools", {}, load, close), stage, ...(caption ? [caption] : []));
  box.showModal();
  close.focus();
  try {
    const url = await fileUrl(size.file_id);
    image.src = url;
    load.href = url;
    load.download = name;
  } catch (error) {
    box.close();
    toast(error.message);
  }
}

let opener = null;

export function closePopup() {
  const box = $("popup");
  if (box.hidden) return false;
  box.hidden = true;
  opener?.setAttribute("aria-expanded", "false");
  return true;
}

// items: [icon, label, act, danger]
export function popup(anchor, items) {
  const box = $("popup");
  if (!box.hidden && opener === anchor) return closePopup();
  opener = anchor;
  anchor.setAttribute("aria-expanded", "true");
  box.replaceChildren(...items.filter(Boolean).map(([picture, label, act, danger]) =>
    el(danger ? "button.item.danger" : "button.item", { type: "button", role: "menuitem", onclick: () => {
      closePopup();
      act();
    } }, icon(picture), label)));
  box.hidden = false;
  const spot = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  box.style.left = `${Math.max(8, Math.min(spot.right - width, innerWidth - width - 8))}px`;
  box.style.top = `${spot.bottom + height + 8 > innerHeight ? Math.max(8, spot.top - height - 4) : spot.bottom + 4}px`;
  box.firstElementChild?.focus();
  return true;
}

export function watchOverlays() {
  document.addEventListener("pointerdown", (event) => {
    if (!$("popup").contains(event.target) && !opener?.contains(event.target)) closePopup();
  });
  $("popup").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...$("popup").children];
    if (step) {
      event.preventDefault();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      closePopup();
      opener?.focus();
    }
  });
  for (const id of ["box", "photo"]) {
    $(id).addEventListener("click", (event) => event.target === $(id) && $(id).close());
  }
}
