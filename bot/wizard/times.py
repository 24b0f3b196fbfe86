"""Times of day as people write them: "evening", "6pm to 10pm", "after 6", "18:00-22:00". Pure."""

from __future__ import annotations

import re
from datetime import time

from bot.wizard.dates import GAP
from events.wish import TimeRange

SLOTS = {
    "morning": TimeRange(time(6), time(11, 59)),
    "noon": TimeRange(time(12), time(15, 59)),
    "evening": TimeRange(time(16), time(20, 59)),
    "late": TimeRange(time(21), time(2)),
}
_SAID = {
    "morning": "morning",
    "noon": "noon",
    "afternoon": "noon",
    "matinee": "noon",
    "evening": "evening",
    "night": "late",
    "late night": "late",
    "late": "late",
}
_CLOCK = r"(?:(?P<{0}h>\d{{1,2}})(?:[:.](?P<{0}m>[0-5]\d))?\s*(?P<{0}p>am|pm|a\.m\.|p\.m\.)?(?!\d|[:.]\d))"
_RANGE = re.compile(
    rf"\b(?:(?:from|between|at)\s+)?{_CLOCK.format('a')}\s*(?:-|–|—|to|till|until|and)\s*{_CLOCK.format('b')}(?![a-z0-9])"
)
_OPEN = re.compile(
    rf"\b(?P<how>after|from|past|before|by|until|till|around|about|at|@)\s*{_CLOCK.format('a')}(?![a-z0-9])"
    r"(?:\s+onwards)?"
)
_BARE = re.compile(rf"\b{_CLOCK.format('a')}(?![a-z0-9])")
_PART = r"late night|mornings?|afternoons?|matinee|noon|evenings?|nights?|late"
_SLOT = re.compile(  # a bare "night" inside a title is no time: it needs a neighbour that says so
    rf"(?:(?:^|\||,|\b(?:in|at|during|for|or|and)\b)\s*(?:the\s+)?(?P<s>{_PART})(?:\s+shows?)?\b"
    rf"|\b(?P<t>{_PART})\s+shows?\b|\b(?P<e>mornings?|afternoons?|evenings?)\s*$)"
)


def find_times(text: str) -> tuple[tuple[TimeRange, ...], str]:
    """The ranges of start times that the text names, and the text without them (`GAP` in their place).

    >>> [str(r) for r in find_times("Dune after 6pm")[0]]
    ['18:00-23:59']
    """
    found: list[TimeRange] = []
    low = text.lower()
    if len(low) != len(text):
        low = text
    tonight = "tonight" in low
    for pattern, read in ((_RANGE, _range), (_OPEN, _open), (_BARE, _bare), (_SLOT, _slot)):
        place = 0
        while match := pattern.search(low, place):
            times = read(match)
            if times is None:
                place = match.end()
                continue
            found.append(times)
            low = low[: match.start()] + GAP + low[match.end() :]
            text = text[: match.start()] + GAP + text[match.end() :]
            place = match.start() + len(GAP)
    if tonight and not found:
        found = [SLOTS["evening"], SLOTS["late"]]
    return tuple(dict.fromkeys(found)), text


def _clock(match: re.Match[str], which: str, half: str = "") -> time | None:
    """One clock time; `half` is the am or pm of the other end, for "6 to 10pm"."""
    hour, minute = int(match[f"{which}h"]), int(match[f"{which}m"] or 0)
    half = (match[f"{which}p"] or half).replace(".", "")
    if half and not 1 <= hour <= 12:
        half = ""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 else None


def _marked(match: re.Match[str], which: str) -> bool:
    """Whether it reads as a clock time by itself, not as a mere number: "6pm", "18:00"."""
    return bool(match[f"{which}m"] or match[f"{which}p"])


def _range(match: re.Match[str]) -> TimeRange | None:
    if not (_marked(match, "a") or _marked(match, "b")):
        return None
    last_half = match["bp"] or ""
    first, last = _clock(match, "a", last_half), _clock(match, "b")
    if first and last and first > last and last_half and not match["ap"]:
        first = _clock(match, "a", "am")  # "11 to 2pm" begins before noon
    return TimeRange(first, last) if first and last else None


def _open(match: re.Match[str]) -> TimeRange | None:
    how = match["how"]
    if how in {"at", "@", "by", "about", "around", "from", "until", "till"} and not _marked(match, "a"):
        return None
    half = "" if _marked(match, "a") or int(match["ah"]) > 11 else "pm"  # "after 6" means the evening
    at = _clock(match, "a", half)
    if at is None:
        return None
    if how in {"after", "from", "past"}:
        return TimeRange(at, time(23, 59))
    if how in {"before", "by", "until", "till"}:
        return TimeRange(time(0), at)
    return _around(at)


def _around(at: time) -> TimeRange:
    minute = at.hour * 60 + at.minute
    first, last = (minute - 30) % 1440, (minute + 30) % 1440
    return TimeRange(time(*divmod(first, 60)), time(*divmod(last, 60)))


def _bare(match: re.Match[str]) -> TimeRange | None:
    if not _marked(match, "a"):
        return None
    at = _clock(match, "a")
    return _around(at) if at is not None else None


def _slot(match: re.Match[str]) -> TimeRange | None:
    word = match["s"] or match["t"] or match["e"]
    return SLOTS[_SAID.get(word) or _SAID[word.rstrip("s")]]
