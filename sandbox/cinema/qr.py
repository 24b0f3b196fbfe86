"""Payment by a code: the page that shows it and asks how it stands, and the payer's phone."""

from __future__ import annotations

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.books import No, Row
from sandbox.cinema.house import HOUSE
from sandbox.cinema.html import COUNTDOWN, alert, esc, page, script_json
from sandbox.cinema.payment import NOT_CHARGED, booking_of, order_of
from sandbox.cinema.tickets import payment_picture

routes = web.RouteTableDef()
SAID = {
    "waiting": "Waiting for your payment…",
    "pending": "Your bank is confirming the payment. Please do not pay again.",
    "paid": "Paid. Your ticket is on its way.",
    "cancelled": f"This code was cancelled. {NOT_CHARGED}",
    "expired": f"This code has expired. {NOT_CHARGED}",
}
POLL = """<script>{
const at = JSON.parse(document.getElementById("code").textContent), said = document.getElementById("code-said");
const ask = async () => {
  try {
    const now = await (await fetch(at.status)).json();
    said.textContent = now.said; said.dataset.status = now.status;
    if (["cancelled", "expired"].includes(now.status)) { said.setAttribute("role", "alert"); document.getElementById("code-open").hidden = true; return; }
    if (now.location) { location.href = now.location; return; }
  } catch { /* the next question may be answered */ }
  setTimeout(ask, 500);
};
ask();
}</script>"""


@routes.post("/payment/{transaction}/qr")
async def ask_code(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    found = order_of(house, request)
    if isinstance(found, web.Response):
        return found
    held, show = found
    try:
        code = house.upi.show(held, state.totals(held)["total"], booking_of(show))
    except No:
        raise web.HTTPSeeOther(f"/payment/{held['transaction_id']}") from None
    raise web.HTTPSeeOther(f"/payment/{held['transaction_id']}/qr/{code['reference']}")


@routes.get("/payment/{transaction}/qr/{reference}")
async def show_code(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    code = house.upi.code(request.match_info["reference"])
    if code is None or code["account"] != house.account(request):
        return alert("Payment", "There is no such payment code.", 404)
    base = f"/payment/{code['transaction_id']}"
    phone = f"/upi/{code['reference']}"
    image = f'<img alt="UPI QR code" data-testid="upi-qr" src="{payment_picture(str(request.url.origin()) + phone)}">'
    if house.faults.take("qr_missing", "qr"):
        image = '<p role="status">The code could not be shown.</p>'
    body = f"""<div class="card middle"><h1>Pay by any UPI</h1><p class="soft">Scan the code with your phone, or open it there.</p>
<div id="code-open">{image}<p>Amount <b data-testid="upi-amount">{state.rupees(code["amount_minor"])}</b> ·
time left <b data-testid="upi-countdown" data-ends-at="{code["deadline"]}"></b></p>
<p><a class="button" target="_blank" href="{phone}">Open the demo phone</a></p></div>
<p id="code-said" data-testid="upi-status" aria-live="polite" data-status="waiting">{SAID["waiting"]}</p>
<form method="post" action="{base}/qr/{esc(code["reference"])}/cancel"><button>Cancel payment</button></form></div>"""
    asked = {"status": f"/api{base}/qr/{code['reference']}/status"}
    inline = f'<script type="application/json" id="code">{script_json(asked)}</script>'
    return page("Pay by UPI", body, state.envelope({}), scripts=inline + COUNTDOWN + POLL)


@routes.get("/api/payment/{transaction}/qr/{reference}/status")
async def code_status(request: web.Request) -> web.Response:
    status, booking = request.app[HOUSE].upi.status(request.match_info["reference"])
    location = f"/booking-confirmation/{booking}" if booking else ""
    return web.json_response({"status": status, "said": SAID[status], "location": location})


@routes.post("/payment/{transaction}/qr/{reference}/cancel")
async def cancel_code(request: web.Request) -> web.Response:
    house, reference = request.app[HOUSE], request.match_info["reference"]
    if house.upi.cancel(house.account(request), reference):
        raise web.HTTPSeeOther(f"/payment/{request.match_info['transaction']}")
    raise web.HTTPSeeOther(f"/payment/{request.match_info['transaction']}/qr/{reference}")


@routes.get("/upi/{reference}")
async def phone(request: web.Request) -> web.Response:
    """The payer's phone: a page of its own, without an account, as a bank's app would be."""
    house = request.app[HOUSE]
    code = house.upi.code(request.match_info["reference"])
    if code is None:
        return alert("UPI", "There is no such payment request.", 404)
    status, _ = house.upi.status(code["reference"])
    act = f"<p>{SAID[status]}</p>"
    if status == "waiting":
        act = '<form method="post"><button class="main wide">Pay now</button></form>'
    body = f"""<div class="phone"><p class="soft">Demo bank</p><h1>{state.rupees(code["amount_minor"])}</h1>
<p>to <b>Dayglow Cinemas</b></p><p class="soft">Reference {esc(code["reference"])}</p>{act}
<p class="soft">No real money moves here.</p></div>"""
    return page("Pay", body)


@routes.post("/upi/{reference}")
async def pay_on_phone(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    try:
        paid = pay(request, request.match_info["reference"])
    except No:
        return alert("UPI", "There is no such payment request.", 404)
    if paid["status"] == "refunded":
        body = f"""<div class="phone"><p class="soft">Demo bank</p><h1>Refunded</h1><p role="alert">{esc(paid["why"]).capitalize()}: the money goes back to you.</p></div>"""
        return page("Refunded", body)
    status, _ = house.upi.status(paid["reference"])
    body = f"""<div class="phone"><p class="soft">Demo bank</p><h1>Sent</h1><p>{state.rupees(paid["amount_minor"])} to <b>Dayglow Cinemas</b></p><p>{SAID[status]}</p></div>"""
    return page("Sent", body)


def pay(request: web.Request, reference: str) -> Row:
    """Money comes in for a code; a bank may take its time (the switch `slow_bank`). Raises No."""
    house = request.app[HOUSE]
    slow = house.faults.take("slow_bank", "qr")
    return house.upi.pay(reference, slow.value / 1000 if slow else 0)
