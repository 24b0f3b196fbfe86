"""The seat page and the hold."""

from __future__ import annotations

import base64

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.books import No
from sandbox.cinema.catalogue import Show
from sandbox.cinema.halls import SHAPES, wire
from sandbox.cinema.house import HOUSE
from sandbox.cinema.html import alert, esc, page, script_json

routes = web.RouteTableDef()


@routes.get("/movies/{city}/seat-layout/{code}/{venue}/{session}/{day}")
async def seat_page(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    account = house.account(request)
    house.holds.release(account)  # coming back here gives an open hold up
    show = house.show(request.match_info["venue"], request.match_info["session"])
    if show is None or show not in house.shows():
        return alert("Not on sale", "This show is not on sale any more.", 404)
    rows = house.hall(show)
    layout = wire(show.venue.shape, rows)
    if house.faults.take("encrypt_layout", "seat"):
        layout = base64.b64encode(layout.encode()[::-1]).decode()
    prices = house.books.prices(show.venue.code, show.session)
    areas = SHAPES[show.venue.shape].areas
    data = {
        "venue": show.venue.code,
        "session": show.session,
        "message": show.venue.message,
        "booked_before": any(
            o["session"] == show.session and o["venue"] == show.venue.code for o in house.till.orders(account)
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
        house.holds.sell(show.venue.code, show.session, wanted)
    free = {s.label: s for row in house.hall(show) for s in row if s.status in "1456"}
    if not wanted or len(wanted) > 10 or not set(wanted) <= free.keys():
        return web.json_response({"error": "Sorry, one or more of your seats were just taken"}, status=409)
    tickets = sum(house.price(show, free[label]) for label in wanted)
    try:
        house.holds.hold(account, show.venue.code, show.session, show.event.code, wanted, tickets)
    except No as no:
        return web.json_response({"error": str(no)}, status=409)
    known = house.books.account(account) or {}
    step = "food" if show.venue.food else "order-summary" if known.get("email") else "contact"
    return web.json_response({"location": f"/{step}/{show.event.code}/{show.venue.code}"})
