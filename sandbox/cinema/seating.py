"""The seat page and the hold."""

from __future__ import annotations

import base64
from typing import Any

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.books import No
from sandbox.cinema.catalogue import CITY, Show
from sandbox.cinema.halls import OPEN, SHAPES, Seat, wire
from sandbox.cinema.holds import TAKEN
from sandbox.cinema.house import HOUSE, House
from sandbox.cinema.html import alert, esc, page, script_json

routes = web.RouteTableDef()
GONE = "This show is not on sale any more."
MOST = 10
PROCEED = "Proceed to pay for selected seats"
DRAWN = ("seat", "on", "taken", "best", "gap", "row-name", "line")


@routes.get("/movies/{city}/seat-layout/{code}/{venue}/{session}/{day}")
async def seat_page(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    account = house.account(request)
    house.holds.release(account)  # coming back here gives an open hold up
    show = house.show(request.match_info["venue"], request.match_info["session"])
    if show is None or not house.on_sale(show) or show.day != request.match_info["day"]:
        return alert("Not on sale", GONE, 404)
    rows = house.hall(show)
    layout: str | None = wire(show.venue.shape, rows)
    if house.faults.take("encrypt_layout", "seat"):
        layout = base64.b64encode((layout or "").encode()[::-1]).decode()
    if house.faults.take("no_layout", "seat"):
        layout = None
    data = script_json(_page_data(house, account, show, rows))
    scripts = f'<script type="application/json" id="page">{data}</script><script src="/static/seat.js"></script>'
    html = _map_html(show) + _quantity_html(house, show) + _dialog_html() + _asked_html(show)
    if house.faults.take("renamed_label", "seat"):
        html = html.replace(PROCEED, "Go on with these seats")
    initial = state.seat_page(show, house.books.prices(show.venue.code, show.session), layout)
    return page("Choose seats", html, initial, scripts=scripts, city=CITY[show.venue.city])


def _page_data(house: House, account: str, show: Show, rows: tuple[tuple[Seat, ...], ...]) -> dict[str, Any]:
    """What the page's script draws from."""
    prices = house.books.prices(show.venue.code, show.session)
    areas = SHAPES[show.venue.shape].areas
    codes = {a.letter: (a.code, prices.get(a.code, a.price)) for a in areas}
    before = any(
        (o["venue"], o["session"]) == (show.venue.code, show.session) and o["seats"] for o in house.till.orders(account)
    )
    return {
        "venue": show.venue.code,
        "session": show.session,
        "message": show.venue.message,
        "drawn": show.venue.drawn,
        "names": {name: house.dress.of(name) for name in DRAWN},
        "booked_before": before,
        "areas": [
            {"code": a.code, "name": a.name, "text": state.short(codes[a.letter][1]), "online": a.online} for a in areas
        ],
        "rows": [[_seat(seat, *codes[seat.area]) for seat in row] for row in rows],
    }


def _seat(seat: Seat, code: str, price: int) -> dict[str, Any]:
    return {
        "row": seat.row,
        "number": seat.number,
        "column": seat.column,
        "code": code,
        "status": seat.status,
        "together": seat.together,
        "piece": seat.piece,
        "price": price,
    }


def _map_html(show: Show) -> str:
    canvas = '<canvas id="canvas" aria-hidden="true"></canvas>' if show.venue.drawn == "canvas" else ""
    screen = f" · {esc(show.screen)}" if show.screen else ""
    return f"""
<div class="seat-top"><button aria-label="Go back" class="round" onclick="history.back()">←</button><div><h1>{esc(show.film.title)}</h1>
<span class="soft">{esc(show.venue.name)} · {show.starts:%a %d %b, %I:%M %p}{screen}</span></div>
<button id="quantity-again" class="pill">2 Tickets</button>
<button id="open-accessibility" class="round" aria-label="Open accessibility seat selection" title="Accessibility Mode">♿</button></div>
<div class="card hall"><div class="map" id="map">{canvas}</div><div class="screen"></div><p class="soft middle">All eyes this way</p>
<p class="legend middle"><span class="dot"></span>Available <span class="dot best"></span>Bestseller <span class="dot on"></span>Selected <span class="dot gone"></span>Sold</p></div>
<div class="paybar" id="paybar" hidden><span id="picked"></span><button class="main" id="pay"></button></div>"""


def _quantity_html(house: House, show: Show) -> str:
    offers = house.offers(show, house.holds.all_taken())
    numbers = "".join(f'<li id="quantity-{n}">{n}</li>' for n in range(1, MOST + 1))
    said = {"sold-out": "Sold Out", "almost-full": "Almost Full", "filling-fast": "Filling Fast"}
    classes = "".join(
        f'<div class="class"><span class="soft">{esc(o.area.name)}</span><b>{state.short(o.price)}</b>'
        f'<span class="{"soft" if o.free == 0 else "good"}">{said.get(state.class_status(o), "Available")}</span></div>'
        for o in offers
    )
    return f"""<div role="dialog" id="quantity" aria-label="How many seats?"><h2>How many seats?</h2><ul id="quantities">{numbers}</ul>
<div class="classes">{classes}</div><button class="main wide" id="select-seats" aria-label="Select Seats">Select Seats</button></div>"""


def _dialog_html() -> str:
    options = "".join(f'<option value="{n}">{n} Ticket{"s" if n > 1 else ""}</option>' for n in range(1, MOST + 1))
    return f"""<div role="dialog" id="accessibility" aria-label="Accessibility Seat Selection" hidden>
<div class="split"><h2>Accessibility Seat Selection</h2><button id="close-accessibility" class="round" aria-label="Close accessibility modal">×</button></div>
<div class="fields"><label>Select Quantity <select id="quantity-select" aria-label="Select number of tickets, required">
<option value="">Select Quantity</option>{options}</select></label>
<label>Select Category <select id="category-select" aria-label="Select seat category"><option value="">Select Category</option></select></label>
<label>Select Row <select id="row-select" aria-label="Select row"><option value="">Select Row</option></select></label></div>
<p id="hint" class="soft" role="status"></p>
<table role="grid" id="grid" hidden><thead><tr><th>Seat Number</th><th>Status</th><th>Action</th></tr></thead><tbody id="rows"></tbody></table>
<p><button class="main wide" id="proceed" aria-label="{PROCEED}">Book Ticket</button></p></div>"""


def _asked_html(show: Show) -> str:
    """What may be asked on the way: age, terms, a second ticket; and what may go wrong."""
    adult = ""
    if show.film.censor == "A":
        adult = (
            '<div role="dialog" id="adult" aria-label="Age"><p>This film is rated "A" and is only for viewers above 18.</p>'
            '<div id="bottomSheet-model-close"><div id="adult-continue" class="button main">Continue</div></div></div>'
        )
    return f"""{adult}<div role="dialog" id="terms" aria-label="Terms" hidden><h2>Terms</h2><p>{esc(show.venue.message)}</p><button class="main" id="accept">Accept</button></div>
<div role="dialog" id="double" aria-label="Booked before" hidden><h2>You already have a ticket for this show</h2>
<p class="soft">Is another one what you want?</p><p class="row"><button id="book-again">Book again</button> <button class="main" id="go-back">Go back</button></p></div>
<div role="dialog" id="waiting" aria-label="Please wait" hidden><p>Please wait while we hold your seats…</p></div>
<div role="alertdialog" id="refused" aria-label="Refused" hidden><p id="refused-text"></p><button id="refused-ok">OK</button></div>
<div role="dialog" id="pieces" aria-label="Seats sold together" hidden><p id="pieces-text"></p><button id="dismiss">Dismiss</button></div>
"""


@routes.post("/api/hold")
async def hold(request: web.Request) -> web.Response:
    house, body = request.app[HOUSE], await request.json()
    account = house.account(request)
    show = house.show(str(body["venue"]), str(body["session"]))
    if show is None or not house.on_sale(show):
        return web.json_response({"error": GONE}, status=409)
    wanted = [str(label) for label in body["seats"]]
    if house.faults.take("seats_taken_at_hold", "hold"):
        house.holds.sell(show.venue.code, show.session, wanted)
    hall = house.hall(show)
    if refused := _refusal(hall, wanted):
        return web.json_response({"error": refused}, status=409)
    chosen = [seat for row in hall for seat in row if seat.label in wanted]
    try:
        tickets = sum(house.price(show, seat) for seat in chosen)
        house.holds.hold(account, show.venue.code, show.session, show.event.code, wanted, tickets)
    except No as no:
        return web.json_response({"error": str(no)}, status=409)
    if house.faults.take("otp", "hold"):
        house.books.ask_otp(account, True)
    known = house.books.account(account) or {}
    step = "food" if show.venue.food else "order-summary" if known.get("email") else "contact"
    return web.json_response({"location": f"/{step}/{show.event.code}/{show.venue.code}"})


def _refusal(hall: tuple[tuple[Seat, ...], ...], wanted: list[str]) -> str:
    """Why these seats cannot be held, or ""."""
    by_label = {seat.label: seat for row in hall for seat in row if seat.status in OPEN}
    if not wanted or len(wanted) > MOST or len(set(wanted)) != len(wanted):
        return f"Choose 1 to {MOST} seats"
    if not set(wanted) <= by_label.keys():
        return TAKEN
    for row in hall:
        for seat in row:
            mates = {s.label for s in row if s.piece == seat.piece} if seat.together > 1 else {seat.label}
            if seat.label in wanted and not mates <= set(wanted):
                return "Seats of a couple or sofa are sold together"
    return ""
