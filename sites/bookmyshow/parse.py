"""Page text → the branches we know by name. A page's state holds its visitor's data: it is never kept whole."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from events.wish import CITY_ZONE, Availability, PriceClass, Show
from sites.protocol import Blocked, Unreadable

MARKER = "window.__INITIAL_STATE__"
LOOKED = ("showtimesFunctionalApi", "fetchVenuesListingApi")  # the branches of a page's state that a look reads
BRANCHES = frozenset({*LOOKED, "seatlayoutMovies", "orderSummary", "bookingConfirmation"})  # and a visit
AVAILABILITY = {
    "0": Availability.SOLD_OUT,
    "1": Availability.ALMOST_FULL,
    "2": Availability.FILLING,
    "3": Availability.AVAILABLE,
}
CLASS_STATE = {
    "available": Availability.AVAILABLE,
    "filling-fast": Availability.FILLING,
    "almost-full": Availability.ALMOST_FULL,
    "sold-out": Availability.SOLD_OUT,
}
FREE = frozenset({Availability.AVAILABLE, Availability.FILLING, Availability.ALMOST_FULL})
Json = dict[str, Any]
# what reading raises where a page has another shape than we know
OTHER_SHAPE = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)
Typed = TypeVar("Typed", bound=msgspec.Struct)


def typed(value: Typed) -> Typed:
    """The value, if every part of it is of the type that it says and can be written down: a page may hold anything,
    halves of characters too. Raises ValueError."""
    return msgspec.json.decode(msgspec.json.encode(value), type=type(value))


def state_start(text: str) -> int:
    """Where a page's state begins; -1 where it has none."""
    at = text.find(MARKER)
    return text.find("{", at) if at >= 0 else -1


def page_state(text: str) -> Json | None:
    """The state object of a page, or None. Callers take the branches they know and drop the rest."""
    at = state_start(text)
    if at < 0:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text, at)
    except OTHER_SHAPE:
        return None
    return found if isinstance(found, dict) else None


def refusal(status: int, text: str, retry_after: str | None = None) -> Blocked | None:
    """Whether an answer is a block, a human check, a queue or an outage. A block can come with status 200.

    Known by title and structure, never by a mere word: ordinary pages name the bot guard in their scripts.
    """
    head = text[:20_000]
    title = (re.search(r"<title[^>]*>(.*?)</title>", head, re.S | re.I) or [None, ""])[1] or ""
    wait = float(retry_after) if retry_after and retry_after.isdigit() else None
    if status == 429 or ("Rate limit exceeded" in head and len(text) < 2_000):
        return Blocked("rate_limited", "too many requests", wait)
    if "Just a moment" in title or 'class="cf-turnstile"' in head or "class='cf-turnstile'" in head:
        return Blocked("challenge", "the site asks whether a person is there", wait)
    if "waiting room" in title.lower() or "id='waiting-room'" in head or 'id="waiting-room"' in head:
        return Blocked("challenge", "a waiting room", wait)
    if "Attention Required!" in title or "cf-error-details" in head or "Access denied" in title:
        return Blocked("blocked", "a block page", wait)
    if status == 403:
        return Blocked("blocked", "the site answers 403", wait)
    if status >= 500:
        return Blocked("down", f"the site answers {status}", wait)
    return None


@lru_cache(maxsize=4_096)  # a page says the same few prices, and two pages the same moments, hundreds of times
def paise(text: str) -> int:
    """`₹ 1,250.00` or `295` → paise, without floats. Raises ValueError."""
    found = re.search(r"(\d[\d,]*)(?:\.(\d{1,2}))?", text)
    if found is None:
        raise ValueError(f"no amount in {text[:40]!r}")
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "0").ljust(2, "0"))


@lru_cache(maxsize=4_096)
def moment(code: str) -> datetime:
    """`YYYYMMDDHHMM` in the city's clock → UTC. Raises ValueError."""
    if len(code) != len("YYYYMMDDHHMM") or not (code.isascii() and code.isdecimal()):
        raise ValueError(f"no moment: {code[:20]!r}")
    # strptime was a quarter of a look's CPU
    return datetime.fromisoformat(f"{code[:8]}T{code[8:]}").replace(tzinfo=CITY_ZONE).astimezone(UTC)


def dynamic(state: Json, code: str, region: str) -> Json | None:
    """The shows' branch of a film page for this film and region; the key's date may differ from the asked one."""
    queries = (state.get("showtimesFunctionalApi") or {}).get("queries") or {}
    for key, query in queries.items():
        if key.startswith(f"fetchPrimaryDynamic-{code}-") and key.endswith(f"-{region}"):
            data = ((query or {}).get("data") or {}).get("data")
            return data if isinstance(data, dict) else None
    return None


def served_day(data: Json) -> str:
    """The date that a page of shows was answered with, whatever was asked; "" where it does not say."""
    return str((data.get("additionalData") or {}).get("dateCode") or "")


def open_dates(data: Json) -> list[str]:
    """The days that the date pills offer."""
    for widget in data.get("topStickyWidgets") or []:
        if widget.get("type") == "horizontal-block-list":
            pills = widget.get("data") or []
            return [p["id"] for p in pills if p.get("styleId") != "date-disabled" and p.get("cta")]
    return []


