"""Wish × listing → the shows that fit, best first, and why each other one does not. Pure."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice

import msgspec

from events.wish import Availability, Listing, PriceClass, Show, Wish

GONE = frozenset({Availability.SOLD_OUT, Availability.LAPSED})
ORDER = (Availability.AVAILABLE, Availability.FILLING, Availability.ALMOST_FULL, Availability.UNKNOWN)
MOST_OFFERED = 5
Parts = Callable[[Wish, Show], tuple[str, ...]]
_SUFFIX = re.compile(r"\(([^()]*)\)\s*(-\s*\w+)?\s*$")
_FORMAT_WORDS = frozenset(
    [
        "2d",
        "3d",
        "imax",
        "4dx",
        "mx4d",
        "screenx",
        "dolby",
        "cinema",
        "atmos",
        "ice",
        "pcx",
        "laser",
        "onyx",
        "hindi",
        "english",
        "telugu",
    ]
)


class Refusal(msgspec.Struct, frozen=True):
    """Every line of the wish that a show fails."""

    show: Show
    parts: tuple[str, ...]


class Fit(msgspec.Struct, frozen=True):
    """`shows` best first; `sold_out` would fit but cannot be bought now."""

    shows: tuple[Show, ...]
    refused: tuple[Refusal, ...]
    sold_out: tuple[Show, ...]


class Mismatch(msgspec.Struct, frozen=True):
    """What is on sale instead. `fingerprint` is the same while the same is missing and the same offered."""

    missing: tuple[str, ...]
    on_sale: tuple[Show, ...]
    fingerprint: str


@lru_cache(maxsize=8_192)  # a listing says the same few names hundreds of times
def normal(text: str) -> str:
    """Lower case, no accents, words of letters and digits joined by one space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain))


@lru_cache(maxsize=8_192)
def title(text: str) -> str:
    """A film's normal title: a last bracket goes only if it names nothing but formats, "Kantara (Tamil)" stays."""
    bracket = _SUFFIX.search(text)
    if bracket and bracket.start() and _formats_only(bracket[1]):
        text = text[: bracket.start()]
    return normal(text)


def _formats_only(text: str) -> bool:
    words = set(normal(text).split())
    return bool(words & {"2d", "3d", "imax", "4dx"}) and words <= _FORMAT_WORDS


def same_film(one: str, other: str) -> bool:
    """Whole titles, never parts: "War" is not "War 2"."""
    return title(one) == title(other)


def closest(name: str, names: Iterable[str], n: int = 3) -> list[str]:
    """The names most like `name`, for suggestions: those that hold it whole ("Dune"), then those spelt alike."""
    known = {normal(other): other for other in names}
    whole = [other for other in known if normal(name) and holds_words(name, other)]
    alike = difflib.get_close_matches(normal(name), known, n=n, cutoff=0.5)
    return [known[found] for found in dict.fromkeys(whole + alike)][:n]


def holds_words(words: str, text: str) -> bool:
    """Whether `words` stand in `text` as whole words: "AMB" is in "AMB Cinemas", not in "Bhramaramba"."""
    return f" {normal(words)} " in f" {normal(text)} "


@lru_cache(maxsize=8_192)
def _one_of(wished: tuple[str, ...], offered: str) -> bool:
    """Formats, screens, languages: equal as sets of words, or all wished words stand in it with the same dimension.

    A bare dimension is exact: "3D" does not take "4DX 3D", nor "2D" an "IMAX 2D".
    """
    found = set(normal(offered).split())
    for wish in wished:
        words = set(normal(wish).split())
        if words == found or (words <= found and not words <= {"2d", "3d"}):
            return True
    return False


@lru_cache(maxsize=8_192)
def _preference(cinemas: tuple[str, ...], cinema: str, code: str) -> int | None:
    """The place of a cinema of this name and code among the wished ones."""
    if not cinemas:
        return 0
    for place, wished in enumerate(cinemas):
        if holds_words(wished, cinema) or normal(wished) == normal(code):
            return place
    return None


def _on_wished_night(wish: Wish, show: Show) -> tuple[bool, bool]:
    """(date fits, time fits). After midnight a show belongs to its own date, except for a range across midnight,
    whose tail belongs to the evening it began in."""
    if not wish.dates and not wish.times:
        return True, True
    local = show.local_start
    at, day = local.time(), local.date()
    date_fits = not wish.dates or day in wish.dates
    if not wish.times:
        return date_fits, True
    time_fits = any(at in span for span in wish.times)
    tail = any(span.until < span.start and at <= span.until for span in wish.times)
    if tail:
        return not wish.dates or day - timedelta(days=1) in wish.dates, True
    return date_fits, time_fits


