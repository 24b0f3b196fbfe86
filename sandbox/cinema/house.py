"""What every part of the shop shares: books, switches, clock, and what is on sale now."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.cinema import catalogue as c
from sandbox.cinema.books import Books, Row
from sandbox.cinema.dress import Dress
from sandbox.cinema.faults import Faults
from sandbox.cinema.halls import FREE, SHAPES, Area, Seat, plan, presold, seats
from sandbox.cinema.holds import Holds
from sandbox.cinema.programme import FILMS, Film
from sandbox.cinema.till import Till
from sandbox.cinema.upi import Upi

COOKIE = "cinema_session"


@dataclass(frozen=True)
class Offer:
    """One price class of one show now: free seats, all seats, price in paise."""

    area: Area
    free: int
    all: int
    price: int

    @property
    def percent(self) -> int:
        """Free seats in a hundred."""
        return self.free * 100 // self.all if self.all else 0


@dataclass
class House:
    """The shop's parts, handed to its routes."""

    books: Books
    holds: Holds
    till: Till
    upi: Upi
    faults: Faults
    dress: Dress
    now: Callable[[], datetime]
    token: str

    def today(self) -> str:
        """Today's date code in the city's zone."""
        return f"{self.now().astimezone(c.IST):%Y%m%d}"

    def open(self, film: Film) -> bool:
        """Whether the film's sale is open now."""
        opens = self.books.opens_at(film.group)
        if opens is None:
            return not film.closed and not film.soon
        return bool(opens) and datetime.fromisoformat(opens) <= self.now()

    def listed(self) -> list[c.Show]:
        """Every show that pages name: of films on sale, and not begun or still to be bought."""
        now = self.now().astimezone(c.IST)
        selling = {film.group for film in FILMS if self.open(film)}
        found = c.shows(now.date())
        return [s for s in found if s.film.group in selling and max(s.starts, s.cut_off) > now and not s.venue.down]

    def on_sale(self, show: c.Show) -> bool:
        """Whether a listed show can be bought now."""
        return self.open(show.film) and not show.venue.down and show.cut_off > self.now()

    def show(self, venue: str, session: str) -> c.Show | None:
        """One show by its codes, on sale or not."""
        today = self.now().astimezone(c.IST).date()
        days = (today, today - timedelta(days=1))
        return next((s for d in days for s in c.shows(d) if (s.venue.code, s.session) == (venue, session)), None)

    def hall(self, show: c.Show) -> tuple[tuple[Seat, ...], ...]:
        """The show's seats as they are now."""
        sold = self.holds.taken(show.venue.code, show.session)
        return seats(show.venue.shape, f"{show.venue.code}/{show.session}", sold)

    def offers(self, show: c.Show, taken: dict[tuple[str, str], frozenset[str]]) -> list[Offer]:
        """The show's price classes now. `taken` as `Holds.all_taken` gives it."""
        code = (show.venue.code, show.session)
        key, sold, prices = "/".join(code), taken.get(code, frozenset()), self.books.prices(*code)
        free, everything = dict[str, int](), dict[str, int]()
        for seat in (seat for row in plan(show.venue.shape) for seat in row):
            everything[seat.area] = everything.get(seat.area, 0) + 1
            if seat.status in FREE and seat.label not in sold and not presold(key, seat):
                free[seat.area] = free.get(seat.area, 0) + 1
        return [
            Offer(a, free.get(a.letter, 0), everything.get(a.letter, 0), prices.get(a.code, a.price))
            for a in SHAPES[show.venue.shape].areas
        ]

    def price(self, show: c.Show, seat: Seat) -> int:
        """One seat's price in paise."""
        area = next(a for a in SHAPES[show.venue.shape].areas if a.letter == seat.area)
        return self.books.prices(show.venue.code, show.session).get(area.code, area.price)

    def account(self, request: web.Request) -> str:
        """The visitor's account token; an anonymous one is made where there is none."""
        token = request.cookies.get(COOKIE, "")
        if token and self.books.account(token):
            return token
        if "new_account" not in request:
            request["new_account"] = self.books.session_of(f"guest-{secrets.token_hex(6)}", None, None)
        return str(request["new_account"])

    def hold_of(self, account: str) -> tuple[Row | None, c.Show | None]:
        """An account's open hold and its show."""
        held = self.holds.open_of(account)
        return held, self.show(held["venue"], held["session"]) if held else None


HOUSE: web.AppKey[House] = web.AppKey("house", House)


@web.middleware
async def keep_account(request: web.Request, handler: Callable[[web.Request], object]) -> web.StreamResponse:
    """Give a new visitor the cookie of the account that was made for them; dress the page."""
    try:
        answer: web.StreamResponse = await handler(request)  # type: ignore[misc]
    except web.HTTPRedirection as onward:
        _remember(request, onward)
        raise
    _remember(request, answer)
    if isinstance(answer, web.Response) and answer.content_type == "text/html" and answer.text:
        answer.text = request.app[HOUSE].dress.page(answer.text)
    return answer


def _remember(request: web.Request, answer: web.StreamResponse) -> None:
    if made := request.get("new_account"):
        answer.set_cookie(COOKIE, made, httponly=True, samesite="Lax")
