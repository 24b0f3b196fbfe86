"use strict";
// The seat page: a map for the eye, and the accessibility dialog; both feed one selection.
const page = JSON.parse(document.getElementById("page").textContent);
const $ = (id) => document.getElementById(id);
const named = (...names) => names.filter(Boolean).map((n) => page.names[n]).join(" ");
let quantity = 2, chosen = [];
const key = (s) => s.row + s.number;
const free = (s) => "1456".includes(s.status);
const rowOf = (s) => page.rows.find((r) => r.includes(s));
const mates = (s) => (s.together > 1 ? rowOf(s).filter((x) => x.piece === s.piece) : [s]);
const open = (s) => mates(s).every(free);
const show = (id, on) => { $(id).hidden = !on; };
const price = () => chosen.reduce((sum, s) => sum + s.price, 0) / 100;

// --- the map: row nearest the screen is the last one; aisles are empty columns
const CELL = 28, SEAT = 23, NAMES = 28;
const width = NAMES + CELL * (1 + Math.max(...page.rows.flat().map((s) => s.column)));
function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["go", "sun", "line", "paper", "soft", "ink"].map((n) => [n, style.getPropertyValue("--" + n).trim()]));
}
function paint() {
  const canvas = $("canvas"), ratio = window.devicePixelRatio || 1, height = CELL * page.rows.length;
  canvas.width = width * ratio; canvas.height = height * ratio;
  canvas.style.width = width + "px"; canvas.style.height = height + "px";
  const c = canvas.getContext("2d"), tone = colours();
  c.scale(ratio, ratio); c.font = "11px system-ui, sans-serif"; c.textAlign = "center"; c.textBaseline = "middle";
  [...page.rows].reverse().forEach((row, line) => {
    c.fillStyle = tone.soft; c.fillText(row[0].row, NAMES / 2, line * CELL + CELL / 2);
    for (const s of row) seat(c, s, NAMES + s.column * CELL + 2.5, line * CELL + 2.5, tone);
  });
}
function seat(c, s, x, y, tone) {
  const on = chosen.includes(s), taken = !free(s);
  c.beginPath(); c.roundRect(x, y, SEAT, SEAT, 6);
  c.fillStyle = on ? tone.go : taken ? tone.line : tone.paper; c.fill();
  c.strokeStyle = taken ? tone.line : s.status === "4" ? tone.sun : tone.go; c.stroke();
  if (s.together > 1 && free(s)) { c.beginPath(); c.moveTo(x + 4, y + SEAT - 3); c.lineTo(x + SEAT - 4, y + SEAT - 3); c.stroke(); }
  c.fillStyle = on ? tone.paper : taken ? "transparent" : s.status === "4" ? tone.sun : tone.go;
  c.fillText(s.status === "5" ? "C" : s.status === "6" ? "♿" : s.number, x + SEAT / 2, y + SEAT / 2);
}
function seatAt(event) {
  const box = $("canvas").getBoundingClientRect(), x = event.clientX - box.left - NAMES, y = event.clientY - box.top;
  const row = [...page.rows].reverse()[Math.floor(y / CELL)];
  return row && row.find((s) => s.column === Math.floor(x / CELL));
}
function elements() { // the older map: one element a seat
  const map = $("map"); map.replaceChildren();
  for (const row of [...page.rows].reverse()) {
    const line = document.createElement("div"); line.className = named("line"); let column = 0;
    const name = document.createElement("span"); name.className = named("row-name"); name.textContent = row[0].row; line.append(name);
    for (const s of row) {
      for (; column < s.column; column++) { const gap = document.createElement("span"); gap.className = named("gap"); line.append(gap); }
      const b = document.createElement("button"); b.textContent = s.number; b.title = key(s); b.tabIndex = -1;
      b.className = named("seat", chosen.includes(s) ? "on" : !free(s) ? "taken" : s.status === "4" ? "best" : "");
      b.onclick = () => { pick(s); draw(); };
      line.append(b); column = s.column + 1;
    }
    map.append(line);
  }
}
function draw() {
  if (page.drawn === "canvas") paint(); else elements();
  show("paybar", chosen.length === quantity);
  $("picked").textContent = chosen.map(key).join(", ");
  $("pay").textContent = "Pay\n₹ " + price();
}
function refusePiece(s) {
  $("pieces-text").textContent = `These ${s.together} seats are sold together; choose ${s.together} tickets or other seats.`;
  show("pieces", true);
}
function pick(s) { // one click takes the seat and its neighbours to the right, else to the left
  if (!open(s)) return;
  if (chosen.length >= quantity) chosen = [];
  const want = quantity - chosen.length;
  if (s.together > want) { refusePiece(s); return; }
  const row = rowOf(s), at = row.indexOf(s);
  const run = (step) => {
    const found = [];
    for (let i = at; row[i] && open(row[i]) && row[i].code === s.code && !chosen.includes(row[i]); i += step) {
      if (found.length && Math.abs(row[i].column - row[i - step].column) !== 1) break;
      found.push(row[i]);
    }
    return found;
  };
  let group = run(1);
  if (group.length < want) { const left = run(-1); if (left.length > group.length) group = left; }
  group = group.slice(0, want).filter((x) => mates(x).every((m) => group.slice(0, want).includes(m)));
  chosen.push(...(group.length ? group : mates(s)));
}

