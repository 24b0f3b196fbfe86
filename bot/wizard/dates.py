"""Dates as people write them: "25 Dec", "sat and sun", "25-28 december", "first weekend", "tomorrow". Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

GAP = " | "  # stands where something was understood, so that its neighbours do not join
LONGEST_RANGE = 62  # days
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_MONTH = r"(?P<{0}>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_NUMBER = r"(?P<{0}>\d{{1,2}})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<y>20\d\d))?"
_TO = r"\s*(?:-|–|—|to|till|until)\s*"
_WEEKDAY = r"(?:(?<!the )(?:mon|tue|wed|thu|fri|sat|sun)s?(?!\w)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)"
_BEFORE = r"\b(?:(?:on|from|between|for)\s+)?(?:the\s+)?"

_ISO = re.compile(r"\b(?:on\s+)?(?P<a>20\d\d-\d\d-\d\d)(?:\s*(?:\.\.|–|to)\s*(?P<b>20\d\d-\d\d-\d\d))?\b")
_SLASHED = re.compile(r"\b(?:on\s+)?(?P<d>\d{1,2})/(?P<m>\d{1,2})(?:/(?P<y>20\d\d))?\b")
_DAY_MONTH = re.compile(
    _BEFORE
    + _NUMBER.format("d")
    + rf"(?:\s+{_MONTH.format('m')})?"
    + rf"(?:{_TO}{_NUMBER.format('e')})?"
    + rf"\s+(?:of\s+)?{_MONTH.format('n')}{_YEAR}\b"
)
_DAYS_MONTH = re.compile(
    rf"{_BEFORE}(?P<list>\d{{1,2}}(?:\s*(?:,|and|&|or)\s*\d{{1,2}})+)\s+{_MONTH.format('n')}{_YEAR}\b"
)
_MONTH_DAY = re.compile(
    rf"{_BEFORE}{_MONTH.format('n')}\s+{_NUMBER.format('d')}(?:{_TO}{_NUMBER.format('e')})?{_YEAR}(?![\d:])\b"
)
_WORDS = re.compile(
    r"\b(?:(?:on|for|this|coming)\s+)*(?:the\s+)?(?P<w>day after tomorrow|today|tonight|tomorrow|tmrw|tmr"
    r"|(?:first|this|next|coming)?\s*weekend)\b"
)
_WEEKDAYS = re.compile(
    rf"\b(?:(?:on|for|this|coming)\s+)*(?P<next>next\s+)?(?P<a>{_WEEKDAY})"
    rf"(?:(?P<to>{_TO})(?P<b>{_WEEKDAY}))?(?!\w)"
)


def find_dates(text: str, today: date) -> tuple[tuple[date, ...], str]:
    """The dates that the text names, ascending, and the text without them (`GAP` in their place).

    A date without a year is the next one from `today`; impossible and past dates are left in the text.

    >>> find_dates("Dune on 25 Dec", date(2026, 11, 24))
    ((datetime.date(2026, 12, 25),), 'Dune  | ')
    """
    found: set[date] = set()
    low = text.lower()
    if len(low) != len(text):  # letters whose small form is longer: places would not fit
        low = text
    for pattern, read in (
        (_ISO, _iso),
        (_SLASHED, _slashed),
        (_DAYS_MONTH, _day_list),
        (_DAY_MONTH, _day_month),
        (_MONTH_DAY, _day_month),
        (_WORDS, _words),
        (_WEEKDAYS, _weekdays),
    ):
        place = 0
        while match := pattern.search(low, place):
            dates = read(match, today)
            if not dates:
                place = match.end()
                continue
            found |= set(dates)
            low = low[: match.start()] + GAP + low[match.end() :]
            text = text[: match.start()] + GAP + text[match.end() :]
            place = match.start() + len(GAP)
    return tuple(sorted(found)), text


def weekend(today: date) -> tuple[date, date]:
    """The first Saturday and Sunday from today on; on a Sunday the next one's."""
    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    return saturday, saturday + timedelta(days=1)


def span(first: date, last: date) -> tuple[date, ...]:
    """Every date from first to last, both inclusive and in either order; at most `LONGEST_RANGE`."""
    first, last = min(first, last), max(first, last)
    return tuple(first + timedelta(days=n) for n in range(min((last - first).days + 1, LONGEST_RANGE)))


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next(day: int, month: int, year: str | None, today: date) -> date | None:
    """The date of this day and month that comes next, or in the year that was said."""
    if year:
        found = _made(int(year), month, day)
        return found if found and found >= today else None
    found = _made(today.year, month, day)
    if found is None or found < today:
        found = _made(today.year + 1, month, day)
    return found


def _iso(match: re.Match[str], today: date) -> tuple[date, ...]:
    try:
        first = date.fromisoformat(match["a"])
        last = date.fromisoformat(match["b"] or match["a"])
    except ValueError:
        return ()
    return span(first, last) if min(first, last) >= today else ()


def _slashed(match: re.Match[str], today: date) -> tuple[date, ...]:
    found = _next(int(match["d"]), int(match["m"]), match["y"], today)
    return (found,) if found else ()


def _day_list(match: re.Match[str], today: date) -> tuple[date, ...]:
    month = _MONTHS.index(match["n"]) + 1
    dates = (_next(int(day), month, match["y"], today) for day in re.findall(r"\d+", match["list"]))
    return tuple(day for day in dates if day)


def _day_month(match: re.Match[str], today: date) -> tuple[date, ...]:
    parts = match.groupdict()
    last_month = _MONTHS.index(parts["n"]) + 1
    first_month = _MONTHS.index(parts["m"]) + 1 if parts.get("m") else last_month
    first = _next(int(parts["d"]), first_month, parts["y"], today)
    last = _next(int(parts["e"]), last_month, parts["y"], today) if parts.get("e") else first
    return span(first, last) if first and last else ()


def _words(match: re.Match[str], today: date) -> tuple[date, ...]:
    word = " ".join(match["w"].split())
    if word.endswith("weekend"):
        first, last = weekend(today)
        shift = timedelta(days=7 if word.startswith("next") else 0)
        return first + shift, last + shift
    days = {"today": 0, "tonight": 0, "tomorrow": 1, "tmrw": 1, "tmr": 1, "day after tomorrow": 2}
    return (today + timedelta(days=days[word]),)


def _weekday(name: str, from_day: date) -> date:
    return from_day + timedelta(days=(_DAYS.index(name[:3]) - from_day.weekday()) % 7)


def _weekdays(match: re.Match[str], today: date) -> tuple[date, ...]:
    first = _weekday(match["a"], today)
    if match["next"] and (first - today).days < 7 - today.weekday():
        first += timedelta(days=7)  # "next friday" is not the one of this week
    return span(first, _weekday(match["b"], first)) if match["b"] else (first,)
