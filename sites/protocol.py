"""What usher asks of a cinema's site, and the honest answers a site can give."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from events.wish import Listing, SeatMap, SeatPlan, Show

if TYPE_CHECKING:
    from sites.recording import Recorder


class LookFor(msgspec.Struct, frozen=True):
    """What one look is for: a film in a city on some local dates (empty: all dates that the site lists)."""

    film: str
    city: str
    dates: tuple[date, ...] = ()


class Available(msgspec.Struct, frozen=True):
    """Positive proof of a showtimes page with shows."""

    listing: Listing


class Unavailable(msgspec.Struct, frozen=True):
    """Nothing is on sale (yet). `unknown` names a city or film that the site does not know, `nearest` offers others."""

    why: str
    unknown: str = ""
    nearest: tuple[str, ...] = ()


class Blocked(msgspec.Struct, frozen=True):
    """The site does not want us now. `kind`: blocked, rate_limited, challenge, down; `retry_after` in seconds;
    `picture`: the masked page (PNG) of a challenge that the browser met."""

    kind: str
    detail: str
    retry_after: float | None = None
    picture: bytes | None = None


class Unreadable(msgspec.Struct, frozen=True):
    """The page came, but not in a shape we know; `detail` holds no personal data."""

    detail: str


LookResult = Available | Unavailable | Blocked | Unreadable


class Held(msgspec.Struct, frozen=True):
    """The site holds the seats. `amount`: the summary's total with fees (paise); `reference`: the site's booking id."""

    plan: SeatPlan
    amount: int
    currency: str
    hold_ends: datetime
    reference: str


class Refused(msgspec.Struct, frozen=True):
    """The site said no and nothing was charged or held. `reason` is one of: seats_taken, sold_out, lapsed, price_rose,
    hold_expired, card_refused, payment_refused, already_booked, not_covered, contact_missing, network."""

    reason: str
    detail: str = ""


class Challenge(msgspec.Struct, frozen=True):
    """A page that only a person can pass: captcha, otp, login or queue. `picture` is a masked PNG."""

    kind: str
    where: str
    picture: bytes | None = None


class Paid(msgspec.Struct, frozen=True):
    """The confirmation page was read. `amount` in paise; `picture` is the masked ticket PNG."""

    confirmation: str
    seats: tuple[str, ...]
    amount: int
    currency: str
    picture: bytes | None = None


class Unknown(msgspec.Struct, frozen=True):
    """After the click no readable answer came: paid or not, only the order history knows."""

    why: str


class PaidOrder(msgspec.Struct, frozen=True):
    """One row of the order history. `starts` UTC, `amount` paise, `booked_at` UTC."""

    confirmation: str
    transaction: str
    cinema_code: str
    session: str
    film: str
    starts: datetime
    seats: tuple[str, ...]
    amount: int
    currency: str
    paid: bool
    booked_at: datetime | None = None


class GiftCard(msgspec.Struct, frozen=True):
    """A card's secrets, in memory only while used."""

    card_id: str
    number: str
    pin: str

    def __repr__(self) -> str:
        return f"GiftCard({self.card_id}, ••••{self.number[-4:]})"


class AppliedCard(msgspec.Struct, frozen=True):
    """What the payment page took from a card, in paise."""

    card_id: str
    last4: str
    amount: int


class Covered(msgspec.Struct, frozen=True):
    """The gift cards cover the order; only the irreversible click is left. `amount` is the order's total (paise)."""

    amount: int
    cards: tuple[AppliedCard, ...]


class QrCode(msgspec.Struct, frozen=True):
    """A code to be scanned and paid by a person. `picture` is the code's PNG, `amount` what it asks (paise), `deadline`
    UTC. From the moment it is shown the person may pay at any time."""

    picture: bytes
    amount: int
    deadline: datetime


class FilmOffer(msgspec.Struct, frozen=True):
    """A film of a city's listing. `open` is False for those announced only; `formats` may be empty: not every listing
    names them."""

    title: str
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    open: bool = True


class Contact(msgspec.Struct, frozen=True):
    """Where the site sends the ticket."""

    email: str
    phone: str

    def __repr__(self) -> str:
        return "Contact(•••)"


class Visit(Protocol):
    """One booking visit in a browser: calls come in this order. Every call is bounded in time by the adapter
    (TimeoutError never leaks before the click; after the click a time-out is Unknown)."""

    async def open_show(self, show: Show, seats: int) -> SeatMap | Refused | Challenge | Unreadable:
        """Open the show's seat page for `seats` tickets and read its map."""

    async def hold(self, plan: SeatPlan) -> Held | Refused | Challenge | Unreadable:
        """Choose exactly the plan's seats, hold them and read the order summary's total. Donations are unticked."""

    async def cover(self, cards: tuple[GiftCard, ...]) -> Covered | Refused | Challenge | Unreadable:
        """Go to payment and apply cards in this order until nothing remains. Charges nothing."""

    async def pay(self) -> Paid | Refused | Unknown:
        """THE irreversible click, once, and the confirmation page. Never clicks twice."""

    async def request_qr(self) -> QrCode | Refused | Challenge | Unreadable:
        """Instead of cover and pay, or after a cover that was refused: have the site show a UPI code for the whole
        order (gift cards applied before are taken off). Clicks nothing irreversible, but from here on the person may
        pay at any time: write the intent before calling it."""

    async def qr_outcome(self, within: float) -> Paid | Refused | Unknown | None:
        """Watch the page that shows the code for at most `within` seconds; None: still waiting. Refused only on the
        site's own word that nothing was charged. Bears to be called again until it gives something."""

    async def release(self, reference: str = "") -> None:
        """Give back the hold that this visit made, or the one of that reference which another visit of the account
        left; never another one, which may be its successor's. Never raises for a site that refuses."""

    async def picture(self) -> bytes | None:
        """A masked screenshot (PNG) of where the visit stands, or None."""


class Site(Protocol):
    """One cinema site, as one adapter."""

    name: str
    last_map: SeatMap | None

    async def warm(self) -> None:
        """Start the browser before it is needed. Raises events.errors.Unavailable."""

    async def look(self, wanted: LookFor, recorder: Recorder | None = None) -> LookResult:
        """Read the film's shows; plain HTTP, no browser. Never raises for what a site can do. `recorder`: keeps
        what the site said."""

    async def visit(self, session: str, contact: Contact | None, recorder: Recorder | None = None) -> Visit:
        """Open a booking visit in the browser with the account's session (JSON list of cookies). Close it with
        `close_visit`. Raises events.errors.Unavailable where no browser can be had. `recorder`: see `look`."""

    async def close_visit(self, visit: Visit) -> None:
        """Close the visit's browser context; bounded; never raises."""

    async def orders(self, session: str) -> tuple[PaidOrder, ...] | Blocked | Unreadable:
        """Read the account's order history (plain HTTP with the session's cookies)."""

    async def films(self, city: str) -> tuple[FilmOffer, ...]:
        """The films of a city's listing, now on sale first; () for an unknown city and where it cannot be read."""

    async def cinemas(self, city: str) -> tuple[str, ...]:
        """Names of a city's cinemas; () for an unknown city and where it cannot be read."""

    async def history_picture(self, session: str) -> bytes | None:
        """A masked screenshot (PNG) of the order history as the browser shows it, or None. Raises Unavailable."""

    async def cities(self) -> tuple[str, ...]:
        """Names of the cities the site knows, in its own order; () where it cannot be read."""

    async def close(self) -> None:
        """Close the HTTP session and the browser."""
