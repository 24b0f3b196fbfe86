"""Why a listing gave nothing for a wish, line by line, and the smallest change of the wish that would have. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

import msgspec

from events.wish import Listing, Money, Show, TimeRange, Wish
from sites.matching import classes_that_fit, failing_parts, shows_that_fit

# Parts of a wish, those first that people give up most easily; the film is never one of them.
EASE = ("time", "screen", "format", "language", "cinema", "date", "price", "class")


class Refused(msgspec.Struct, frozen=True):
    """A show, and every line of the wish that it fails."""

    show: Show
    parts: tuple[str, ...]


class Verdict(msgspec.Struct, frozen=True):
    """What one listing was for a wish: shows that fit, those that would but are gone, and the others."""

    fits: tuple[Show, ...]
    gone: tuple[Show, ...]
    refused: tuple[Refused, ...]


class Change(msgspec.Struct, frozen=True):
    """The wish changed in `parts`, so that `show` fits it."""

    parts: tuple[str, ...]
    wish: Wish
    show: Show


def judged(wish: Wish, listing: Listing, now: datetime) -> Verdict:
    """Every show of the listing, and which line of the wish refused it. `now` is UTC."""
    fit = shows_that_fit(wish, listing, now)
    return Verdict(fit.shows, fit.sold_out, tuple(Refused(one.show, one.parts) for one in fit.refused))


def smallest_change(wish: Wish, listings: Iterable[Listing], now: datetime) -> Change | None:
    """The change of fewest parts with which one of the listings' shows could be bought; None where none could.

    Between changes of the same size: what people give up most easily, then the earlier show.
    """
    best: tuple[tuple[int, tuple[int, ...], datetime, str], Change] | None = None
    for show in {show: None for listing in listings for show in listing.shows}:
        parts = failing_parts(wish, show)
        if not parts or (best is not None and len(parts) > best[0][0]):
            continue
        change = _change_for(wish, show)
        if change is None:
            continue
        hardest = tuple(sorted(map(EASE.index, change.parts), reverse=True))
        size = (len(change.parts), hardest, show.starts, show.show_id)
        alone = Listing(wish.site, wish.city, show.film, (show,))
        # a show that is sold out fits no wish
        if (best is None or size < best[0]) and shows_that_fit(change.wish, alone, now).shows:
            best = size, change
    return best[1] if best else None


def _change_for(wish: Wish, show: Show) -> Change | None:
    """The wish widened until the show fits: a wider class can be over the cap, a later time on another day."""
    changed, widened = wish, set[str]()
    while parts := set(failing_parts(changed, show)):
        if parts & widened or not parts <= set(EASE):
            return None
        widened |= parts
        changed = _widened(changed, show, parts)
    return Change(tuple(part for part in EASE if part in widened), changed, show)


def _widened(wish: Wish, show: Show, parts: Collection[str]) -> Wish:
    for part in EASE:
        if part in parts:
            wish = _WIDEN[part](wish, show)
    return wish


def _more_time(wish: Wish, show: Show) -> Wish:
    at = show.local_start.time().replace(second=0, microsecond=0)

    def distance(span: TimeRange) -> int:
        ends = (span.start, span.until)
        return min(abs((at.hour - end.hour) * 60 + at.minute - end.minute) for end in ends)

    nearest = min(wish.times, key=distance)
    if nearest.start <= nearest.until:
        wider = TimeRange(min(nearest.start, at), max(nearest.until, at))
        times = tuple(wider if span is nearest else span for span in wish.times)
    else:  # a range across midnight can be left at either end: name the show's own time beside it
        times = (*wish.times, TimeRange(at, at))
    return msgspec.structs.replace(wish, times=times)


def _more_days(wish: Wish, show: Show) -> Wish:
    return msgspec.structs.replace(wish, dates=tuple(sorted({*wish.dates, show.local_start.date()})))


def _other_class(wish: Wish, show: Show) -> Wish:
    return msgspec.structs.replace(wish, seats=msgspec.structs.replace(wish.seats, category=None))


def _more_money(wish: Wish, show: Show) -> Wish:
    classes = classes_that_fit(wish, show)
    if not classes:
        return wish
    return msgspec.structs.replace(wish, cap=Money(classes[0].price * wish.seats.count))


_WIDEN: dict[str, Callable[[Wish, Show], Wish]] = {
    "time": _more_time,
    "screen": lambda wish, show: msgspec.structs.replace(wish, screens=(*wish.screens, show.screen)),
    "format": lambda wish, show: msgspec.structs.replace(wish, formats=(*wish.formats, show.format)),
    "language": lambda wish, show: msgspec.structs.replace(wish, languages=(*wish.languages, show.language)),
    "cinema": lambda wish, show: msgspec.structs.replace(wish, cinemas=(*wish.cinemas, show.cinema)),
    "date": lambda wish, show: msgspec.structs.replace(
        wish, dates=tuple(sorted({*wish.dates, show.local_start.date()}))
    ),
    "price": _more_money,
    "class": _other_class,
}


def said(change: Change, wish: Wish) -> str:
    """The change in words: `time 18:00-22:00 → 17:30-22:00`."""
    old, new = _lines(wish), _lines(change.wish)
    return "; ".join(f"{part} {old[part]} → {new[part]}" for part in EASE if part in change.parts)


def _lines(wish: Wish) -> dict[str, str]:
    def listed(values: Iterable[object]) -> str:
        return ", ".join(map(str, values)) or "any"

    return {
        "time": listed(wish.times),
        "screen": listed(wish.screens),
        "format": listed(wish.formats),
        "language": listed(wish.languages),
        "cinema": listed(wish.cinemas),
        "date": listed(wish.dates),
        "price": f"up to {wish.cap}" if wish.cap else "any",
        "class": wish.seats.category or "any",
    }
