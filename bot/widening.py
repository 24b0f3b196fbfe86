"""The wish that a person means by taking an offer or by no longer minding a part of it. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from events.wish import Money, Show, TimeRange, Wish

FEES = 1.3  # the site's fees on top of the seats, generously; the person has seen the price of a seat
ROUND = 10_000  # paise


def taken(wish: Wish, show: Show, missing: tuple[str, ...]) -> Wish:
    """The wish for exactly this show. Class and cap are given up only where they were what was missing: then any class
    will do, and the cap is raised to what the show's dearest seats cost with fees, never taken away."""
    start = show.local_start
    at = start.time().replace(second=0, microsecond=0)
    seats = replace(wish.seats, category=None) if "class" in missing else wish.seats
    changed = replace(
        wish,
        cinemas=(show.cinema,),
        dates=(start.date(),),
        times=(TimeRange(at, at),),
        languages=(show.language,) if show.language else (),
        formats=(show.format,) if show.format else (),
        screens=(),
        seats=seats,
    )
    dearest = max((c.price for c in show.classes if c.online), default=0)
    if wish.cap is not None and "price" in missing and dearest:
        needed = -(-round(dearest * wish.seats.count * FEES) // ROUND) * ROUND
        changed = replace(changed, cap=Money(max(needed, wish.cap.amount), wish.cap.currency))
    return changed


def widened(wish: Wish, part: str) -> Wish | None:
    """The wish without this part; None for a part that cannot be left open."""
    match part:
        case "cinema":
            return replace(wish, cinemas=())
        case "date":
            return replace(wish, dates=())
        case "time":
            return replace(wish, times=())
        case "language":
            return replace(wish, languages=())
        case "format":
            return replace(wish, formats=())
        case "screen":
            return replace(wish, screens=())
        case "class":
            return replace(wish, seats=replace(wish.seats, category=None))
        case "price":
            return replace(wish, cap=None)
    return None