// --- the accessibility dialog
const kinds = { 2: " (Couple)" };
function status(s) {
  const said = { "1": "Available", "4": "Available Best Seat", "2": "Booked", "9": "Booked", "5": "Companion", "6": "Handicapped", "8": "Guest list" };
  return (said[s.status] || "Unavailable") + (s.together > 1 ? kinds[s.together] || ` (${s.together} Seats)` : "");
}
function label(s) {
  const where = `${s.number} in row ${s.row}`, left = quantity - chosen.length;
  if (chosen.includes(s)) return `seat ${where} selected`;
  if ("29".includes(s.status)) return `Booked seat ${where}`;
  if (s.status === "8") return `Guest list place ${where}`;
  if (!free(s)) return `Unavailable seat ${where}`;
  let text = s.status === "4" ? `Select Best seat ${where}` : `Select seat ${where}`;
  if (s.status === "5") text = `Select companion seat ${where}`;
  if (s.status === "6") text = `Select wheelchair seat ${where}`;
  if (s.together === 2) text = `Available couple seat ${where}`;
  if (s.together > 2) text = `Available sofa seat ${s.number} (${s.together} seats) in row ${s.row}`;
  if (left === 0) return `${text}. Warning: Quantity ${quantity} already fulfilled.`;
  return s.together > left ? `${text}. Warning: This seat requires ${s.together} seats but only ${left} remaining.` : text;
}
function table() {
  const body = $("rows"); body.replaceChildren();
  const [area, row] = [$("category-select").value, $("row-select").value];
  const line = page.rows.find((r) => r[0].row === row) || [];
  $("grid").hidden = !line.length;
  $("grid").setAttribute("aria-label", `Seats for Row ${$("category-select").selectedOptions[0]?.textContent.split(" - ")[0]}-${row}`);
  for (const s of line.filter((x) => x.code === area)) {
    const tr = document.createElement("tr"), can = open(s) || s.status === "8";
    for (const text of [s.number, status(s)]) { const td = document.createElement("td"); td.textContent = text; tr.append(td); }
    const td = document.createElement("td"), act = document.createElement(can ? "button" : "span");
    act.textContent = can ? (chosen.includes(s) ? "Selected" : "Select") : "Unavailable";
    act.setAttribute("aria-label", label(s)); act.setAttribute("aria-disabled", String(!can));
    if (can) { act.setAttribute("aria-pressed", String(chosen.includes(s))); act.onclick = () => toggle(s); }
    td.append(act); tr.append(td); body.append(tr);
  }
  hint();
}
function hint() {
  const [many, area, row] = ["quantity-select", "category-select", "row-select"].map((id) => $(id).value);
  $("hint").textContent = !many ? "Please select quantity first to see categories." : !area ? "Please select a category to see rows."
    : $("row-select").options.length < 2 ? "No seats available for this row." : !row ? "Please select a row to see seats." : "";
}
function toggle(s) {
  if (s.status === "8") return;
  const group = mates(s);
  if (chosen.includes(s)) chosen = chosen.filter((x) => !group.includes(x));
  else if (chosen.length + group.length <= quantity) chosen.push(...group);
  table(); draw();
}
function fill(select, options) {
  const first = select.options[0], kept = select.value; select.replaceChildren(first);
  for (const [value, text] of options) { const o = document.createElement("option"); o.value = value; o.textContent = text; select.append(o); }
  if (options.some(([value]) => value === kept)) select.value = kept; else select.value = "";
}
function categories() { fill($("category-select"), page.areas.filter((a) => a.online).map((a) => [a.code, `${a.name} - ${a.text}`])); }
function rows() {
  const area = page.areas.find((a) => a.code === $("category-select").value);
  fill($("row-select"), area ? page.rows.filter((r) => r.some((s) => s.code === area.code && open(s))).map((r) => [r[0].row, `${area.name}. Row ${r[0].row}`]) : []);
}

// --- from the selection to the hold
function terms() { if (page.message) show("terms", true); else again(); }
function again() { if (page.booked_before) show("double", true); else hold(); }
async function hold() {
  show("accessibility", false); show("waiting", true);
  try {
    const answer = await fetch("/api/hold", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ venue: page.venue, session: page.session, seats: chosen.map(key) }) });
    const body = await answer.json(); show("waiting", false);
    if (body.location) location.href = body.location;
    else { $("refused-text").textContent = body.error; show("refused", true); }
  } catch { show("waiting", false); $("refused-text").textContent = "Something went wrong with the network"; $("refused-ok").textContent = "REFRESH"; show("refused", true); }
}
const setQuantity = (n) => {
  quantity = n; chosen = []; $("quantity-again").textContent = `${n} Ticket${n > 1 ? "s" : ""}`;
  for (const li of $("quantities").children) li.setAttribute("aria-selected", String(li.id === `quantity-${n}`));
  draw();
};
for (const li of $("quantities").children) li.onclick = () => setQuantity(Number(li.id.split("-")[1]));
$("select-seats").onclick = () => show("quantity", false);
$("quantity-again").onclick = () => show("quantity", true);
$("open-accessibility").onclick = () => { chosen = []; draw(); categories(); hint(); show("accessibility", true); };
$("close-accessibility").onclick = () => show("accessibility", false);
$("quantity-select").onchange = (e) => { setQuantity(Number(e.target.value) || 1); rows(); table(); };
$("category-select").onchange = () => { rows(); table(); };
$("row-select").onchange = table;
$("proceed").onclick = () => { if (chosen.length === quantity) terms(); };
$("pay").onclick = terms;
$("accept").onclick = () => { show("terms", false); again(); };
$("book-again").onclick = () => { show("double", false); hold(); };
$("go-back").onclick = () => show("double", false);
$("dismiss").onclick = () => show("pieces", false);
$("refused-ok").onclick = () => location.reload();
if ($("adult-continue")) $("adult-continue").onclick = () => show("adult", false);
if (page.drawn === "canvas") $("canvas").onclick = (event) => { const s = seatAt(event); if (s) { pick(s); draw(); } };
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
setQuantity(2);
