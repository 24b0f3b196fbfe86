"""After the hold: food, contact, order summary."""

from __future__ import annotations

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.house import HOUSE
from sandbox.cinema.html import COUNTDOWN, alert, esc, page
from sandbox.cinema.till import EXPIRED

routes = web.RouteTableDef()


@routes.get("/food/{code}/{venue}")
async def food(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    known = house.books.account(house.account(request)) or {}
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
    house.books.set_contact(house.account(request), str(form.get("email", "")), str(form.get("mobile", "")))
    raise web.HTTPSeeOther(f"/order-summary/{request.match_info['code']}/{request.match_info['venue']}")


@routes.get("/order-summary/{code}/{venue}")
async def order_summary(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    account = house.account(request)
    held, show = house.hold_of(account)
    if held is None or show is None:
        return alert("Order summary", EXPIRED, state=state.summary(None, None))
    if "without_donation" in request.query:
        house.holds.set_donation(held["hold_id"], 0)
        held["donation"] = 0
    if raised := house.faults.take("price_raised_at_summary", "summary"):
        held["tickets"] += int(raised.value)
        house.holds.set_tickets(held["hold_id"], held["tickets"])
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


@routes.post("/api/transaction/cancel")
async def cancel(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    house.holds.release(house.account(request))
    raise web.HTTPSeeOther("/")
