"""What each step's buttons do. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from bot.wizard.dates import span, weekend
from bot.wizard.draft import MOST_CINEMAS, MOST_DATES, STEPS, Draft, Known, Problem, from_wish
from bot.wizard.times import SLOTS
from events.wish import CITY_ZONE, MAX_SEATS

Outcome = Draft | Problem
Handler = Callable[[Draft, str, Known], Outcome]
PAGE = 8  # names a page
PARTS = {("seats", "class"), ("seats", "cap"), ("confirm", "window"), ("confirm", "people")}
CAPS = (500, 1000, 1500, 2000, 3000, 5000)  # rupees
AVOIDED = (0, 2, 3, 5, 8)
PAYMENTS = ("cards", "qr", "cards_or_qr")
WATCH_DAYS = (3, 7, 14, 30)


def onward(draft: Draft, known: Known) -> Draft:
    """The next step; the summary, where all steps were seen. A city that is already known is not asked twice."""
    if draft.summary:
        target = "film" if not draft.film else "city" if not draft.city else "confirm"
    else:
        target = STEPS[min(STEPS.index(draft.step) + 1, len(STEPS) - 1)]
        if target == "city" and draft.city:
            target = "cinemas"
    done = draft.summary or target == "confirm"
    cleared: dict[str, Any] = {"part": "", "page": 0, "typed": "", "ranging": False, "range_from": None}
    return msgspec.structs.replace(draft, step=target, summary=done, **cleared)


def _option(draft: Draft, arg: str) -> str | None:
    if not (arg.isascii() and arg.isdigit()) or len(arg) > 4 or int(arg) >= len(draft.options):
        return None
    return draft.options[int(arg)]


def toggled(chosen: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Without the name if it was chosen, else with it at the end."""
    return tuple(other for other in chosen if other != name) if name in chosen else (*chosen, name)


def _pick_film(draft: Draft, arg: str, known: Known) -> Outcome:
    title = draft.typed if arg == "typed" else _option(draft, arg)
    if not title:
        return Problem("stale")
    return onward(msgspec.structs.replace(draft, film=title, sure=True), known)


def _same(draft: Draft, _: str, known: Known) -> Outcome:
    """The last wish once more: all of it, or, where a film is already named, all but the film."""
    if known.last is None:
        return Problem("stale")
    again = from_wish(known.last, draft.rev, known.today)
    until = again.watch_until if again.watch_until and again.watch_until > known.now else None
    start = again.watch_from if again.watch_from and again.watch_from > known.now else None
    return msgspec.structs.replace(again, watch_from=start, watch_until=until)


def _pick_city(draft: Draft, arg: str, known: Known) -> Outcome:
    name = _option(draft, arg)
    return onward(in_city(draft, name), known) if name else Problem("stale")


def in_city(draft: Draft, name: str) -> Draft:
    """The draft in that city; cinemas of another one are forgotten."""
    cinemas = draft.cinemas if name == draft.city or not draft.city else ()
    return msgspec.structs.replace(draft, city=name, cinemas=cinemas)


def _pick_cinema(draft: Draft, arg: str, known: Known) -> Outcome:
    name = draft.typed if arg == "typed" else _option(draft, arg)
    if not name:
        return Problem("stale")
    chosen = toggled(draft.cinemas, name)
    if len(chosen) > MOST_CINEMAS:
        return Problem("too_many", {"most": MOST_CINEMAS})
    return msgspec.structs.replace(draft, cinemas=chosen, typed="")


def _favourites(draft: Draft, _: str, known: Known) -> Outcome:
    if not known.favourites:
        return Problem("stale")
    return onward(msgspec.structs.replace(draft, cinemas=known.favourites[:MOST_CINEMAS]), known)


def _any(**emptied: tuple[Any, ...]) -> Handler:
    def handler(draft: Draft, _: str, known: Known) -> Outcome:
        return onward(msgspec.structs.replace(draft, **emptied), known)

    return handler


def _day(draft: Draft, arg: str, known: Known) -> Outcome:
    try:
        day = date.fromisoformat(arg)
    except ValueError:
        return Problem("stale")
    if not known.today <= day <= known.today + timedelta(days=400):
        return Problem("date_over", {"today": known.today})
    if draft.ranging and draft.range_from is None:
        return msgspec.structs.replace(draft, range_from=day)
    if draft.ranging and draft.range_from is not None:
        return with_dates(draft, {*draft.dates, *span(draft.range_from, day)})
    return with_dates(draft, set(draft.dates) ^ {day})


def with_dates(draft: Draft, dates: set[date]) -> Outcome:
    """The draft on these dates; picking a range is over."""
    if len(dates) > MOST_DATES:
        return Problem("too_many", {"most": MOST_DATES})
    return msgspec.structs.replace(draft, dates=tuple(sorted(dates)), ranging=False, range_from=None)


def _weekend(draft: Draft, _: str, known: Known) -> Outcome:
    return with_dates(draft, {*draft.dates, *weekend(known.today)})


def _range(draft: Draft, _: str, known: Known) -> Outcome:
    return msgspec.structs.replace(draft, ranging=not draft.ranging, range_from=None)


def _month(draft: Draft, arg: str, known: Known) -> Outcome:
    try:
        first = date.fromisoformat(f"{arg}-01")
    except ValueError:
        return Problem("stale")
    if not known.today.replace(day=1) <= first <= known.today + timedelta(days=370):
        return Problem("date_over", {"today": known.today})
    return msgspec.structs.replace(draft, month=arg)


