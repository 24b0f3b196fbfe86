"""What is playing: cities, cinemas, films and shows, made from a fixed plan and today's date."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

IST = ZoneInfo("Asia/Kolkata")
DAYS = 7


@dataclass(frozen=True)
class City:
    code: str
    slug: str
    name: str
    alias: tuple[str, ...] = ()


@dataclass(frozen=True)
class Venue:
    """A cinema. `shape` names its hall; `message` is terms to accept; `status` "blank" leaves availability empty."""

    code: str
    name: str
    city: str
    shape: str
    food: bool = False
    message: str = ""
    status: str = "number"
    down: bool = False


@dataclass(frozen=True)
class Event:
    """One film in one language and format."""

    code: str
    language: str
    dimension: str


@dataclass(frozen=True)
class Film:
    group: str
    title: str
    censor: str
    events: tuple[Event, ...]
    closed: bool = False
    sparse: bool = False


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
        return f"{self.starts:%Y%m%d}"

    @property
    def cut_off(self) -> datetime:
        return self.starts + timedelta(minutes=15)


CITIES = (
    City("HYD", "hyderabad", "Hyderabad", ("Hydrabad", "Secunderabad")),
    City("BANG", "bengaluru", "Bengaluru", ("Bangalore", "Banglore")),
    City("MUMBAI", "mumbai", "Mumbai", ("Bombay",)),
)
VENUES = (
    Venue("AMBG", "AMB Cinemas: Gachibowli", "HYD", "wide"),
    Venue("PRHN", "Prasads Multiplex: Hyderabad", "HYD", "falling", message="Outside food is not allowed."),
    Venue("BHRM", "Bhramaramba 70MM: Kukatpally", "HYD", "wide", status="blank"),
    Venue("ALUC", "Allu Cinemas: Kokapet", "HYD", "lounge", food=True),
    Venue("URVB", "Urvashi Cinema: Bengaluru", "BANG", "falling"),
    Venue("ORNB", "Orion Screens: Rajajinagar", "BANG", "wide", food=True),
    Venue("JUHM", "Juhu Screens: Juhu", "MUMBAI", "wide"),
    Venue("LPRM", "Lower Parel Picture House", "MUMBAI", "lounge"),
    Venue("DWNM", "Dawn Talkies: Dadar", "MUMBAI", "wide", down=True),
)
FILMS = (
    Film(
        "EG00470725",
        "Dune: Part Three",
        "UA16+",
        (
            Event("ET00470725", "English", "2D"),
            Event("ET00470726", "English", "IMAX 2D"),
            Event("ET00470727", "Hindi", "2D"),
            Event("ET00470728", "Telugu", "2D"),
        ),
        closed=True,
    ),
    Film("EG00411001", "Monsoon", "U", (Event("ET00411001", "Hindi", "2D"), Event("ET00411002", "Telugu", "2D"))),
    Film("EG00411003", "Monsoon 2", "UA13+", (Event("ET00411003", "Hindi", "2D"), Event("ET00411004", "Hindi", "3D"))),
    Film("EG00411005", "The Long Night", "A", (Event("ET00411005", "English", "2D"),)),
    Film("EG00411006", "Kites <3 Sky & Sea", "U", (Event("ET00411006", "Telugu", "2D"),), sparse=True),
)
CITY = {city.code: city for city in CITIES}
VENUE = {venue.code: venue for venue in VENUES}
EVENT = {event.code: (film, event) for film in FILMS for event in film.events}
SLOTS = (time(10, 15), time(14, 0), time(18, 30), time(21, 45))


def slug(text: str) -> str:
    """Decoration for addresses."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


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
        if film.sparse and day.toordinal() % 2:
            continue
        spread = zlib.crc32(f"{venue.code}{code}".encode())
        screens = 2 if index == 0 else 1  # two shows at one minute, on two screens
        for slot, at in enumerate(SLOTS):
            if (spread + slot) % 3 == 0 and index:
                continue
            for screen in range(screens):
                session = str(10_000 + (day.toordinal() % 400) * 100 + index * 8 + slot * 2 + screen)
                name = "IMAX" if event.dimension.startswith("IMAX") else ("4K DOLBY ATMOS" if screen else "")
                start = datetime.combine(day, at, IST) + timedelta(minutes=5 * (spread % 3))
                yield Show(venue, film, event, session, start, name)