def format_of(data: Json) -> tuple[str, str]:
    """Language and format of the listing: the chip's `Hindi  •  2D`."""
    for widget in data.get("topStickyWidgets") or []:
        if widget.get("type") != "horizontal-text-list":
            continue
        text = widget["data"][0]["leftText"]["data"][0]["components"][0]["text"]
        language, _, dimension = text.partition("•")
        return language.strip(), dimension.strip()
    return "", ""


def shows(data: Json, film: str, code: str, days: Collection[str] | None) -> tuple[list[Show], int]:
    """The shows of these days (None: of any), and how many entries could not be read. Only a show's own date counts:
    a day that is not open is answered with another day's shows."""
    language, dimension = format_of(data)
    found: list[Show] = []
    broken = 0
    for card in _cards(data):
        for section in card.get("showtimesSections") or []:
            own = (section.get("additionalData") or {}).get("eventCode", code)
            for entry in section.get("showtimes") or []:
                try:
                    if days is None or entry["additionalData"]["showDateCode"] in days:
                        found.append(_show(entry, card, film, own, language, dimension))
                except OTHER_SHAPE:
                    broken += 1
    kept = _typed_ones(found)
    return kept, broken + len(found) - len(kept)


def _typed_ones(found: list[Show]) -> list[Show]:
    """Those whose every part is of its type: asked one by one only where they are not all so, which costs more."""
    try:
        return msgspec.json.decode(msgspec.json.encode(found), type=list[Show])
    except OTHER_SHAPE:
        kept: list[Show] = []
        for show in found:
            with contextlib.suppress(*OTHER_SHAPE):
                kept.append(typed(show))
        return kept


def _cards(data: Json) -> list[Json]:
    cards: list[Json] = []
    for widget in data["showtimeWidgets"]:
        if widget.get("type") == "groupList":
            for group in widget["data"]:
                cards += [card for card in group.get("data") or [] if card.get("type") == "venue-card"]
    return cards


def _show(entry: Json, card: Json, film: str, code: str, language: str, dimension: str) -> Show:
    more = entry["additionalData"]
    venue = card["additionalData"]
    classes = _classes(entry)
    return Show(
        show_id=f"{venue['venueCode']}-{more['sessionId']}",
        film=film,
        film_code=code,
        cinema=venue["venueName"],
        cinema_code=venue["venueCode"],
        session=str(more["sessionId"]),
        starts=moment(more["showDateTime"]),
        language=language,
        format=dimension,
        screen=str(more.get("attributes") or entry.get("screenAttr") or ""),
        availability=_availability(str(more.get("availStatus", "")), classes),
        classes=classes,
        cut_off=moment(more["cutOffDateTime"]) if more.get("cutOffDateTime") else None,
    )


def _availability(code: str, classes: tuple[PriceClass, ...]) -> Availability:
    """What the pill says, unless its own classes contradict it: the pill lags behind them."""
    said = AVAILABILITY.get(code, Availability.UNKNOWN)
    if said is Availability.SOLD_OUT and any(c.availability in FREE for c in classes):
        return Availability.UNKNOWN
    return said


def _classes(entry: Json) -> tuple[PriceClass, ...]:
    sheet = ((entry.get("customGestureCTA") or {}).get("additionalData") or {}).get("bottomSheetData") or {}
    found: list[PriceClass] = []
    for widget in sheet.get("widgets") or []:
        layout = str(widget.get("layoutId", ""))
        if layout.startswith("seat-category-type-"):
            values = widget["variableData"]
            name = " ".join(values["seatType"].split())
            state = CLASS_STATE.get(layout.removeprefix("seat-category-type-"), Availability.UNKNOWN)
            found.append(PriceClass(name, name, paise(values["seatCost"]), state))
    return tuple(found)


def venue_rows(page_text: str, state: Json | None) -> list[Json] | None:
    """The rows of a city's cinemas: the state's branch, else the list under that name in the page's other data."""
    queries = ((state or {}).get("fetchVenuesListingApi") or {}).get("queries") or {}
    for query in queries.values():
        rows = ((query or {}).get("data") or {}).get("venues")
        if isinstance(rows, list):
            return [row for row in rows if isinstance(row, dict)]
    named = re.search(r'"venues"\s*:\s*(?=\[\{\s*"VenueCode")', page_text)
    if named is None:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(page_text, named.end())
    except OTHER_SHAPE:
        return None
    return [row for row in found if isinstance(row, dict)]


def language_rows(text: str) -> list[tuple[str, str, str]]:
    """(language, format, event code) of every listing that a film page names."""
    rows: list[tuple[str, str, str]] = []
    for found in re.finditer(r'\{"language":\s*"', text):
        try:
            block, _ = json.JSONDecoder().raw_decode(text, found.start())
        except ValueError:
            continue
        for row in block.get("formats") or []:
            if re.fullmatch(r"ET\d{8}", str(row.get("eventCode", ""))):
                rows.append((str(block["language"]), str(row.get("dimension", "")), row["eventCode"]))
    return list(dict.fromkeys(rows))


def sale_open(text: str) -> bool | None:
    """Whether a film page sells: `Book tickets` = yes, `Releasing on` without it = no, neither = unknown."""
    if "Book tickets" in text:
        return True
    return False if "Releasing on" in text else None


def unreadable(what: str) -> Unreadable:
    """The answer for a page in an unknown shape."""
    return Unreadable(f"{what} is not in a shape we know")
