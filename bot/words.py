"""How values are written in the chat: moments, amounts, seats, and text of strangers' making. `Voice`: one reader."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.texts import Texts
from bot.wizard.times import SLOTS
from events.wish import CITY_ZONE, Money, TimeRange

_SEAT = re.compile(r"^(\D*)(\d+)$")
_JOINERS = "\u200c\u200d"  # they shape Devanagari letters and emoji


def short(text: str, most: int) -> str:
    """Our own text in at most so many code points, the cut marked; control characters become spaces."""
    plain = "".join(" " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def foreign(text: str, most: int = 80) -> str:
    """A text that others wrote, in at most `most` characters: one line, without characters that turn or hide others;
    letters that run from right to left are fenced, so that they do not turn the rest of the line.

    >>> foreign("Dune: Part Three", 8)
    'Dune: P…'
    """
    seen = "".join(c if c in _JOINERS or unicodedata.category(c) != "Cf" else " " for c in text)
    cut = short(seen, most)
    turned = any(unicodedata.bidirectional(letter) in {"R", "AL", "AN"} for letter in cut)
    return f"\u2068{cut}\u2069" if turned else cut


def names(values: Iterable[str], most: int = 200) -> str:
    """Several names, each and all of them bounded."""
    return short(", ".join(foreign(value, 60) for value in values), most)


def zone_of(text: str) -> ZoneInfo:
    """The person's zone; the city's where it is not set or not known."""
    try:
        return ZoneInfo(text) if text else CITY_ZONE
    except (ValueError, OSError):
        return CITY_ZONE


def weekday(day: date, t: Texts) -> str:
    """Its short name."""
    return t("words.weekdays").split()[day.weekday()]


def month(day: date, t: Texts) -> str:
    """Its short name."""
    return t("words.months").split()[day.month - 1]


def on(day: date, t: Texts) -> str:
    """`Sat 28 Nov`."""
    return f"{weekday(day, t)} {day.day} {month(day, t)}"


def at(moment: datetime | str | None, t: Texts, zone: ZoneInfo = CITY_ZONE) -> str:
    """`Sat 28 Nov, 18:30` in the zone; a moment may come as ISO 8601; `–` for none."""
    if not moment:
        return "–"
    local = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(zone)
    return f"{on(local.date(), t)}, {local:%H:%M}"


def clock(moment: datetime | str | None, zone: ZoneInfo = CITY_ZONE) -> str:
    """`18:30` in the zone; `–` for none."""
    if not moment:
        return "–"
    local = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(zone)
    return f"{local:%H:%M}"


def days(dates: Sequence[date], t: Texts) -> str:
    """Dates with neighbours joined: `Sat 28 Nov – Mon 30 Nov, Fri 4 Dec`."""
    runs: list[list[date]] = []
    for day in sorted(dates):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    said = (on(run[0], t) if len(run) == 1 else f"{on(run[0], t)} – {on(run[-1], t)}" for run in runs)
    return short(", ".join(said), 200)


def spans(times: Sequence[TimeRange], t: Texts) -> str:
    """Ranges of start times, those of the buttons by their name."""
    known = {span: t(f"wizard.slot_{key}") for key, span in SLOTS.items()}
    return ", ".join(known.get(span) or f"{span.start:%H:%M}–{span.until:%H:%M}" for span in times)


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


@dataclass(frozen=True)
class Voice:
    """One reader: the language's texts and the zone that moments are told in."""

    texts: Texts
    zone: ZoneInfo = CITY_ZONE

    def clock(self, moment: datetime) -> str:
        """`19:05` in the reader's zone."""
        return clock(moment, self.zone)

    def day(self, moment: datetime) -> str:
        """`Tue 24 Nov` in the reader's language and zone."""
        return on(moment.astimezone(self.zone).date(), self.texts)

    def when(self, moment: datetime) -> str:
        """`Tue 24 Nov, 19:05`."""
        return at(moment, self.texts, self.zone)

    def show_time(self, moment: datetime) -> str:
        """When a show starts: in the cinema's zone, whatever the reader's is, as the ticket says."""
        return at(moment, self.texts, CITY_ZONE)

    def near(self, moment: datetime, now: datetime) -> str:
        """A moment close by: only the clock where it is the same day."""
        same = moment.astimezone(self.zone).date() == now.astimezone(self.zone).date()
        return self.clock(moment) if same else self.when(moment)

    def left(self, until: datetime, now: datetime) -> str:
        """What remains, coarse enough to change rarely: `2 min`, `45 s`, steps of 15 s below two minutes."""
        seconds = max(0, (until - now) // timedelta(seconds=1))
        step = -(-seconds // 15) * 15
        if step >= 120:
            return self.texts("card.minutes", n=-(-seconds // 60))
        return self.texts("card.seconds", n=step)
