"""Buying: seat page, hold, contact, order summary, payment, confirmation, order history."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.catalogue import Show
from sandbox.cinema.faults import close
from sandbox.cinema.halls import SHAPES, wire
from sandbox.cinema.house import HOUSE, House
from sandbox.cinema.html import alert, esc, page, script_json
from sandbox.cinema.ledger import No
from sandbox.cinema.tickets import picture

routes = web.RouteTableDef()
EXPIRED = "Your session has expired"


@routes.get("/movies/{city}/seat-layout/{code}/{venue}/{session}/{day}")
async def seat_page(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    account = house.account(request)
    house.ledger.release(account)  # coming back here gives an open hold up
    show = house.show(request.match_info["venue"], request.match_info["session"])
    if show is None or show not in house.shows():
        return alert("Not on sale", "This show is not on sale any more.", 404)
    rows = house.hall(show)
    layout = wire(show.venue.shape, rows)
    if house.faults.take("encrypt_layout", "seat"):
        layout = base64.b64encode(layout.encode()[::-1]).decode()
    prices = house.ledger.prices(show.venue.code, show.session)
    areas = SHAPES[show.venue.shape].areas
    data = {
        "venue": show.venue.code,
        "session": show.session,
        "message": show.venue.message,
        "booked_before": any(
            o["session"] == show.session and o["venue"] == show.venue.code for o in house.ledger.orders(account)
        ),
        "areas": [{"code": a.code, "name": a.name, "text": state.short(prices.get(a.code, a.price))} for a in areas],
        "rows": [
            [
                {
                    "row": s.row,
                    "number": s.number,
                    "column": s.column,
                    "area": s.area,
                    "code": next(a.code for a in areas if a.letter == s.area),
                    "status": s.status,
                    "couple": s.couple,
                    "price": house.price(show, s),
                }
                for s in row
            ]
            for row in rows
        ],
    }
    scripts = (
        f'<script type="application/json" id="page">{script_json(data)}</script><script src="/static/seat.js"></script>'
    )
    return page("Choose seats", _seat_html(show), state.seat_page(show, prices, layout), scripts=scripts)


def _seat_html(show: Show) -> str:
    adult = ""
    if show.film.censor == "A":
        adult = (
            '<div role="dialog" id="adult"><p>This film is rated "A" and is only for viewers above 18.</p>'
            '<div id="bottomSheet-model-close"><div id="adult-continue" class="button main">Continue</div></div></div>'
        )
    numbers = "".join(f'<li id="quantity-{n}">{n}</li>' for n in range(1, 11))
    options = "".join(f'<option value="{n}">{n} Ticket{"s" if n > 1 else ""}</option>' for n in range(1, 11))
    return f"""
