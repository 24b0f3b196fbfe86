"""A whole wish in one sentence: "2 seats for Dune in Hyderabad on Saturday evening at AMB". Pure; asks no service.

What is understood is cut out of the sentence piece by piece; what remains is the film.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from bot.wizard import names
from bot.wizard.dates import GAP, find_dates
from bot.wizard.times import SLOTS, find_times
from events.wish import TimeRange

LANGUAGES = (
    "English",
    "Hindi",
    "Telugu",
    "Tamil",
    "Kannada",
    "Malayalam",
    "Marathi",
    "Bengali",
    "Punjabi",
    "Gujarati",
    "Odia",
    "Assamese",
    "Bhojpuri",
    "Japanese",
    "Korean",
)
FORMATS = ("IMAX 2D", "IMAX 3D", "4DX 3D", "4DX", "IMAX", "MX4D", "3D", "2D")
SCREENS = ("4K Dolby Atmos", "Dolby Cinema", "Dolby Atmos", "ScreenX", "PCX", "ICE", "Onyx", "Laser")
_COUNTS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_COUNT = rf"(?P<n>\d{{1,2}}|{'|'.join(_COUNTS)}|a couple of|couple of|a)"
_NOUN = r"(?:(?P<class>[a-z]+)\s+)?(?:seats?|tickets?|tix)"
_SEATS = re.compile(
    rf"\b{_COUNT}\s+(?P<apart>separate\s+)?(?:{_NOUN}|people|persons?|of us)(?P<together>\s+together)?"
    r"(?:\s+(?:for|to)\b)?"
)
_LEADING = re.compile(rf"^\W*{_COUNT}\s+(?:for|to)\b")
_MONEY = r"(?:₹|rs\.?|inr|rupees)?\s*(?P<m>\d[\d,]*(?:\.\d\d?)?)\s*(?P<k>k)?\s*(?:₹|rs\.?|inr|rupees|/-)?"
_CAP = re.compile(
    rf"\b(?:for\s+)?(?:under|below|max(?:imum)?|at most|up to|upto|within|less than|cap(?: of)?)\s+{_MONEY}(?!\w)"
)
_SIGNED = re.compile(r"(?:₹|\brs\.?|\binr)\s*(?P<m>\d[\d,]*)(?P<k>k)?\b")
_QUOTED = re.compile(r"[\"“”«»](?P<f>[^\"“”«»]{1,300})[\"“”«»]")
_FILLER = re.compile(
    r"^(?:(?:please|pls|hey|hi|usher|can you|could you|i|we|want|would like|d like|need|to|get|book|buy|find|watch|see"
    r"|me|us|some|seats?|tickets?|for|the (?:movie|film)|movie|film)\b[\s,:]*)+",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"(?:\b(?:on|in|at|for|and|or|to|from|please|pls|with|the|movie|film|tickets?|seats?)\b|[\s,.;:|])+$", re.I
)
_WORDS_BETWEEN = re.compile(r"\s*(?:,|/|\bor\b|\band\b|\bthen\b|\belse\b)\s*", re.IGNORECASE)
_STOP = r"(?=\s+(?:in|on|for|at|under|after|before|from|with|to)\b|\s*[|,;.!?]|\s*$)"
_NOT_CLASSES = {"more", "good", "best", "the", "movie", "film", "cinema", "of", "adult", "adults", "great", "front"}


class Sentence(msgspec.Struct, frozen=True):
    """What was understood; empty or None: it does not say. `cap` in paise."""

    film: str = ""
    city: str = ""
    cinemas: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()
    times: tuple[TimeRange, ...] = ()
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()
    count: int | None = None
    category: str | None = None
    together: bool | None = None
    cap: int | None = None

    @property
    def parts(self) -> int:
        """How many things besides the film it says."""
        return sum(bool(getattr(self, name)) for name in self.__struct_fields__ if name != "film")


class _Rest:
    """The text that nobody has understood yet, with its small letters beside it for searching."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str], last: bool = False) -> re.Match[str] | None:
        """Cut out the first (or last) place that fits."""
        low = self.text.lower()
        if len(low) != len(self.text):
            low = self.text
        found = list(pattern.finditer(low))
        if not found:
            return None
        match = found[-1 if last else 0]
        self.cut(match.start(), match.end())
        return match

    def cut(self, start: int, end: int) -> None:
        self.text = self.text[:start] + GAP + self.text[end:]


def read_sentence(
    text: str, today: date, films: Sequence[str] = (), cities: Sequence[str] = (), cinemas: Sequence[str] = ()
) -> Sentence:
    """What a sentence says of a wish. The lists are a site's names, where they are known; never raises."""
    rest = _Rest(" ".join(text.split())[:1000])
    film = _known_film(rest, films)
    cap, (count, category, together) = _cap(rest), _seats(rest)
    formats, screens, languages = _versions(rest)
    tonight = re.search(r"\btonight\b", rest.text, re.IGNORECASE)
    dates, rest.text = find_dates(rest.text, today)
    times, rest.text = find_times(rest.text)
    if tonight and not times:
        times = (SLOTS["evening"], SLOTS["late"])
    city = _city(rest, cities)
    where = _cinemas(rest, cinemas)
    return Sentence(
        film=film or _remaining(rest.text),
        city=city,
        cinemas=where,
        dates=dates,
        times=times,
        languages=languages,
        formats=formats,
        screens=screens,
        count=count,
        category=category,
        together=together,
        cap=cap,
    )


