"""Confirmation and order history."""

from __future__ import annotations

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.house import HOUSE
from sandbox.cinema.html import alert, esc, page
from sandbox.cinema.tickets import picture

routes = web.RouteTableDef()


@routes.get("/booking-confirmation/{booking}")
async def confirmation(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    mine = house.till.orders(house.account(request))
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
    orders = [state.order(row) for row in house.till.orders(house.account(request))]
    branch = "movedElsewhere" if house.faults.take("history_unreadable", "history") else "purchaseHistory"
    rows = "".join(
        f"<tr><td>{esc(o['eventName'])}</td><td>{esc(o['venueName'])}</td><td>{esc(', '.join(o['seats']))}</td>"
        f"<td>₹ {o['amount']}</td><td>{o['bookingId']}</td></tr>"
        for o in orders
    )
    empty = "" if orders else "<p class='soft'>No bookings yet.</p>"
    body = f"<div class='card'><h1>Your bookings</h1><table>{rows}</table>{empty}</div>"
    return page("Your bookings", body, state.envelope({branch: {"orders": orders}}))
