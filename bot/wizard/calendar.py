"""A month as buttons: several dates, a range, the first weekend. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from aiogram.types import InlineKeyboardButton

from bot import words
from bot.drawing import Row
from bot.texts import Texts
from bot.wizard.draft import Draft, Known

MOST_MONTHS = 12


def calendar(draft: Draft, known: Known, t: Texts, press: Callable[..., InlineKeyboardButton]) -> list[Row]:
    """The month that the draft shows: its days, those chosen marked, days that are over left out."""
    first = _shown(draft, known)
    monday = first - timedelta(days=first.weekday())
    rows: list[Row] = [_head(first, known, t, press)]
    rows.append([press(day, "still") for day in t("words.weekdays_short").split()])
    while monday.month == first.month or monday < first:
        week = [monday + timedelta(days=n) for n in range(7)]
        if week[-1] >= known.today:
            rows.append([_day(day, first, draft, known, press) for day in week])
        monday += timedelta(days=7)
    ranging = t("wizard.range_on" if draft.ranging else "wizard.range")
    rows.append([press(t("wizard.weekend"), "weekend"), press(ranging, "range")])
    last = [press(t("wizard.any_date"), "any")]
    if draft.dates:
        last.append(press(t("wizard.clear"), "clear"))
    return [*rows, last]


def _shown(draft: Draft, known: Known) -> date:
    """The first of the month to draw: the one turned to, else that of the first chosen date, else this one."""
    this = known.today.replace(day=1)
    if draft.month:
        return max(this, date.fromisoformat(f"{draft.month}-01"))
    return max(this, draft.dates[0].replace(day=1)) if draft.dates else this


def _head(first: date, known: Known, t: Texts, press: Callable[..., InlineKeyboardButton]) -> Row:
    before, after = first - timedelta(days=1), (first + timedelta(days=32)).replace(day=1)
    earlier = first > known.today.replace(day=1)
    later = (after - known.today).days < 365
    return [
        press("◀", "month", f"{before:%Y-%m}") if earlier else press("·", "still"),
        press(f"{words.month(first, t)} {first.year}", "still"),
        press("▶", "month", f"{after:%Y-%m}") if later else press("·", "still"),
    ]


def _day(
    day: date, first: date, draft: Draft, known: Known, press: Callable[..., InlineKeyboardButton]
) -> InlineKeyboardButton:
    if day.month != first.month or day < known.today:
        return press("·", "still")
    mark = "•" if day in draft.dates else "→" if day == draft.range_from else ""
    return press(f"{mark}{day.day}", "day", day.isoformat())
