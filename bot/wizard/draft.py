"""What the wizard has gathered so far, and what it knows of the world: plain values that survive a restart."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from events.wish import SeatWish, TimeRange, Wish

STEPS = ("film", "city", "cinemas", "dates", "times", "version", "seats", "confirm")
MOST_CINEMAS = 8
MOST_DATES = 62
MOST_NAME = 300


class Film(msgspec.Struct, frozen=True):
    """A film as the site offers it. `open`: its sale has begun."""

    title: str
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    open: bool = False


class Class(msgspec.Struct, frozen=True):
    """A price class that was seen on sale, with its prices a seat (paise, without fees)."""

    name: str
    lowest: int = 0
    highest: int = 0


class Offers(msgspec.Struct, frozen=True):
    """What the newest listing of the film in its city held; empty where nobody has looked yet."""

    classes: tuple[Class, ...] = ()
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()


class Known(msgspec.Struct, frozen=True):
    """What the wizard may use: today in the city's zone, the site's lists (empty: not known), the person's habits.

    `people` are (user id, name) of those who may be asked for a vote. `group`: others read along, and the bot hears
    only what speaks to it. `no_cards`: the wallet is empty.
    """

    today: date
    now: datetime
    cities: tuple[str, ...] = ()
    films: tuple[Film, ...] = ()
    cinemas: tuple[str, ...] = ()
    favourites: tuple[str, ...] = ()
    city: str = ""
    last: Wish | None = None
    people: tuple[tuple[str, str], ...] = ()
    group: bool = False
    no_cards: bool = False
    offers: Offers = Offers()


class Draft(msgspec.Struct, frozen=True):
    """A wish in the making. `rev` grows with each change; a press carries it, so one on an old drawing is recognised.

    `step` is one of STEPS, `part` a question within it. `options` are the names behind this drawing's numbered
    buttons. `sure`: the person confirmed the film's title, whatever the site calls it. `summary` is True once all
    steps were seen: an edit returns there. `job` and `sequence` name the job that is changed.
    """

    rev: int = 1
    step: str = "film"
    part: str = ""
    summary: bool = False
    film: str = ""
    sure: bool = False
    city: str = ""
    cinemas: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()
    times: tuple[TimeRange, ...] = ()
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()
    seats: SeatWish = SeatWish()
    cap: int | None = None  # paise
    watch_from: datetime | None = None
    watch_until: datetime | None = None
    payment: str = "cards"
    dry_run: bool = False
    votes: int = 1
    voters: tuple[str, ...] = ()
    site: str = ""
    job: str = ""
    sequence: int = 0
    options: tuple[str, ...] = ()
    page: int = 0
    month: str = ""  # YYYY-MM of the calendar
    range_from: date | None = None
    ranging: bool = False
    typed: str = ""  # what was typed and not recognised: offered "as it is"


class Problem(msgspec.Struct, frozen=True):
    """Why an input was not taken: a key of the catalogue's section `problem` and its values. Nothing changed."""

    key: str
    values: dict[str, Any] = {}


class Press(msgspec.Struct, frozen=True):
    """A button of the drawing with that `rev`."""

    rev: int
    act: str
    arg: str = ""


class Typed(msgspec.Struct, frozen=True):
    """A message."""

    text: str


Said = Press | Typed
_SHARED = (  # what a draft and a wish call by the same name
    "film",
    "city",
    "cinemas",
    "dates",
    "times",
    "languages",
    "formats",
    "screens",
    "seats",
    "watch_from",
    "watch_until",
    "dry_run",
    "payment",
    "votes",
    "voters",
)


def as_wish(draft: Draft) -> dict[str, Any]:
    """The wish as the desk takes it."""
    wish: dict[str, Any] = {name: getattr(draft, name) for name in _SHARED}
    if draft.cap is not None:
        wish["cap"] = {"amount": draft.cap, "currency": "INR"}
    if draft.site:
        wish["site"] = draft.site
    done: dict[str, Any] = msgspec.to_builtins(wish)
    return done


def from_wish(wish: Wish, rev: int, today: date) -> Draft:
    """A draft that says the same, at its summary; dates that are over are left out."""
    shared: dict[str, Any] = {name: getattr(wish, name) for name in _SHARED}
    shared["dates"] = tuple(day for day in wish.dates if day >= today)
    cap = wish.cap.amount if wish.cap else None
    return Draft(rev=rev, step="confirm", summary=True, sure=True, cap=cap, site=wish.site, **shared)
