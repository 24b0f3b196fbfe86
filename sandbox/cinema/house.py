"""What every part of the shop shares: ledger, switches, clock, and what is on sale now."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.cinema import catalogue as c
from sandbox.cinema.books import Books, Row
from sandbox.cinema.faults import Faults
from sandbox.cinema.halls import SHAPES, Seat, plan, presold, seats
from sandbox.cinema.holds import Holds
from sandbox.cinema.till import Till
from sandbox.cinema.upi import Upi

COOKIE = "cinema_session"


@dataclass
class House:
    """The shop's parts, handed to its routes."""

    books: Books
    holds: Holds
    till: Till
    upi: Upi
    faults: Faults
    now: Callable[[], datetime]
    token: str

    def open(self, film: c.Film) -> bool:
        """Whether the film's sale is open now."""
        opens = self.books.opens_at(film.group)
        if opens is None:
            return not film.closed
        return bool(opens) and datetime.fromisoformat(opens) <= self.now()

    def shows(self) -> list[c.Show]:
        """Every show that is on sale and not over."""
        now = self.now().astimezone(c.IST)
        selling = {film.group for film in c.FILMS if self.open(film)}
        found = c.shows(now.date())
        return [s for s in found if s.film.group in selling and s.cut_off > now and not s.venue.down]

    def show(self, venue: str, session: str) -> c.Show | None:
        """One show by its codes, on sale or not."""
        today = self.now().astimezone(c.IST).date()
        days = (today, today - timedelta(days=1))
        return next((s for d in days for s in c.shows(d) if (s.venue.code, s.session) == (venue, session)), None)

    def hall(self, show: c.Show) -> tuple[tuple[Seat, ...], ...]:
        """The show's seats as they are now."""
        sold = self.holds.taken(show.venue.code, show.session)
        return seats(show.venue.shape, f"{show.venue.code}/{show.session}", sold, {})

    def free(self, show: c.Show, taken: dict[tuple[str, str], frozenset[str]]) -> dict[str, int]:
        """Free seats by area letter, and prices as `price:<letter>`."""
        code = (show.venue.code, show.session)
        key, sold = "/".join(code), taken.get(code, frozenset())
        found: dict[str, int] = {}
        for row in plan(show.venue.shape):
            for seat in row:
                if seat.status in "14" and seat.label not in sold and not presold(key, seat):
                    found[seat.area] = found.get(seat.area, 0) + 1
        prices = self.books.prices(*code)
        for area in SHAPES[show.venue.shape].areas:
            found[f"price:{area.letter}"] = prices.get(area.code, area.price)
        return found

    def price(self, show: c.Show, seat: Seat) -> int:
        """One seat's price in paise."""
        area = next(a for a in SHAPES[show.venue.shape].areas if a.letter == seat.area)
        return self.books.prices(show.venue.code, show.session).get(area.code, area.price)

    def account(self, request: web.Request) -> str:
        """The visitor's account token; an anonymous one is made where there is none."""
        token = request.cookies.get(COOKIE, "")
        if token and self.books.account(token):
            return token
        made: str = request.setdefault(
            "new_account", self.books.session_of(f"guest-{secrets.token_hex(6)}", None, None)
        )
        return made

    def hold_of(self, account: str) -> tuple[Row | None, c.Show | None]:
        """An account's open hold and its show."""
        held = self.holds.open_of(account)
        return held, self.show(held["venue"], held["session"]) if held else None


HOUSE: web.AppKey[House] = web.AppKey("house", House)


@web.middleware
async def keep_account(request: web.Request, handler: Callable[[web.Request], object]) -> web.StreamResponse:
    """Give a new visitor the cookie of the account that was made for them."""
    answer: web.StreamResponse = await handler(request)  # type: ignore[misc]
    if made := request.get("new_account"):
        answer.set_cookie(COOKIE, made, httponly=True, samesite="Lax")
    return answer
