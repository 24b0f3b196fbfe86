"""Switches that make the shop misbehave, for tests of whoever relies on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware

NAMES = {
    "status_403": "answer 403 with a block page",
    "status_429": "answer 429; value: Retry-After in seconds",
    "status_500": "answer 500",
    "delay_ms": "answer later; value: milliseconds",
    "block_200": "a block page with status 200",
    "challenge": "a page that asks whether you are human",
    "waiting_room": "a queue page",
    "changed_markup": "the state stands under another name",
    "drop_after_charge": "charge, then close the connection",
    "hang_after_charge": "charge, then never answer",
    "hang_before_charge": "never answer and charge nothing",
    "refuse_payment": "refuse the payment; nothing is charged",
    "seats_taken_at_hold": "the wished seats are sold when they are asked for",
    "history_unreadable": "the order history's state stands under another name",
    "price_raised_at_summary": "raise the tickets' price after the hold; value: paise",
    "encrypt_layout": "the seat map's text is unreadable",
    "qr_missing": "the payment page has no code to scan",
    "slow_bank": "a UPI payment is confirmed later; value: milliseconds",
    "quiet_close": "close the connection before any work",
}
PLACES = ("look", "seat", "hold", "summary", "apply", "pay", "qr", "history", "any")
BLOCKED = "<!DOCTYPE html><html><head><title>Attention Required!</title></head><body><div id='cf-error-details'>"
HUMAN = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><div class='cf-turnstile'></div></body>"
QUEUE = (
    "<!DOCTYPE html><html><head><title>Waiting room</title></head><body id='waiting-room'>You are number 812.</body>"
)


@dataclass
class Fault:
    """One switch that is on. `count`: how many more requests it meets, None until cleared."""

    name: str
    where: str = "any"
    count: int | None = 1
    value: float = 0


class Faults:
    """The switches that are on, and how many requests each place has had."""

    def __init__(self) -> None:
        self.on: list[Fault] = []
        self.requests: dict[str, int] = {}

    def add(self, name: str, where: str = "any", count: int | None = 1, value: float = 0) -> None:
        """Switch a fault on. Raises ValueError saying what is allowed."""
        if name not in NAMES:
            raise ValueError(f'no switch "{name}"; allowed: {", ".join(NAMES)}')
        if where not in PLACES:
            raise ValueError(f'no place "{where}"; allowed: {", ".join(PLACES)}')
        self.on.append(Fault(name, where, count, value))

    def take(self, name: str, place: str) -> Fault | None:
        """Use up one turn of a fault, if it is on for this place."""
        for fault in self.on:
            if fault.name == name and fault.where in {place, "any"}:
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self.on.remove(fault)
                return fault
        return None

    def listed(self) -> dict[str, object]:
        """Every switch, what it does, and those that are on."""
        return {"switches": NAMES, "places": PLACES, "on": [asdict(fault) for fault in self.on]}


def place_of(path: str) -> str:
    """Which part of the shop a path belongs to."""
    for word, place in (
        ("seat-layout", "seat"),
        ("/api/hold", "hold"),
        ("order-summary", "summary"),
        ("/apply", "apply"),
        ("/qr", "qr"),
        ("/upi/", "qr"),
        ("/payment/", "pay" if path.endswith("/pay") else "summary"),
        ("purchase-history", "history"),
    ):
        if word in path:
            return place
    return "look"


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def close(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def middleware(faults: Faults) -> Middleware:
    """The faults that need no knowledge of the shop."""

    @web.middleware
    async def misbehave(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(("/_control", "/static")):
            return await handler(request)
        place = place_of(request.path)
        faults.requests[place] = faults.requests.get(place, 0) + 1
        if late := faults.take("delay_ms", place):
            await asyncio.sleep(late.value / 1000)
        if faults.take("quiet_close", place):
            return close(request)
        if limited := faults.take("status_429", place):
            return web.Response(
                status=429, text="Rate limit exceeded", headers={"Retry-After": str(int(limited.value))}
            )
        for name, status, page in (
            ("status_403", 403, BLOCKED),
            ("status_500", 500, "Internal Server Error"),
            ("block_200", 200, BLOCKED),
            ("challenge", 503, HUMAN),
            ("waiting_room", 200, QUEUE),
        ):
            if faults.take(name, place):
                return web.Response(status=status, text=page, content_type="text/html")
        return await handler(request)

    return misbehave
