"use strict";
// The seat page: a map for the mouse, and the accessibility dialog; both feed one selection.
const page = JSON.parse(document.getElementById("page").textContent);
const $ = (id) => document.getElementById(id);
let quantity = 2, chosen = [];
const seats = page.rows.flat();
const key = (s) => s.row + s.number;
const free = (s) => "1456".includes(s.status);
const show = (id, on) => { $(id).hidden = !on; };

function draw() {
  const map = $("map"); map.replaceChildren();
  for (const row of [...page.rows].reverse()) {
    const line = document.createElement("div"); let column = 0;
    for (const s of row) {
      for (; column < s.column; column++) { const gap = document.createElement("span"); gap.className = "gap"; line.append(gap); }
      const b = document.createElement("button"); b.textContent = s.number; b.title = key(s);
      b.className = chosen.includes(s) ? "on" : !free(s) ? "taken" : s.status === "4" ? "best" : "";
      b.onclick = () => { pick(s); draw(); };
      line.append(b); column = s.column + 1;
    }
    map.append(line);
  }
  $("pay").hidden = chosen.length !== quantity;
  $("pay").textContent = "Pay\n₹ " + (chosen.reduce((sum, s) => sum + s.price, 0) / 100);
}
function pick(seat) { // one click takes the seat and its neighbours to the right, else to the left
  if (!free(seat)) return;
  if (chosen.length >= quantity) chosen = [];
  const row = page.rows.find((r) => r.includes(seat));
  const at = row.indexOf(seat);
  const run = (step) => { const found = []; for (let i = at; row[i] && free(row[i]) && row[i].area === seat.area && !chosen.includes(row[i]) && (found.length === 0 || Math.abs(row[i].column - row[i - step].column) === 1); i += step) found.push(row[i]); return found; };
  let group = run(1); const want = quantity - chosen.length;
  if (group.length < want) { const left = run(-1); if (left.length > group.length) group = left; }
  chosen.push(...group.slice(0, want));
}
function status(s) {
  if (s.status === "5") return "Companion"; if (s.status === "6") return "Handicapped";
  return ({ "1": "Available", "4": "Available Best Seat", "2": "Booked" })[s.status] || "Unavailable";
}
function label(s) {
  const where = `${s.number} in row ${s.row}`;
  if (chosen.includes(s)) return `seat ${where} selected`;
  if (s.status === "2") return `Booked seat ${where}`;
  if (s.status === "5") return `Select companion seat ${where}`;
  if (s.status === "6") return `Select wheelchair seat ${where}`;
  if (!free(s)) return `seat ${where}`;
  const kind = s.status === "4" ? "Select Best seat" : s.couple ? "Available couple seat" : "Select seat";
  return `${kind} ${where}` + (chosen.length >= quantity ? `. Warning: Quantity ${quantity} already fulfilled.` : "");
}
function table() {
  const body = $("rows"); body.replaceChildren();
  const [area, row] = [$("category-select").value, $("row-select").value];
  const line = page.rows.find((r) => r[0].row === row) || [];
  $("grid").setAttribute("aria-label", `Seats for Row ${$("category-select").selectedOptions[0]?.textContent.split(" - ")[0]}-${row}`);
  for (const s of line.filter((x) => x.code === area)) {
    const tr = document.createElement("tr");
    for (const text of [s.number, status(s) + (s.couple ? " (Couple)" : "")]) { const td = document.createElement("td"); td.textContent = text; tr.append(td); }
    const td = document.createElement("td"), act = document.createElement(free(s) ? "button" : "span");
    act.textContent = free(s) ? (chosen.includes(s) ? "Selected" : "Select") : "Unavailable";
    act.setAttribute("aria-label", label(s)); act.setAttribute("aria-disabled", String(!free(s)));
    if (free(s)) { act.setAttribute("aria-pressed", String(chosen.includes(s))); act.onclick = () => toggle(s); }
    td.append(act); tr.append(td); body.append(tr);
  }
}
function toggle(s) {
  const group = s.couple ? page.rows.find((r) => r.includes(s)).filter((x) => Math.ceil(x.number / 2) === Math.ceil(s.number / 2) && free(x)) : [s];
  if (chosen.includes(s)) chosen = chosen.filter((x) => !group.includes(x));
  else if (chosen.length + group.length <= quantity) chosen.push(...group);
  table(); draw();
}
function fill(select, options) {
  const first = select.options[0]; select.replaceChildren(first);
  for (const [value, text] of options) { const o = document.createElement("option"); o.value = value; o.textContent = text; select.append(o); }
}
function categories() { fill($("category-select"), page.areas.map((a) => [a.code, `${a.name} - ${a.text}`])); }
function rows() {
  const area = page.areas.find((a) => a.code === $("category-select").value); if (!area) return;
  fill($("row-select"), page.rows.filter((r) => r.some((s) => s.code === area.code && free(s))).map((r) => [r[0].row, `${area.name}. Row ${r[0].row}`]));
}
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
const setQuantity = (n) => { quantity = n; chosen = []; for (const li of $("quantities").children) li.classList.toggle("on", li.id === `quantity-${n}`); draw(); };
for (const li of $("quantities").children) li.onclick = () => setQuantity(Number(li.id.split("-")[1]));
$("select-seats").onclick = () => show("quantity", false);
$("open-accessibility").onclick = () => { chosen = []; draw(); categories(); show("accessibility", true); };
$("close-accessibility").onclick = () => show("accessibility", false);
$("quantity-select").onchange = (e) => { setQuantity(Number(e.target.value)); rows(); table(); };
$("category-select").onchange = () => { rows(); table(); };
$("row-select").onchange = table;
$("proceed").onclick = () => { if (chosen.length === quantity) terms(); };
$("pay").onclick = terms;
$("accept").onclick = () => { show("terms", false); again(); };
$("book-again").onclick = () => { show("double", false); hold(); };
$("go-back").onclick = () => show("double", false);
$("refused-ok").onclick = () => location.reload();
if ($("adult-continue")) $("adult-continue").onclick = () => show("adult", false);
setQuantity(2);
