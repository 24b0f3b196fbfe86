"""Confirmation and order history."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.house import HOUSE
from sandbox.cinema.html import alert, esc, page
from sandbox.cinema.tickets import picture

routes = web.RouteTableDef()


def _when(code: str) -> str:
    return f"{datetime.strptime(code, '%Y%m%d%H%M'):%a %d %b, %I:%M %p}"


@routes.get("/booking-confirmation/{booking}")
async def confirmation(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    mine = house.till.orders(house.account(request))
    order = next((o for o in mine if o["booking_id"] == request.match_info["booking"]), None)
    if order is None:
        return alert("Not found", "There is no such booking in your account.", 404)
    body = f"""<p class="done">✓</p><h1 class="middle">Your booking is confirmed</h1>
<div class="ticket"><img alt="Ticket code" width="150" height="150" src="{picture(order["booking_id"])}"><div>
<h2>{esc(order["film"])}</h2><p>{esc(order["cinema"])}<br>{_when(order["show_at"])}</p>
<p>Seats <b data-testid="seats">{esc(", ".join(order["seats"]))}</b></p>
<p class="soft">Booking id <b data-testid="booking-id">{order["booking_id"]}</b> · Paid <b data-testid="amount-paid">{state.rupees(order["amount_minor"])}</b></p></div></div>
<p class="middle"><a class="button" href="/my-profile/purchase-history">Your bookings</a></p>"""
    return page("Booked", body, state.envelope({"bookingConfirmation": state.order(order)}))


@routes.get("/my-profile/purchase-history")
async def history(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    orders = [state.order(row) for row in house.till.orders(house.account(request))]
    branch = "movedElsewhere" if house.faults.take("history_unreadable", "history") else "purchaseHistory"
    cards = "".join(
        f'<div class="card"><div class="split"><h2>{esc(o["eventName"])}</h2><b>₹ {o["amount"]}</b></div>'
        f"<p>{esc(o['venueName'])} · {_when(o['showDateTime'])}</p>"
        f'<p class="soft">Seats {esc(", ".join(o["seats"]))} · {o["bookingId"]}</p></div>'
        for o in orders
    )
    empty = "" if orders else "<p class='soft'>No bookings yet.</p>"
    body = f"<h1>Your bookings</h1>{cards}{empty}"
    return page("Your bookings", body, state.envelope({branch: {"orders": orders}}))
