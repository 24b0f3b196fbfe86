"""How values are written in the chat: dates, times, amounts, names of strangers' making. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.texts import Texts
from bot.wizard.times import SLOTS
from events.wish import CITY_ZONE, TimeRange


def short(text: str, most: int) -> str:
    """At most so many code points, the cut marked; control characters become spaces."""
    plain = "".join(" " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def name(text: str, most: int = 120) -> str:
    """A foreign name inside our own line: shortened, and kept from turning the line's direction."""
    cut = short(text, most)
    rightward = any(unicodedata.bidirectional(letter) in {"R", "AL", "RLE", "RLO", "RLI"} for letter in cut)
    return f"\u2068{cut}\u2069" if rightward else cut


def names(values: Iterable[str], most: int = 200) -> str:
    """Several names, each and all of them bounded."""
    return short(", ".join(name(value, 60) for value in values), most)


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


def rupees(paise: int) -> str:
    """`₹1,500`, with paise only where there are some."""
    whole, rest = divmod(paise, 100)
    return f"₹{whole:,}" + (f".{rest:02}" if rest else "")
