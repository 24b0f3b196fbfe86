"""Switches that make the shop misbehave, for tests of whoever relies on it."""

from __future__ import annotations

import asyncio
import contextlib
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
    "changed_markup": "the state of a film's shows stands under another name",
    "changed_altogether": "a film's shows are neither in the state nor on the page",
    "state_by_script": "the state of a film's shows is put together by a script",
    "renamed_label": "the seat page's way to the payment is called otherwise",
    "otp": "a one-time code is asked for before the payment",
    "drop_after_charge": "charge, then close the connection",
    "hang_after_charge": "charge, then never answer",
    "hang_before_charge": "never answer and charge nothing",
    "refuse_payment": "refuse the payment; nothing is charged",
    "seats_taken_at_hold": "the wished seats are sold when they are asked for",
    "history_unreadable": "the order history's state stands under another name",
    "price_raised_at_summary": "raise the tickets' price after the hold; value: paise",
    "encrypt_layout": "the seat map's text is unreadable",
    "no_layout": "the seat map's text is not in the page",
    "qr_missing": "the payment page has no code to scan",
    "slow_bank": "a UPI payment is confirmed later; value: milliseconds",
    "quiet_close": "close the connection before any work",
}
PLACES = ("look", "seat", "hold", "summary", "apply", "pay", "qr", "history", "any")
_FRAME = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><meta name="viewport" '
    'content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/static/style.css">'
    "</head>"
    '<body><main class="plain">{body}</main></body></html>'
)
BLOCKED = _FRAME.format(
    title="Attention Required! | Guard",
    body='<div id="cf-error-details"><h1>Sorry, you have been blocked</h1><p class="soft">The shop keeps you out.</p></div>',
)
HUMAN = _FRAME.format(
    title="Just a moment...",
    body='<h1>Are you human?</h1><div class="cf-turnstile"></div><p class="soft">The shop wants to see a person.</p>',
)
QUEUE = _FRAME.format(
    title="Waiting room",
    body='<div id="waiting-room"><h1>You are in the queue</h1><p>There are <b>812</b> people before you.</p>'
    '<p class="soft">Stay on this page, it goes on by itself.</p></div><script>setTimeout(() => location.reload(), 20000)</script>',
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
        self._lifted = asyncio.Event()

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

    def clear(self) -> None:
        """Switch everything off; whoever is kept waiting goes on."""
        self.on.clear()
        self._lifted.set()
        self._lifted = asyncio.Event()

    async def linger(self, seconds: float) -> None:
        """Wait so long, or until everything is switched off."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._lifted.wait(), seconds)

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
            await faults.linger(late.value / 1000)
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