def _known_film(rest: _Rest, films: Sequence[str]) -> str:
    """A quoted title, or the longest of the site's titles in the sentence: its words mean nothing else then."""
    if match := _QUOTED.search(rest.text):
        rest.cut(match.start(), match.end())
        said = match["f"].strip()
        return names.film(said, films) or said
    for title in sorted(films, key=len, reverse=True):
        words = r"\W+".join(map(re.escape, re.findall(r"\w+", title)))
        if words and (match := re.search(rf"(?<!\w){words}(?!\w)", rest.text, re.IGNORECASE)):
            rest.cut(match.start(), match.end())
            return title
    return ""


def _amount(match: re.Match[str]) -> int | None:
    try:
        rupees = float(match["m"].replace(",", "")) * (1000 if match["k"] else 1)
    except ValueError:
        return None
    return round(rupees * 100) if 0 < rupees < 1_000_000 else None


def _cap(rest: _Rest) -> int | None:
    match = rest.take(_CAP) or rest.take(_SIGNED)
    return _amount(match) if match else None


def _seats(rest: _Rest) -> tuple[int | None, str | None, bool | None]:
    """Count, price class and whether together."""
    match = rest.take(_SEATS)
    named = match["class"] if match else None
    together = True if match and match["together"] else False if match and match["apart"] else None
    match = match or rest.take(_LEADING)
    if match is None:
        return None, None, None
    said = match["n"]
    count = 2 if "couple" in said else 1 if said == "a" else _COUNTS.index(said) + 1 if said in _COUNTS else int(said)
    category = named.upper() if named and named not in _NOT_CLASSES else None
    return count, category, together


def _versions(rest: _Rest) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Formats, screens, languages. A language counts where it cannot be a title's first word ("Hindi Medium")."""
    found: dict[tuple[str, ...], list[str]] = {FORMATS: [], SCREENS: [], LANGUAGES: []}
    for group in (SCREENS, FORMATS):
        for name in group:
            words = re.escape(name.lower()).replace(r"\ ", r"\s+")
            if rest.take(re.compile(rf"(?<!\w)(?:in\s+)?{words}(?!\w)")):
                found[group].append(name)
    for name in LANGUAGES:
        word = name.lower()
        sure = rf"\b(?:in|or|and)\s+(?:the\s+)?{word}\b|\b{word}\s+(?:version|dub(?:bed)?|audio|print)\b"
        beside = rf"(?<=\|)\s*{word}\b|\b{word}\s*(?=\|)|(?<=\w)\s+{word}\s*$"
        if rest.take(re.compile(sure)) or rest.take(re.compile(beside)):
            found[LANGUAGES].append(name)
    return tuple(found[FORMATS]), tuple(found[SCREENS]), tuple(found[LANGUAGES])


def _city(rest: _Rest, cities: Sequence[str]) -> str:
    """The last "in …" that is a city, else a name of the site's own list that stands anywhere."""
    places = list(re.finditer(rf"\bin\s+(?P<c>[^|,;.!?]+?){_STOP}", rest.text, re.IGNORECASE))
    for match in reversed(places):
        meant = names.city(match["c"], cities)
        if meant is None and not cities and len(match["c"]) <= 40:
            meant = match["c"].strip().title()
        if meant:
            rest.cut(match.start(), match.end())
            return meant
    for name in (*(cities or names.WELL_KNOWN), *names.ALIASES):
        place = re.search(rf"(?<=[\s|,])(?:in\s+)?{re.escape(name)}(?!\w)", rest.text, re.IGNORECASE)
        if place:
            rest.cut(place.start(), place.end())
            return names.city(name, cities) or ""
    return ""


def _cinemas(rest: _Rest, known: Sequence[str]) -> tuple[str, ...]:
    """The names after "at …", in their order."""
    match = re.search(
        r"(?:\bat\b|@)\s+(?P<c>[^|;!?]+?)(?=\s+(?:in|on|for|at|under|after|before|from|with)\b|\s*[|;!?]|\s*\.?$)",
        rest.text,
        re.IGNORECASE,
    )
    if match is None:
        return ()
    rest.cut(match.start(), match.end())
    said = [part.strip() for part in _WORDS_BETWEEN.split(match["c"]) if part.strip()]
    return tuple(dict.fromkeys(names.cinema(part, known) or part for part in said))[:8]


def _remaining(text: str) -> str:
    """The film: the longest piece that is left once fillers are gone."""
    pieces = (_TRAILING.sub("", _FILLER.sub("", piece.strip(" ,.;:"))) for piece in text.split("|"))
    return max((piece.strip(" ,;:-") for piece in pieces), key=len, default="")
