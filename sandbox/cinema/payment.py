"""Paying: the options, gift vouchers, the button."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.cinema import state
from sandbox.cinema.books import No, Row
from sandbox.cinema.catalogue import Show
from sandbox.cinema.faults import close
from sandbox.cinema.house import HOUSE, House
from sandbox.cinema.html import COUNTDOWN, alert, esc, page
from sandbox.cinema.signin import sheet
from sandbox.cinema.till import EXPIRED

routes = web.RouteTableDef()
NOT_CHARGED = "You have not been charged."


def booking_of(show: Show) -> Row:
    """What an order says about its show."""
    return {"film": show.film.title, "cinema": show.venue.name, "show_at": f"{show.starts:%Y%m%d%H%M}"}


def order_of(house: House, request: web.Request) -> tuple[Row, Show] | web.Response:
    """The visitor's open hold, if the address is about it; else the page that says why not, or the way to the ticket."""
    account, transaction = house.account(request), request.match_info["transaction"]
    if (house.books.account(account) or {}).get("otp_due"):
        return sheet(f"/payment/{transaction}")
    for order in house.till.orders(account):
        if order["transaction_id"] == transaction:
            raise web.HTTPSeeOther(f"/booking-confirmation/{order['booking_id']}")
    held, show = house.hold_of(account)
    if held is None or show is None or held["transaction_id"] != transaction:
        return alert("Payment", EXPIRED)
    return held, show


def missing_of(held: Row) -> int:
    """What the applied vouchers leave to pay, in paise."""
    return int(state.totals(held)["total"] - sum(card["amount"] for card in held["applied"]))


@routes.get("/payment/{transaction}")
async def payment(request: web.Request) -> web.Response:
    found = order_of(request.app[HOUSE], request)
    if isinstance(found, web.Response):
        return found
    held, show = found
    missing, base = missing_of(held), f"/payment/{held['transaction_id']}"
    said = f'<p role="alert">{esc(request.query["said"])}</p>' if "said" in request.query else ""
    body = f"""<div class="card"><h1>Payment options</h1><p class="soft">{esc(show.film.title)} · seats {esc(", ".join(held["seats"]))} ·
time left <b data-testid="hold-countdown" data-ends-at="{held["ends_at"]}"></b></p>
<p class="split"><span>Order total</span><b data-testid="order-total">{state.rupees(state.totals(held)["total"])}</b></p>{_applied(held, base)}
<p class="split total"><span>Amount Payable</span><b data-testid="amount-payable">{state.rupees(missing)}</b></p>{said}</div>
<div class="card"><h2>Gift Voucher</h2>
<form method="post" action="{base}/apply" autocomplete="off" class="row"><input name="code" placeholder="Enter gift voucher code" aria-label="Gift voucher code">
<input name="pin" type="password" placeholder="PIN" aria-label="PIN"><button>Apply</button></form>
<form method="post" action="{base}/pay"><button class="main" id="pay-now" {"disabled" if missing else ""}>Pay Now</button></form></div>
<div class="card"><h2>UPI</h2><p class="soft">Scan a code with any UPI app on your phone.</p>
<form method="post" action="{base}/qr"><button {"" if missing else "disabled"}>Pay by any UPI</button></form></div>
<div class="card faint"><h2>Debit/Credit Card · Net Banking</h2><p class="soft">Not available at this counter.</p></div>"""
    return page("Payment", body, state.envelope({}), scripts=COUNTDOWN)


def _applied(held: Row, base: str) -> str:
    rows = ""
    for card in held["applied"]:
        last4, amount = card["number"][-4:], card["amount"]
        rows += (
            f'<form method="post" action="{base}/remove" class="split"><span data-testid="applied-voucher" '
            f'data-last4="{last4}" data-amount="{state.plain(amount)}">•••• {last4} − {state.rupees(amount)}</span>'
            f'<input type="hidden" name="last4" value="{last4}"><button aria-label="Remove voucher">Remove</button></form>'
        )
    return rows


@routes.post("/payment/{transaction}/apply")
async def apply(request: web.Request) -> web.Response:
    house, form = request.app[HOUSE], await request.post()
    found = order_of(house, request)
    if isinstance(found, web.Response):
        return found
    held, _ = found
    back, missing = f"/payment/{held['transaction_id']}", missing_of(held)
    try:
        if missing <= 0:
            raise No("Nothing is left to pay.")
        house.till.apply(held, str(form.get("code", "")).strip(), str(form.get("pin", "")).strip(), missing)
    except No as no:
        raise web.HTTPSeeOther(f"{back}?said={quote(str(no))}") from None
    raise web.HTTPSeeOther(back)


@routes.post("/payment/{transaction}/remove")
async def remove(request: web.Request) -> web.Response:
    house, form = request.app[HOUSE], await request.post()
    found = order_of(house, request)
    if isinstance(found, web.Response):
        return found
    house.till.take_off(found[0], str(form.get("last4", "")))
    raise web.HTTPSeeOther(f"/payment/{found[0]['transaction_id']}")


@routes.post("/payment/{transaction}/pay")
async def pay(request: web.Request) -> web.StreamResponse:
    house, transaction = request.app[HOUSE], request.match_info["transaction"]
    account = house.account(request)
    if house.faults.take("hang_before_charge", "pay"):
        await asyncio.sleep(3600)
    if house.faults.take("refuse_payment", "pay"):
        return alert("Payment", f"Payment failed: declined. {NOT_CHARGED}")
    held, show = house.hold_of(account)
    order: dict[str, Any] = booking_of(show) if show else {"film": "", "cinema": "", "show_at": ""}
    try:
        total = state.totals(held)["total"] if held else 0
        booking = house.till.charge(account, transaction, total, order)
    except No as no:
        return alert("Payment", f"Payment failed: {no}. {NOT_CHARGED}")
    if house.faults.take("drop_after_charge", "pay"):
        return close(request)
    if house.faults.take("hang_after_charge", "pay"):
        await asyncio.sleep(3600)
    raise web.HTTPSeeOther(f"/booking-confirmation/{booking}")
