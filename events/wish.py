"""Values: what a person wishes and what a cinema offers. Checked once, at the edge, and plain from there on."""

from __future__ import annotations

import enum
import re
import unicodedata
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from events.errors import BadInput

CITY_ZONE = ZoneInfo("Asia/Kolkata")
MAX_SEATS = 10
Payment = Literal["cards", "qr", "cards_or_qr"]


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in minor units (paise) of `currency` (ISO 4217)."""

    amount: int
    currency: str = "INR"

    def __str__(self) -> str:
        sign = "₹" if self.currency == "INR" else f"{self.currency} "
        return f"{sign}{self.amount // 100:,}.{self.amount % 100:02}"


class TimeRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local start times from `start` to `until`, both inclusive; `until < start` ends after midnight."""

    start: time
    until: time

    def __contains__(self, at: time) -> bool:
        if self.start <= self.until:
            return self.start <= at <= self.until
        return at >= self.start or at <= self.until

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.until:%H:%M}"


class SeatWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many seats and which. `avoid_rows` counts rows from the screen; `category` is a price class's name."""

    count: int = 2
    category: str | None = None
    avoid_rows: int = 3
    together: bool = True
    across_aisle: bool = False
    accessible: bool = False


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One wish to see one film. Empty tuples mean "any"; `cinemas` is in order of preference.

    `cap` bounds the whole order with fees. `watch_from`/`watch_until` are UTC; without an end the last date decides.
    `payment`: with gift cards, by a code that the person pays, or by the code only where the cards do not cover.
    `votes` answers decide about poor seats; `voters` (user ids) may give one beside the owner.
    """

    film: str
    city: str
    cinemas: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()
    times: tuple[TimeRange, ...] = ()
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()
    seats: SeatWish = SeatWish()
    cap: Money | None = None
    watch_from: datetime | None = None
    watch_until: datetime | None = None
    site: str = "bookmyshow"
    dry_run: bool = False
    payment: Payment = "cards"
    votes: int = 1
    voters: tuple[str, ...] = ()


class Availability(enum.StrEnum):
    """What a show's pill says. A hint only: a show that says sold out may still free seats, and the reverse."""

    AVAILABLE = "available"
    FILLING = "filling"
    ALMOST_FULL = "almost_full"
    SOLD_OUT = "sold_out"
    LAPSED = "lapsed"
    UNKNOWN = "unknown"


class PriceClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One price class of a show. `price` in paise a seat, without fees; `online` False = not sold on the site."""

    name: str
    code: str
    price: int
    availability: Availability = Availability.UNKNOWN
    online: bool = True


class Show(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One show as a look saw it. `show_id` is `<cinema code>-<session>`, unique within its site; `starts` is UTC."""

    show_id: str
    film: str
    film_code: str
    cinema: str
    cinema_code: str
    session: str
    starts: datetime
    language: str = ""
    format: str = ""
    screen: str = ""
    availability: Availability = Availability.UNKNOWN
    classes: tuple[PriceClass, ...] = ()
    cut_off: datetime | None = None

    @property
    def local_start(self) -> datetime:
        """Start in the city's zone."""
        return self.starts.astimezone(CITY_ZONE)

    def fingerprint(self) -> str:
        """What makes a rejected show worth another try when it changes."""
        prices = ",".join(f"{c.code}:{c.price}:{c.availability}" for c in self.classes)
        return f"{self.availability}|{prices}"


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one look saw: all shows of a film in a city. `film` is the title as the site writes it."""

    site: str
    city: str
    film: str
    shows: tuple[Show, ...] = ()


class SeatState(enum.StrEnum):
    """`UNKNOWN` is a label that fits no pattern: never chosen, reported as drift."""

    FREE = "free"
    TAKEN = "taken"
    UNKNOWN = "unknown"


class SeatKind(enum.StrEnum):
    """Companion and wheelchair seats are taken only where the person asked for them."""

    NORMAL = "normal"
    COUPLE = "couple"
    COMPANION = "companion"
    WHEELCHAIR = "wheelchair"


class Seat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One seat. `column` is its place from the left, aisles counted; neighbours differ by 1. `price` in paise."""

    row: str
    number: int
    column: int
    category: str
    price: int
    state: SeatState = SeatState.FREE
    kind: SeatKind = SeatKind.NORMAL

    @property
    def label(self) -> str:
        """Row and number as printed on the ticket: `H7`."""
        return f"{self.row}{self.number}"


class SeatMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hall's seats: rows from the screen to the back, each from left to right.

    `geometry` is False where only numbers are known: then neighbouring numbers stand for neighbouring seats.
    """

    rows: tuple[tuple[Seat, ...], ...]
    geometry: bool = True


class SeatPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The chosen seats. `score` 0 (worst) to 1; `price` is the seats' sum in paise, without fees."""

    seats: tuple[str, ...]
    score: float
    price: int
    category: str
    note: str = ""


class MaskedCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gift card as an event may name it. `amount` in paise taken from it."""

    card_id: str
    last4: str
    amount: int


def parse_time_range(text: str) -> TimeRange:
    """Read a range of local start times, `HH:MM-HH:MM`. Raises BadInput.

    >>> str(parse_time_range("18:00-02:30"))
    '18:00-02:30'
    """
    try:
        start, until = text.replace("–", "-").split("-")
        return TimeRange(time.fromisoformat(start.strip()), time.fromisoformat(until.strip()))
    except ValueError:
        raise BadInput("time", f'"{text}" is not a time range', "HH:MM-HH:MM", "18:00-22:00") from None


def parse_moment(name: str, text: str | None) -> datetime | None:
    """Read a moment, in the city's time where it names no zone; `name` is the field. Raises BadInput."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(name, f'"{text}" is no time', "ISO 8601", "2026-12-18T10:00") from None
    return found if found.tzinfo else found.replace(tzinfo=CITY_ZONE)


@lru_cache(maxsize=4_096)
def slug(text: str) -> str:
    """Lower-case ASCII words joined by `-`: safe as a NATS token, a KV key and a file name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "x" + text.encode().hex()[:32]


def group_of(wish: Wish) -> str:
    """The group a wish is watched in: one look serves every job of the same site, city and film."""
    return f"{slug(wish.site)}--{slug(wish.city)}--{slug(wish.film)}"[:120]


def check_wish(wish: Wish, now: datetime) -> Wish:
    """Return the wish as it will be kept, or raise BadInput naming the field. `now` is UTC."""
    today = now.astimezone(CITY_ZONE).date()
    if not wish.film.strip():
        raise BadInput("film", "it is empty", "the film's title", '--film "Dune: Part Three"')
    if not wish.city.strip():
        raise BadInput("city", "it is empty", "a city's name", "--city Hyderabad")
    for name, text in (("film", wish.film), ("city", wish.city), *(("cinema", c) for c in wish.cinemas)):
        if len(text) > 300 or any(unicodedata.category(c) == "Cc" for c in text):
            raise BadInput(name, "it is too long or holds control characters", "up to 300 plain characters")
    if not 1 <= wish.seats.count <= MAX_SEATS:
        raise BadInput("seats", f"{wish.seats.count} seats", f"1 to {MAX_SEATS}", "--seats 2")
    if not 0 <= wish.seats.avoid_rows <= 20:
        raise BadInput("avoid_rows", f"{wish.seats.avoid_rows} rows", "0 to 20", "--avoid-rows 3")
    if wish.dates and max(wish.dates) < today:
        raise BadInput("date", f"{max(wish.dates)} is in the past", f"{today} or later", f"--date {today}")
    if wish.cap is not None and (wish.cap.amount <= 0 or wish.cap.currency != "INR"):
        raise BadInput(
            "cap", f"{wish.cap.amount / 100:.2f} {wish.cap.currency}", "an amount above 0 in INR", "--cap 1500"
        )
    _check_window(wish, now)
    _check_votes(wish)
    return msgspec.structs.replace(wish, dates=tuple(sorted(d for d in set(wish.dates) if d >= today)))


def _check_window(wish: Wish, now: datetime) -> None:
    for name, moment in (("watch_from", wish.watch_from), ("watch_until", wish.watch_until)):
        if moment is not None and moment.tzinfo is None:
            raise BadInput(name, "it has no time zone", "ISO 8601 with an offset", "2026-11-24T10:00:00+05:30")
    if wish.watch_until is not None and wish.watch_until <= max(now, wish.watch_from or now):
        raise BadInput("watch_until", "the watch window is empty", "an end after its start and after now")


def _check_votes(wish: Wish) -> None:
    for voter in wish.voters:
        if re.fullmatch(r"[a-z0-9]+", voter) is None:
            raise BadInput("voters", f'"{voter[:40]}" is no user id', "letters a-z and digits")
    most = 1 + len(set(wish.voters))
    if not 1 <= wish.votes <= most:
        raise BadInput("votes", f"{wish.votes} votes", f"1 to {most} (the owner and {most - 1} voters)")
