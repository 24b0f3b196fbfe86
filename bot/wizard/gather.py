"""What a typed message does in each step. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time

import msgspec

from bot.wizard import names
from bot.wizard.choices import counted, in_city, onward, seated, with_dates
from bot.wizard.dates import find_dates
from bot.wizard.draft import MOST_CINEMAS, MOST_NAME, STEPS, Draft, Known, Problem
from bot.wizard.sentence import Sentence, read_sentence
from bot.wizard.times import find_times
from events.errors import BadInput
from events.wish import CITY_ZONE, MAX_SEATS, TimeRange, parse_time_range
from sites.matching import holds_words

Outcome = Draft | Problem
_SPLIT = re.compile(r"\s*(?:,|;|/|\bor\b|\bthen\b)\s*", re.IGNORECASE)
_AMOUNT = re.compile(
    r"^(?:under|below|max|up to)?\s*(?:₹|rs\.?|inr)?\s*(\d[\d,]{0,8})(?:\.\d\d?)?\s*(?:₹|rs\.?|inr)?$", re.I
)


def read(text: str, known: Known) -> Sentence:
    """The sentence, read with every name that is known."""
    titles = [film.title for film in known.films]
    return read_sentence(text, known.today, titles, known.cities, (*known.favourites, *known.cinemas))


def fill(draft: Draft, said: Sentence, known: Known) -> Outcome:
    """The draft with all that a sentence says, at its summary or at what it lacks or leaves unclear."""
    if said.count is not None and not 1 <= said.count <= MAX_SEATS:
        return Problem("seats", {"most": MAX_SEATS})
    if len(said.film) > MOST_NAME:
        return Problem("too_long", {"most": MOST_NAME})
    filled = in_city(draft, said.city) if said.city else draft
    lists = {
        name: found
        for name in ("cinemas", "dates", "times", "languages", "formats", "screens")
        if (found := getattr(said, name))
    }
    filled = msgspec.structs.replace(filled, **lists)
    seats = {"count": said.count, "category": said.category, "together": said.together}
    filled = seated(filled, **{name: value for name, value in seats.items() if value is not None})
    if said.cap is not None:
        filled = msgspec.structs.replace(filled, cap=said.cap)
    if not filled.city and known.city:
        filled = msgspec.structs.replace(filled, city=known.city)
    filled = msgspec.structs.replace(filled, summary=True)
    return _with_film(filled, said.film, known) if said.film else onward(filled, known)


def _with_film(draft: Draft, text: str, known: Known) -> Outcome:
    """Take the title; where the site shows some that are spelt alike, ask which is meant."""
    if len(text) > MOST_NAME:
        return Problem("too_long", {"most": MOST_NAME})
    titles = [film.title for film in known.films]
    if title := names.film(text, titles):
        return onward(msgspec.structs.replace(draft, film=title, sure=True), known)
    if names.nearest(text, titles):
        return msgspec.structs.replace(draft, step="film", part="", typed=text, page=0)
    return onward(msgspec.structs.replace(draft, film=text, sure=False), known)


def _film(draft: Draft, text: str, known: Known) -> Outcome:
    titles = [film.title for film in known.films]
    said = read(text, known)
    whole = names.film(text, titles) is not None
    if not whole and said.parts and (said.count is not None or said.city or said.cinemas or said.parts > 1):
        return fill(draft, said, known)
    return _with_film(draft, text, known)


def _city(draft: Draft, text: str, known: Known) -> Outcome:
    if meant := names.city(text, known.cities):
        return onward(in_city(draft, meant), known)
    if not known.cities and len(text) <= 60:
        return onward(in_city(draft, text.title() if text.islower() else text), known)
    return msgspec.structs.replace(draft, typed=text[:60], page=0)


def _cinemas(draft: Draft, text: str, known: Known) -> Outcome:
    listed = (*known.favourites, *known.cinemas)
    chosen = list(draft.cinemas)
    unclear = ""
    for part in filter(None, _SPLIT.split(text)):
        if len(part) > MOST_NAME:
            return Problem("too_long", {"most": MOST_NAME})
        meant = names.cinema(part, listed)
        if meant is None and known.cinemas and not any(holds_words(part, name) for name in known.cinemas):
            unclear = part
        else:
            chosen.append(meant or part)
    chosen = list(dict.fromkeys(chosen))
    if len(chosen) > MOST_CINEMAS:
        return Problem("too_many", {"most": MOST_CINEMAS})
    return msgspec.structs.replace(draft, cinemas=tuple(chosen), typed=unclear, page=0)


def _dates(draft: Draft, text: str, known: Known) -> Outcome:
    found, _ = find_dates(text, known.today)
    return with_dates(draft, {*draft.dates, *found}) if found else Problem("dates")


def _times(draft: Draft, text: str, known: Known) -> Outcome:
    found: tuple[TimeRange, ...]
    try:
        found = (parse_time_range(text),)
    except BadInput:
        found, _ = find_times(text)
    if not found:
        return Problem("times")
    return msgspec.structs.replace(draft, times=tuple(dict.fromkeys((*draft.times, *found)))[:6])


def _version(draft: Draft, text: str, known: Known) -> Outcome:
    said = read_sentence(f"x, in {text.replace(',', ', in ')}", known.today)
    found = {"languages": said.languages, "formats": said.formats, "screens": said.screens}
    if not any(found.values()):
        return Problem("version")
    merged = {name: tuple(dict.fromkeys((*getattr(draft, name), *values))) for name, values in found.items()}
    return msgspec.structs.replace(draft, **merged)


def _seats(draft: Draft, text: str, known: Known) -> Outcome:
    if draft.part == "class":
        if len(text) > 60:
            return Problem("too_long", {"most": 60})
        return msgspec.structs.replace(seated(draft, category=text), part="")
    if draft.part == "cap":
        match = _AMOUNT.match(text)
        rupees = int(match[1].replace(",", "")) if match else 0
        return msgspec.structs.replace(draft, cap=rupees * 100, part="") if rupees else Problem("cap")
    if text.isascii() and text.isdigit() and len(text) < 4:
        return counted(draft, int(text))
    said = read(text, known)
    if said.count is None and said.cap is None and said.together is None:
        return Problem("seats", {"most": MAX_SEATS})
    kept = msgspec.structs.replace(
        said, film="", city="", cinemas=(), dates=(), times=(), languages=(), formats=(), screens=()
    )
    outcome = fill(draft, kept, known)
    return (
        outcome
        if isinstance(outcome, Problem)
        else msgspec.structs.replace(outcome, step="seats", summary=draft.summary)
    )


def _confirm(draft: Draft, text: str, known: Known) -> Outcome:
    if draft.part == "window":
        found, _ = find_dates(text, known.today)
        if not found:
            return Problem("dates")
        return msgspec.structs.replace(draft, watch_until=datetime.combine(found[-1], time(23, 59), CITY_ZONE))
    said = read(text, known)
    if not said.parts:
        return Problem("summary")
    outcome = fill(draft, msgspec.structs.replace(said, film=""), known)
    return outcome if isinstance(outcome, Problem) else msgspec.structs.replace(outcome, part="")


_READERS = (_film, _city, _cinemas, _dates, _times, _version, _seats, _confirm)
TYPED: dict[str, Callable[[Draft, str, Known], Outcome]] = dict(zip(STEPS, _READERS, strict=True))
