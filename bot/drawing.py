"""Keyboards, row by row. Every label is cut to what a phone shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from bot.words import short

MOST_LABEL = 40
Row = Sequence[InlineKeyboardButton]


def button(label: str, data: CallbackData) -> InlineKeyboardButton:
    """One button; foreign names in its label are cut."""
    return InlineKeyboardButton(text=short(label, MOST_LABEL) or "…", callback_data=data.pack())


def keyboard(*rows: Row) -> InlineKeyboardMarkup:
    """The rows that hold something."""
    return InlineKeyboardMarkup(inline_keyboard=[list(row) for row in rows if row])


def in_rows(buttons: Iterable[InlineKeyboardButton], wide: int) -> list[Row]:
    """Buttons side by side, so many a row (at most 8)."""
    every = list(buttons)
    return [every[start : start + wide] for start in range(0, len(every), wide)]


def sheet(title: str, *blocks: Text | str) -> Text:
    """A bold title and blocks under it, an empty line between; empty blocks vanish."""
    parts: list[Text | str] = [Bold(title)]
    for block in blocks:
        if block == "" or (isinstance(block, Text) and not block.render()[0]):
            continue
        parts += ["\n\n", block]
    return Text(*parts)


def lines(*rows: Text | str) -> Text:
    """One under the other; empty ones vanish."""
    kept = [row for row in rows if not (isinstance(row, str) and not row)]
    parts: list[Text | str] = []
    for row in kept:
        parts += [row, "\n"]
    return Text(*parts[:-1])
