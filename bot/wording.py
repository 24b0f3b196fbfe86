"""How the chat writes moments, amounts and seats, in a person's language and zone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.texts import Texts
from events.wish import CITY_ZONE, Money

_SEAT = re.compile(r"^(\D*)(\d+)$")


def zone_of(name: str) -> ZoneInfo:
    """The zone of that IANA name; the city's where there is none."""
    try:
        return ZoneInfo(name) if name else CITY_ZONE
    except (ZoneInfoNotFoundError, ValueError):
        return CITY_ZONE


def money(amount: int, currency: str = "INR") -> str:
    """Paise as people write them: whole rupees lose their `.00`."""
    return str(Money(amount, currency)).removesuffix(".00")


def seat_list(seats: Iterable[str]) -> str:
    """Seats by their labels; three or more in a row become a span.

    >>> seat_list(["H7", "H8", "J1", "J2", "J3"])
    'H7, H8, J1–J3'
    """
    spans: list[list[str]] = []
    for seat in seats:
        if spans and _follows(spans[-1][-1], seat):
            spans[-1].append(seat)
        else:
            spans.append([seat])
    return ", ".join(f"{s[0]}–{s[-1]}" if len(s) > 2 else ", ".join(s) for s in spans)


def _follows(seat: str, following: str) -> bool:
    one, two = _SEAT.match(seat), _SEAT.match(following)
    return bool(one and two and one[1] == two[1] and int(one[2]) + 1 == int(two[2]))


def foreign(text: str, most: int = 80) -> str:
    """A text that others wrote, in at most `most` characters: one line, without characters that turn or hide others;
    letters that run from right to left are fenced, so that they do not turn the rest of the line.

    >>> foreign("Dune: Part Three", 8)
    'Dune: P…'
    """
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cf"} or c in "\u200c\u200d" else " " for c in text)
    flat = " ".join(kept.split())
    flat = flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"
    turned = any(unicodedata.bidirectional(c) in {"R", "AL", "AN"} for c in flat)
    return f"\u2068{flat}\u2069" if turned else flat


@dataclass(frozen=True)
class Voice:
    """One reader: the language's texts and the zone that moments are told in."""

    texts: Texts
    zone: ZoneInfo = CITY_ZONE

    def clock(self, at: datetime) -> str:
        """`19:05` in the reader's zone."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """`Tue 24 Nov` in the reader's language and zone."""
        local = at.astimezone(self.zone)
        days, months = self.texts("card.days").split(), self.texts("card.months").split()
        return f"{days[local.weekday()]} {local.day} {months[local.month - 1]}"

    def when(self, at: datetime) -> str:
        """`Tue 24 Nov, 19:05`."""
        return f"{self.day(at)}, {self.clock(at)}"

    def show_time(self, at: datetime) -> str:
        """When a show starts: in the cinema's zone, whatever the reader's is, as the ticket says."""
        return Voice(self.texts, CITY_ZONE).when(at)

    def near(self, at: datetime, now: datetime) -> str:
        """A moment close by: only the clock where it is the same day."""
        same = at.astimezone(self.zone).date() == now.astimezone(self.zone).date()
        return self.clock(at) if same else self.when(at)

    def left(self, until: datetime, now: datetime) -> str:
        """What remains, coarse enough to change rarely: `2 min`, `45 s`, steps of 15 s below two minutes."""
        seconds = max(0, (until - now) // timedelta(seconds=1))
        step = -(-seconds // 15) * 15
        if step >= 120:
            return self.texts("card.minutes", n=-(-seconds // 60))
        return self.texts("card.seconds", n=step)