<div class="row"><a class="pill" aria-label="Go back" href="/">←</a><div><h1>{esc(show.film.title)}</h1>
<span class="soft">{esc(show.venue.name)} · {show.starts:%a %d %b, %I:%M %p}</span></div>
<button id="open-accessibility" aria-label="Open accessibility seat selection" title="Accessibility Mode">♿</button></div>
<div class="card"><div class="map" id="map"></div><div class="screen"></div><p class="soft" style="text-align:center">All eyes this way</p>
<p style="text-align:center"><button class="main" id="pay" hidden></button></p></div>{adult}
<div role="dialog" id="quantity"><h2>How many seats?</h2><ul id="quantities">{numbers}</ul>
<button class="main" id="select-seats" aria-label="Select Seats">Select Seats</button></div>
<div role="dialog" id="accessibility" hidden><h2>Accessibility Seat Selection</h2>
<button id="close-accessibility" aria-label="Close accessibility modal">×</button>
<p><label>Select Quantity <select id="quantity-select" aria-label="Select number of tickets, required">
<option value="">Select Quantity</option>{options}</select></label></p>
<p><label>Select Category <select id="category-select" aria-label="Select seat category"><option value="">Select Category</option></select></label></p>
<p><label>Select Row <select id="row-select" aria-label="Select row"><option value="">Select Row</option></select></label></p>
<table role="grid" id="grid"><thead><tr><th>Seat Number</th><th>Status</th><th>Action</th></tr></thead><tbody id="rows"></tbody></table>
<p><button class="main" id="proceed" aria-label="Proceed to pay for selected seats">Book Ticket</button></p></div>
<div role="dialog" id="terms" hidden><h2>Terms</h2><p>{esc(show.venue.message)}</p><button class="main" id="accept">Accept</button></div>
<div role="dialog" id="double" hidden><h2>You already have a ticket for this show</h2>
<button id="book-again">Book again</button> <button class="main" id="go-back">Go back</button></div>
<div role="dialog" id="waiting" hidden><p>Please wait while we hold your seats…</p></div>
<div role="alertdialog" id="refused" hidden><p id="refused-text"></p><button id="refused-ok">OK</button></div>
"""


@routes.post("/api/hold")
async def hold(request: web.Request) -> web.Response:
    house, body = request.app[HOUSE], await request.json()
    account = house.account(request)
    show = house.show(str(body["venue"]), str(body["session"]))
    if show is None:
        return web.json_response({"error": "This show is not on sale any more."}, status=409)
    wanted = [str(label) for label in body["seats"]]
    if house.faults.take("seats_taken_at_hold", "hold"):
        house.ledger.sell(show.venue.code, show.session, wanted)
    free = {s.label: s for row in house.hall(show) for s in row if s.status in "1456"}
    if not wanted or len(wanted) > 10 or not set(wanted) <= free.keys():
        return web.json_response({"error": "Sorry, one or more of your seats were just taken"}, status=409)
    tickets = sum(house.price(show, free[label]) for label in wanted)
    try:
        house.ledger.hold(account, show.venue.code, show.session, show.event.code, wanted, tickets)
    except No as no:
        return web.json_response({"error": str(no)}, status=409)
    known = house.ledger.account(account) or {}
    step = "food" if show.venue.food else "order-summary" if known.get("email") else "contact"
    return web.json_response({"location": f"/{step}/{show.event.code}/{show.venue.code}"})


@routes.get("/food/{code}/{venue}")
async def food(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    known = house.ledger.account(house.account(request)) or {}
    step = "order-summary" if known.get("email") else "contact"
    link = f"/{step}/{esc(request.match_info['code'])}/{esc(request.match_info['venue'])}"
    body = f"<div class='card'><h1>Popcorn?</h1><div class='button' onclick=\"location.href='{link}'\">Skip</div></div>"
    return page("Food", body)


@routes.get("/contact/{code}/{venue}")
async def contact(request: web.Request) -> web.Response:
    body = """<form class="card" method="post"><h1>Where shall we send the ticket?</h1>
<p><input id="deemed-email" name="email" type="email" placeholder="E-mail" required>
<input id="deemed-mobile-number" name="mobile" placeholder="Mobile number" pattern="[0-9]{10}" required></p>
<button class="main">Submit</button></form>"""
    return page("Contact", body)


@routes.post("/contact/{code}/{venue}")
async def keep_contact(request: web.Request) -> web.Response:
    house, form = request.app[HOUSE], await request.post()
    house.ledger.set_contact(house.account(request), str(form.get("email", "")), str(form.get("mobile", "")))
    raise web.HTTPSeeOther(f"/order-summary/{request.match_info['code']}/{request.match_info['venue']}")


def _hold(house: House, account: str) -> tuple[dict[str, Any] | None, Show | None]:
    held = house.ledger.hold_of(account)
    return held, house.show(held["venue"], held["session"]) if held else None


@routes.get("/order-summary/{code}/{venue}")
async def order_summary(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    account = house.account(request)
    held, show = _hold(house, account)
    if held is None or show is None:
        return alert("Order summary", EXPIRED, state=state.summary(None, None))
    if "without_donation" in request.query:
        house.ledger.set_donation(held["hold_id"], 0)
        held["donation"] = 0
    if raised := house.faults.take("price_raised_at_summary", "summary"):
        held["tickets"] += int(raised.value)
        house.ledger.rows("UPDATE holds SET tickets = ? WHERE hold_id = ?", held["tickets"], held["hold_id"])
    lines = state.totals(held)
    names = {"tickets": "Tickets", "convenience-fee": "Convenience fee", "taxes": "Taxes", "donation": "Donation"}
    keys = {"convenience-fee": "convenienceFee"}
    rows = "".join(
        f'<tr data-line="{k}"><td>{v}</td><td><span class="amount">{state.rupees(lines[keys.get(k, k)])}</span></td></tr>'
        for k, v in names.items()
    )
    ticked = "checked" if held["donation"] else ""
    body = f"""<div class="card" id="order-summary"><h1>{esc(show.film.title)}</h1>