def _slot(draft: Draft, arg: str, known: Known) -> Outcome:
    if arg not in SLOTS:
        return Problem("stale")
    slot = SLOTS[arg]
    kept = tuple(span for span in draft.times if span != slot)
    return msgspec.structs.replace(draft, times=kept if slot in draft.times else (*draft.times, slot)[:6])


def _pick_version(draft: Draft, arg: str, known: Known) -> Outcome:
    option = _option(draft, arg)
    if option is None:
        return Problem("stale")
    field = {"l": "languages", "f": "formats", "s": "screens"}[option[0]]
    return msgspec.structs.replace(draft, **{field: toggled(getattr(draft, field), option[2:])})


def seated(draft: Draft, **changes: Any) -> Draft:
    """The draft with another line of its seats."""
    return msgspec.structs.replace(draft, seats=msgspec.structs.replace(draft.seats, **changes))


def counted(draft: Draft, count: int) -> Outcome:
    """The draft for so many seats, within what the desk allows."""
    return seated(draft, count=count) if 1 <= count <= MAX_SEATS else Problem("seats", {"most": MAX_SEATS})


def _count(draft: Draft, arg: str, known: Known) -> Outcome:
    return counted(draft, int(arg)) if arg.isascii() and arg.isdigit() and len(arg) < 3 else Problem("stale")


def _together(draft: Draft, _: str, known: Known) -> Outcome:
    return seated(draft, together=not draft.seats.together)


def _rows(draft: Draft, _: str, known: Known) -> Outcome:
    higher = [rows for rows in AVOIDED if rows > draft.seats.avoid_rows]
    return seated(draft, avoid_rows=higher[0] if higher else AVOIDED[0])


def _pick_class(draft: Draft, arg: str, known: Known) -> Outcome:
    name = None if arg == "any" else _option(draft, arg)
    if name is None and arg != "any":
        return Problem("stale")
    return msgspec.structs.replace(seated(draft, category=name), part="")


def _cap(draft: Draft, arg: str, known: Known) -> Outcome:
    if arg != "any" and not (arg.isascii() and arg.isdigit() and 0 < int(arg[:7]) == int(arg)):
        return Problem("stale")
    return msgspec.structs.replace(draft, cap=None if arg == "any" else int(arg) * 100, part="")


def _pay(draft: Draft, arg: str, known: Known) -> Outcome:
    return msgspec.structs.replace(draft, payment=arg) if arg in PAYMENTS else Problem("stale")


def _dry(draft: Draft, _: str, known: Known) -> Outcome:
    return msgspec.structs.replace(draft, dry_run=not draft.dry_run)


def _watch_from(draft: Draft, arg: str, known: Known) -> Outcome:
    days = {"now": 0, "tomorrow": 1}.get(arg)
    if days is None:
        return Problem("stale")
    start = datetime.combine(known.today + timedelta(days=days), time(6), CITY_ZONE) if days else None
    return msgspec.structs.replace(draft, watch_from=start)


def _watch_until(draft: Draft, arg: str, known: Known) -> Outcome:
    if arg != "auto" and arg not in map(str, WATCH_DAYS):
        return Problem("stale")
    if arg == "auto":
        return msgspec.structs.replace(draft, watch_until=None)
    end = datetime.combine(known.today + timedelta(days=int(arg)), time(23, 59), CITY_ZONE)
    return msgspec.structs.replace(draft, watch_until=end)


def _voter(draft: Draft, arg: str, known: Known) -> Outcome:
    user = _option(draft, arg)
    if user is None:
        return Problem("stale")
    voters = toggled(draft.voters, user)
    return msgspec.structs.replace(draft, voters=voters, votes=min(draft.votes, len(voters) + 1))


def _votes(draft: Draft, _: str, known: Known) -> Outcome:
    return msgspec.structs.replace(draft, votes=draft.votes % (len(draft.voters) + 1) + 1)


PRESSED: dict[tuple[str, str], Handler] = {
    ("film", "pick"): _pick_film,
    ("film", "same"): _same,
    ("city", "pick"): _pick_city,
    ("cinemas", "pick"): _pick_cinema,
    ("cinemas", "favs"): _favourites,
    ("cinemas", "any"): _any(cinemas=()),
    ("dates", "day"): _day,
    ("dates", "weekend"): _weekend,
    ("dates", "range"): _range,
    ("dates", "month"): _month,
    ("dates", "clear"): lambda draft, arg, known: with_dates(draft, set()),
    ("dates", "any"): _any(dates=()),
    ("times", "slot"): _slot,
    ("times", "any"): _any(times=()),
    ("version", "pick"): _pick_version,
    ("version", "any"): _any(languages=(), formats=(), screens=()),
    ("seats", "count"): _count,
    ("seats", "together"): _together,
    ("seats", "rows"): _rows,
    ("seats", "class"): _pick_class,
    ("seats", "cap"): _cap,
    ("confirm", "pay"): _pay,
    ("confirm", "dry"): _dry,
    ("confirm", "from"): _watch_from,
    ("confirm", "until"): _watch_until,
    ("confirm", "voter"): _voter,
    ("confirm", "votes"): _votes,
}
