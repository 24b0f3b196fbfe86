"""What is playing: every show of the coming days, made from the fixed programme and today's date."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sandbox.cinema.programme import CITIES, FILMS, VENUES, City, Event, Film, Venue

IST = ZoneInfo("Asia/Kolkata")
DAYS = 7
CITY = {city.code: city for city in CITIES}
VENUE = {venue.code: venue for venue in VENUES}
EVENT = {event.code: (film, event) for film in FILMS for event in film.events}
SLOTS = (time(10, 15), time(14, 0), time(18, 30), time(21, 45))
AFTER_MIDNIGHT = time(0, 15)


@dataclass(frozen=True)
class Show:
    """`session` is unique within its cinema; `starts` is in the city's zone."""

    venue: Venue
    film: Film
    event: Event
    session: str
    starts: datetime
    screen: str

    @property
    def day(self) -> str:
        """The date it belongs to: its own start's, also after midnight."""
        return f"{self.starts:%Y%m%d}"

    @property
    def cut_off(self) -> datetime:
        """When its sale ends."""
        return self.starts + timedelta(minutes=self.venue.cut_off)


def slug(text: str) -> str:
    """Decoration for addresses."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def city_named(text: str) -> City | None:
    """A city by slug or code."""
    return next((city for city in CITIES if text.lower() in {city.slug, city.code.lower()}), None)


def film_named(text: str) -> Film | None:
    """A film by title, group or event code."""
    for film in FILMS:
        if text in {film.title, film.group} or text.lower() == film.title.lower():
            return film
    return EVENT[text][0] if text in EVENT else None


@lru_cache(maxsize=4)
def shows(today: date) -> tuple[Show, ...]:
    """Every show of the coming days; the same for the same day."""
    days = [today + timedelta(days=offset) for offset in range(DAYS)]
    return tuple(show for day in days for venue in VENUES for show in _day(venue, day))


def _day(venue: Venue, day: date) -> Iterator[Show]:
    for index, (code, (film, event)) in enumerate(EVENT.items()):
        if film.soon or (film.sparse and day.toordinal() % 2):
            continue
        spread = zlib.crc32(f"{venue.code}{code}".encode())
        screens = 2 if index == 0 else 1  # two shows at one minute, on two screens
        slots = [*SLOTS, AFTER_MIDNIGHT] if film.late else SLOTS
        for slot, at in enumerate(slots):
            if (spread + slot) % 3 == 0 and index and at != AFTER_MIDNIGHT:
                continue
            for screen in range(screens):
                session = str(10_000 + (day.toordinal() % 400) * 200 + index * 10 + slot * 2 + screen)
                name = "IMAX" if event.dimension.startswith("IMAX") else ("4K DOLBY ATMOS" if screen else "")
                start = datetime.combine(day, at, IST) + timedelta(minutes=5 * (spread % 3))
                yield Show(venue, film, event, session, start, name)