def classes_that_fit(wish: Wish, show: Show) -> tuple[PriceClass, ...]:
    """The price classes that are sold online and wished, cheapest first."""
    category = wish.seats.category
    fitting = (c for c in show.classes if c.online and (category is None or normal(c.name) == normal(category)))
    return tuple(sorted(fitting, key=lambda c: c.price))


def _failing(wish: Wish, show: Show) -> Iterator[str]:
    if not same_film(wish.film, show.film):
        yield "film"
    if _preference(wish.cinemas, show.cinema, show.cinema_code) is None:
        yield "cinema"
    date_fits, time_fits = _on_wished_night(wish, show)
    if not date_fits:
        yield "date"
    if not time_fits:
        yield "time"
    if wish.languages and not _one_of(wish.languages, show.language):
        yield "language"
    if wish.formats and not _one_of(wish.formats, show.format):
        yield "format"
    if wish.screens and not _one_of(wish.screens, show.screen) and not _one_of(wish.screens, show.format):
        yield "screen"
    classes = classes_that_fit(wish, show)
    if not classes and (show.classes or wish.seats.category is not None):
        yield "class"
    # fees are not known yet: a lower bound, the hold's total decides
    if wish.cap is not None and classes and classes[0].price * wish.seats.count > wish.cap.amount:
        yield "price"


def failing_parts(wish: Wish, show: Show) -> tuple[str, ...]:
    """Every line of the wish that the show fails, in the order of the wish."""
    return tuple(_failing(wish, show))


def first_failing_part(wish: Wish, show: Show) -> tuple[str, ...]:
    """The first of `failing_parts` alone: a fraction of the work where most shows of a listing fit not."""
    return tuple(islice(_failing(wish, show), 1))


def _gone(wish: Wish, show: Show, now: datetime) -> bool:
    over = show.starts if show.cut_off is None else min(show.starts, show.cut_off)
    if over <= now or show.availability in GONE:
        return True
    classes = classes_that_fit(wish, show)
    return bool(classes) and all(c.availability in GONE for c in classes)


def _rank(wish: Wish, show: Show) -> tuple[int, date, int, float, str]:
    local = show.local_start
    minute = local.hour * 60 + local.minute
    target = wish.times[0].start.hour * 60 + wish.times[0].start.minute if wish.times else minute
    place = ORDER.index(show.availability) if show.availability in ORDER else len(ORDER)
    return (
        _preference(wish.cinemas, show.cinema, show.cinema_code) or 0,
        local.date(),
        place,
        abs(minute - target),
        show.show_id,
    )


def shows_that_fit(wish: Wish, listing: Listing, now: datetime, parts_of: Parts = failing_parts) -> Fit:
    """Sort a listing's shows into fitting, fitting but gone, and refused. `now` is UTC.

    `parts_of` may remember what `failing_parts` says: a replay judges the same shows thousands of times.
    """
    fitting: list[Show] = []
    gone: list[Show] = []
    refused: list[Refusal] = []
    for show in listing.shows:
        if parts := parts_of(wish, show):
            refused.append(Refusal(show, parts))
        elif _gone(wish, show, now):
            gone.append(show)
        else:
            fitting.append(show)
    fitting.sort(key=lambda show: _rank(wish, show))
    return Fit(tuple(fitting), tuple(refused), tuple(gone))


def mismatch(wish: Wish, fit: Fit, listing: Listing, now: datetime) -> Mismatch | None:
    """What to ask the person: only where nothing fits, nothing is merely sold out, and a wished date is on sale.

    A wished date that is not on sale yet is waited for. `missing` is the smallest change that would give a show.
    """
    if fit.shows or fit.sold_out:
        return None
    candidates = [r for r in fit.refused if not {"film", "date"} & set(r.parts) and not _gone(wish, r.show, now)]
    if not candidates:
        return None
    candidates.sort(key=lambda r: (len(r.parts), r.show.starts, r.show.show_id))
    best = candidates[0].parts
    offered = tuple(r.show for r in candidates[:MOST_OFFERED])
    text = "|".join((*best, *sorted(show.show_id for show in offered)))
    return Mismatch(best, offered, hashlib.sha256(text.encode()).hexdigest()[:16])
