"""What a page shows, read from its elements: films of a listing, and a day's shows where the state cannot be read.

Known by addresses and texts, never by class names: these change with every release.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import msgspec

from events.wish import CITY_ZONE, Show

FILM = re.compile(r"/movies/[\w-]+/[\w-]+/(ET\d{8})/?$")
CINEMA = re.compile(r"/cinemas/[\w-]+/[\w-]+/buytickets/(\w{3,8})/(\d{8})/?$")
SEATS = re.compile(r"/movies/[\w-]+/seat-layout/(ET\d{8})/(\w{3,8})/(\d+)/(\d{8})/?$")
CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\s*([AP]M)", re.I)
LISTING = re.compile(r"^\s*([^\W\d_]+)\s*•\s*(\S.{0,40}?)\s*$")
_SPOKEN = """Assamese Bengali Bhojpuri English Gujarati Hindi Japanese Kannada Konkani Korean Malayalam Marathi Nepali
Odia Punjabi Rajasthani Sanskrit Tamil Telugu Tulu Urdu"""
LANGUAGES = frozenset(_SPOKEN.lower().split())
_SHAPES = "2D, 3D, IMAX, IMAX 2D, IMAX 3D, 4DX, 4DX 2D, 4DX 3D, MX4D, MX4D 3D, ICE, ICE 3D, SCREENX, DOLBY CINEMA 2D"
FORMATS = frozenset(_SHAPES.lower().split(", ")) | {"dolby cinema 3d", "2d screen x", "3d screen x"}


class Link(msgspec.Struct):
    """A link: where to, its texts in order, and the label of a picture in it."""

    href: str
    texts: list[str]
    picture: str = ""


class FilmCard(msgspec.Struct, frozen=True):
    """A film of a listing. `code` is one of its event codes."""

    code: str
    title: str
    languages: tuple[str, ...]
    formats: tuple[str, ...]


class RenderedDay(msgspec.Struct, frozen=True):
    """A day's page as it is shown: what is there is true, what is not there proves nothing (long lists are cut)."""

    shows: tuple[Show, ...]
    dates: tuple[str, ...]


class _Links(HTMLParser):
    """Links with their texts, loose texts, and ids of links that are dates."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self.loose: list[str] = []
        self.dates: list[str] = []
        self._open: Link | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "style"}:
            self._silent += 1
        if tag == "a" and given.get("href"):
            self._open = Link(given["href"], [])
            self.links.append(self._open)
            if re.fullmatch(r"20\d{6}", given.get("id", "")):
                self.dates.append(given["id"])
        if self._open is not None and (given.get("alt") or given.get("role") == "img"):
            self._open.picture = self._open.picture or given.get("alt") or given.get("aria-label") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent = max(0, self._silent - 1)
        if tag == "a":
            self._open = None

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._silent:
            (self._open.texts if self._open is not None else self.loose).append(text)


def _read(html: str) -> _Links:
    found = _Links()
    found.feed(html)
    return found


def films(html: str) -> tuple[FilmCard, ...]:
    """The films of a city's listing, each once."""
    cards: dict[str, FilmCard] = {}
    for link in _read(html).links:
        known = FILM.search(link.href.split("?")[0])
        title = link.picture or (link.texts[0] if link.texts else "")
        if known and title and known[1] not in cards:
            cards[known[1]] = FilmCard(known[1], title, _those(link.texts, LANGUAGES), _those(link.texts, FORMATS))
    return tuple(cards.values())


def _those(texts: list[str], known: frozenset[str]) -> tuple[str, ...]:
    """The words of the first text that is nothing but a list of known words."""
    for text in texts:
        words = [word.strip() for word in re.split(r"[,•|]", text) if word.strip()]
        if words and all(word.lower() in known for word in words):
            return tuple(words)
    return ()


def day(html: str, film: str) -> RenderedDay:
    """A day's shows of one listing from its page. Pills that lead nowhere are no shows."""
    found = _read(html)
    language = shape = ""
    for text in found.loose:
        if chip := LISTING.match(text):
            language, shape = chip[1], chip[2]
            break
    names: dict[str, str] = {}
    shows: dict[str, Show] = {}
    for link in found.links:
        address = link.href.split("?")[0]
        if (cinema := CINEMA.search(address)) and link.texts:
            names[cinema[1]] = " ".join(link.texts)
        seats = SEATS.search(address)
        show = _show(seats, " ".join(link.texts), film, names, language, shape) if seats else None
        if show is not None:
            shows[show.show_id] = show
    return RenderedDay(tuple(shows.values()), tuple(found.dates))


def _show(seats: re.Match[str], text: str, film: str, names: dict[str, str], language: str, shape: str) -> Show | None:
    code, venue, session, date = seats.groups()
    times = CLOCK.findall(text)
    if len(times) != 1 or venue not in names:  # two times in one element are a filter, not a show
        return None
    hour, minute, half = int(times[0][0]), times[0][1], times[0][2].upper()
    try:
        local = datetime.strptime(f"{date} {hour:02}:{minute} {half}", "%Y%m%d %I:%M %p")
    except ValueError:
        return None
    return Show(
        show_id=f"{venue}-{session}",
        film=film,
        film_code=code,
        cinema=names[venue],
        cinema_code=venue,
        session=session,
        starts=local.replace(tzinfo=CITY_ZONE).astimezone(UTC),
        language=language,
        format=shape,
        screen=" ".join(CLOCK.sub(" ", text).split()),
    )
