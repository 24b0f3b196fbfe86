"""After the hold: food, contact, order summary."""

from __future__ import annotations

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.books import Row
from sandbox.cinema.catalogue import Show
from sandbox.cinema.house import HOUSE
from sandbox.cinema.html import COUNTDOWN, alert, esc, page
from sandbox.cinema.till import EXPIRED

routes = web.RouteTableDef()
SNACKS = (("Salted popcorn", 24_000), ("Masala chai", 9_000), ("Nachos with salsa", 28_000))


@routes.get("/food/{code}/{venue}")
async def food(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    known = house.books.account(house.account(request)) or {}
    step = "order-summary" if known.get("email") else "contact"
    link = f"/{step}/{esc(request.match_info['code'])}/{esc(request.match_info['venue'])}"
    rows = "".join(
        f'<p class="split"><span>{name}</span><span>{state.rupees(cost)}</span></p>' for name, cost in SNACKS
    )
    body = f"""<div class='card'><div class="split"><h1>Something to eat?</h1>
<div class='button' onclick="location.href='{link}'">Skip</div></div>{rows}<p class="soft">Order at the counter in the hall.</p></div>"""
    return page("Food", body)


@routes.get("/contact/{code}/{venue}")
async def contact(request: web.Request) -> web.Response:
    body = """<form class="card middle" method="post"><h1>Where shall we send the ticket?</h1>
<p class="fields"><input id="deemed-email" name="email" type="email" placeholder="E-mail" aria-label="E-mail" required>
<input id="deemed-mobile-number" name="mobile" placeholder="Mobile number" aria-label="Mobile number" pattern="[0-9]{10}" required></p>
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
    held, show = house.hold_of(house.account(request))
    if held is None or show is None:
        return alert("Order summary", EXPIRED, state=state.summary(None, None))
    if "without_donation" in request.query:
        house.holds.set_donation(held["hold_id"], 0)
        held["donation"] = 0
    if raised := house.faults.take("price_raised_at_summary", "summary"):
        held["tickets"] += int(raised.value)
        house.holds.set_tickets(held["hold_id"], held["tickets"])
    return page("Order summary", _summary_html(held, show), state.summary(held, show), scripts=COUNTDOWN)


def _summary_html(held: Row, show: Show) -> str:
    lines = state.totals(held)
    names = {"tickets": "Tickets", "convenience-fee": "Convenience fee", "taxes": "Taxes", "donation": "Donation"}
    keys = {"convenience-fee": "convenienceFee"}
    rows = "".join(
        f'<p class="split" data-line="{k}"><span>{v}</span><span>{state.rupees(lines[keys.get(k, k)])}</span></p>'
        for k, v in names.items()
    )
    ticked = "checked" if held["donation"] else ""
    return f"""<div class="card" id="order-summary"><div class="split"><h1>{esc(show.film.title)}</h1>
<b class="chip" data-testid="hold-countdown" data-ends-at="{held["ends_at"]}"></b></div>
<p class="soft">{esc(show.venue.name)} · {show.starts:%a %d %b, %I:%M %p} · {esc(show.event.language)} {esc(show.event.dimension)}</p>
<p>Seats <b data-testid="seats">{esc(", ".join(held["seats"]))}</b></p>{rows}
<p><label class="check"><input type="checkbox" id="donation" {ticked} onchange="if(!this.checked)location.search='without_donation'"> Give ₹ 1 a ticket to a good cause</label></p>
<p class="split total"><span>Amount Payable</span><b data-testid="amount-payable">{state.rupees(lines["total"])}</b></p>
<p class="soft">Reference <span data-testid="booking-reference">{held["booking_id"]}</span> · not paid yet</p>
<div class="row"><form method="get" action="/payment/{held["transaction_id"]}"><button class="main">Proceed to pay</button></form>
<form method="post" action="/api/transaction/cancel"><button>Cancel</button></form></div></div>"""


@routes.post("/api/transaction/cancel")
async def cancel(request: web.Request) -> web.Response:
    """Give the open hold back; a request that names another one (its `bookingId`) gives nothing back."""
    house, form = request.app[HOUSE], await request.post()
    house.holds.release(house.account(request), str(form.get("bookingId", "")))
    raise web.HTTPSeeOther("/")