<p class="soft">{esc(show.venue.name)} · {show.starts:%a %d %b, %I:%M %p} · seats <b data-testid="seats">{esc(", ".join(held["seats"]))}</b></p>
<p>Reference <span data-testid="booking-reference">{held["booking_id"]}</span> · held for
<b data-testid="hold-countdown" data-ends-at="{held["ends_at"]}"></b></p><table>{rows}</table>
<p><label><input type="checkbox" id="donation" {ticked} onchange="if(!this.checked)location.search='without_donation'"> Give ₹ 1 a ticket to a good cause</label></p>
<p>Amount Payable <b data-testid="amount-payable">{state.rupees(lines["total"])}</b></p>
<div class="row"><form method="get" action="/payment/{held["transaction_id"]}"><button class="main">Proceed to pay</button></form>
<form method="post" action="/api/transaction/cancel"><button>Cancel</button></form></div></div>"""
    return page("Order summary", body, state.summary(held, show), scripts=COUNTDOWN)


COUNTDOWN = """<script>for (const e of document.querySelectorAll("[data-ends-at]")) setInterval(() => {
const s = Math.max(0, Math.round((new Date(e.dataset.endsAt) - Date.now()) / 1000));
e.textContent = Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0"); }, 250);</script>"""


@routes.post("/api/transaction/cancel")
async def cancel(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    house.ledger.release(house.account(request))
    raise web.HTTPSeeOther("/")


@routes.get("/payment/{transaction}")
async def payment(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    held, show = _hold(house, house.account(request))
    if held is None or show is None or held["transaction_id"] != request.match_info["transaction"]:
        return alert("Payment", EXPIRED)
    total = state.totals(held)["total"]
    missing = total - sum(card["amount"] for card in held["applied"])
    applied = "".join(
        f'<p data-testid="applied-voucher" data-last4="{c["number"][-4:]}" data-amount="{state.plain(c["amount"])}">'
        f"•••• {c['number'][-4:]} − {state.rupees(c['amount'])}</p>"
        for c in held["applied"]
    )
    said = f'<p role="alert">{esc(request.query["said"])}</p>' if "said" in request.query else ""
    tabs = "".join(
        f'<span role="tab" class="pill">{t}</span>' for t in ("Gift Voucher", "Debit/Credit Card", "Net Banking")
    )
    body = f"""<div class="card"><h1>Payment options</h1><p class="soft">{esc(show.film.title)} · seats {esc(", ".join(held["seats"]))} ·
time left <b data-testid="hold-countdown" data-ends-at="{held["ends_at"]}"></b></p>
<p>Order total <b data-testid="order-total">{state.rupees(total)}</b> · Amount Payable <b data-testid="amount-payable">{state.rupees(missing)}</b></p>
<div class="row">{tabs}</div>{applied}{said}
<form method="post" action="/payment/{held["transaction_id"]}/apply" autocomplete="off"><p><input name="code" placeholder="Enter gift voucher code">
<input name="pin" type="password" placeholder="PIN"> <button>Apply</button></p></form>
<form method="post" action="/payment/{held["transaction_id"]}/pay"><button class="main" id="pay-now" {"disabled" if missing else ""}>Pay Now</button></form></div>"""
    return page("Payment", body, state.envelope({}), scripts=COUNTDOWN)


@routes.post("/payment/{transaction}/apply")
async def apply(request: web.Request) -> web.Response:
    house, form = request.app[HOUSE], await request.post()
    held, _ = _hold(house, house.account(request))
    back = f"/payment/{request.match_info['transaction']}"
    if held is None:
        return alert("Payment", EXPIRED)
    missing = state.totals(held)["total"] - sum(card["amount"] for card in held["applied"])
    try:
        if missing > 0:
            house.ledger.apply(held, str(form.get("code", "")).strip(), str(form.get("pin", "")).strip(), missing)
    except No as no:
        raise web.HTTPSeeOther(f"{back}?said={no}") from None
    raise web.HTTPSeeOther(back)


@routes.post("/payment/{transaction}/pay")
async def pay(request: web.Request) -> web.StreamResponse:
    house, transaction = request.app[HOUSE], request.match_info["transaction"]
    account = house.account(request)
    if house.faults.take("hang_before_charge", "pay"):
        await asyncio.sleep(3600)
    if house.faults.take("refuse_payment", "pay"):
        return alert("Payment", "Payment failed: declined. You have not been charged.")
    held, show = _hold(house, account)
    order: dict[str, Any] = {"film": "", "cinema": "", "show_at": ""}
    if held is not None and show is not None:
        order = {"film": show.film.title, "cinema": show.venue.name, "show_at": f"{show.starts:%Y%m%d%H%M}"}
    try:
        total = state.totals(held)["total"] if held else 0
        booking = house.ledger.charge(account, transaction, total, order)
    except No as no:
        return alert("Payment", f"Payment failed: {no}. You have not been charged.")
    if house.faults.take("drop_after_charge", "pay"):
        return close(request)
    if house.faults.take("hang_after_charge", "pay"):
        await asyncio.sleep(3600)
    raise web.HTTPSeeOther(f"/booking-confirmation/{booking}")


@routes.get("/booking-confirmation/{booking}")
async def confirmation(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    mine = house.ledger.orders(house.account(request))
    order = next((o for o in mine if o["booking_id"] == request.match_info["booking"]), None)
    if order is None:
        return alert("Not found", "There is no such booking in your account.", 404)
    at = order["show_at"]
    body = f"""<div class="card"><h1>Your booking is confirmed</h1><p class="row"><img alt="Ticket code" width="160" height="160"
src="{picture(order["booking_id"])}"><span><b>{esc(order["film"])}</b><br>{esc(order["cinema"])}<br>{at[6:8]}/{at[4:6]}/{at[:4]} {at[8:10]}:{at[10:]}<br>
Seats <b data-testid="seats">{esc(", ".join(order["seats"]))}</b><br>Booking id <b data-testid="booking-id">{order["booking_id"]}</b><br>
Paid <b data-testid="amount-paid">{state.rupees(order["amount_minor"])}</b></span></p></div>"""
    return page("Booked", body, state.envelope({"bookingConfirmation": state.order(order)}))


@routes.get("/my-profile/purchase-history")
async def history(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    orders = [state.order(row) for row in house.ledger.orders(house.account(request))]
    branch = "movedElsewhere" if house.faults.take("history_unreadable", "history") else "purchaseHistory"
    rows = "".join(
        f"<tr><td>{esc(o['eventName'])}</td><td>{esc(o['venueName'])}</td><td>{esc(', '.join(o['seats']))}</td>"
        f"<td>₹ {o['amount']}</td><td>{o['bookingId']}</td></tr>"
        for o in orders
    )
    empty = "" if orders else "<p class='soft'>No bookings yet.</p>"
    body = f"<div class='card'><h1>Your bookings</h1><table>{rows}</table>{empty}</div>"
    return page("Your bookings", body, state.envelope({branch: {"orders": orders}}))
