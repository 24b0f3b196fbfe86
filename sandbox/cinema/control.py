"""The control endpoint: for tests and for the demo; local, with a token."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.cinema import catalogue as c
from sandbox.cinema import ledger as whole
from sandbox.cinema.books import No
from sandbox.cinema.halls import SHAPES, plan
from sandbox.cinema.house import COOKIE, HOUSE
from sandbox.cinema.programme import FILMS
from sandbox.cinema.qr import pay

routes = web.RouteTableDef()


def _check(request: web.Request) -> None:
    sent = request.headers.get("Authorization", "")
    if not hmac.compare_digest(sent.encode(), f"Bearer {request.app[HOUSE].token}".encode()):
        raise web.HTTPUnauthorized(text='{"error": "the header Authorization: Bearer <token> is missing or wrong"}')


def _no(text: str) -> web.Response:
    return web.json_response({"error": text}, status=400)


@routes.get("/_control")
async def listed(request: web.Request) -> web.Response:
    _check(request)
    return web.json_response(request.app[HOUSE].faults.listed())


@routes.get("/_control/ledger")
async def ledger(request: web.Request) -> web.Response:
    _check(request)
    house = request.app[HOUSE]
    return web.json_response(whole.read(house.books) | {"requests": house.faults.requests})


@routes.post("/_control/sale")
async def sale(request: web.Request) -> web.Response:
    _check(request)
    house, body = request.app[HOUSE], await request.json()
    film = c.film_named(str(body.get("film", "")))
    if film is None:
        return _no(f"no such film; allowed: {', '.join(f.title for f in FILMS)}")
    at = ""
    if body.get("open", True):
        moment = datetime.fromisoformat(body["at"]) if body.get("at") else house.now()
        at = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    house.books.set_sale(film.group, at)
    return web.json_response({"opened_at": at})


@routes.post("/_control/sessions")
async def sessions(request: web.Request) -> web.Response:
    _check(request)
    body = await request.json()
    token = request.app[HOUSE].books.session_of(str(body["account"]), body.get("email"), body.get("mobile"))
    cookie = {"name": COOKIE, "value": token, "domain": request.url.host, "path": "/"}
    return web.json_response({"cookies": [cookie]})


@routes.post("/_control/cards")
async def cards(request: web.Request) -> web.Response:
    _check(request)
    body: dict[str, Any] = await request.json()
    values = (str(body["number"]), str(body["pin"]), int(body["balance_minor"]), bool(body.get("blocked")))
    request.app[HOUSE].till.set_card(*values)
    return web.json_response({})


@routes.post("/_control/sell")
async def sell(request: web.Request) -> web.Response:
    _check(request)
    house, body = request.app[HOUSE], await request.json()
    show = house.show(str(body["venue"]), str(body["session"]))
    if show is None:
        return _no("no such show")
    every = [seat.label for row in plan(show.venue.shape) for seat in row]
    wanted = body.get("seats") or every[: int(body.get("count", len(every)))]
    return web.json_response({"sold": house.holds.sell(show.venue.code, show.session, wanted)})


@routes.post("/_control/price")
async def price(request: web.Request) -> web.Response:
    _check(request)
    house, body = request.app[HOUSE], await request.json()
    venue = c.VENUE.get(str(body["venue"]))
    if venue is None:
        return _no(f"no such cinema; allowed: {', '.join(c.VENUE)}")
    for area in SHAPES[venue.shape].areas:
        if body.get("category") in {None, area.name, area.code}:
            house.books.set_price(venue.code, str(body["session"]), area.code, int(body["price_minor"]))
    return web.json_response({})


@routes.post("/_control/pay_qr")
async def pay_qr(request: web.Request) -> web.Response:
    """Pay a shown code as its payer's phone would. Body: `reference`, `transaction` or `booking` (the hold's ids)."""
    _check(request)
    body = await request.json()
    named = str(body.get("reference") or body.get("transaction") or body.get("booking") or "")
    try:
        return web.json_response(pay(request, named))
    except No as no:
        return _no(f"{no}; name a `reference`, a `transaction` or a `booking`")


@routes.post("/_control/faults")
async def switch(request: web.Request) -> web.Response:
    _check(request)
    body = await request.json()
    try:
        request.app[HOUSE].faults.add(
            str(body["name"]), str(body.get("where", "any")), body.get("count", 1), float(body.get("value", 0))
        )
    except ValueError as no:
        return _no(str(no))
    return web.json_response({})


@routes.delete("/_control/faults")
async def clear(request: web.Request) -> web.Response:
    _check(request)
    request.app[HOUSE].faults.clear()
    return web.json_response({})
