"""How the shell writes tables, moments and durations for people. No library: they must appear at once."""

from __future__ import annotations

import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from events.wish import CITY_ZONE, Show


def clock(at: datetime | None, day: bool = False) -> str:
    """A moment in the city's time, to the millisecond, or with its day to the second."""
    if at is None:
        return ""
    local = at.astimezone(CITY_ZONE)
    return f"{local:%a %d %b %H:%M:%S}" if day else f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"


def lasted(seconds: float | None) -> str:
    """A duration as people say it: `12 ms`, `3.4 s`, `12 min`, `5 h 10 min`, `3 d 4 h`."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h"


def in_words(show: Show) -> str:
    """A show in a line: `AMB Cinemas: Gachibowli, Tue 24 Nov 18:35, English, 2D, ONYX`."""
    rest = ", ".join(part for part in (show.language, show.format, show.screen) if part)
    return f"{show.cinema}, {show.local_start:%a %d %b %H:%M}" + (f", {rest}" if rest else "")


def write_table(titles: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """A table without lines to standard output. Numbers' columns are named with a `#`; on a terminal the last column is
    folded. Written by hand, since a long life in a table of Rich's takes longer to draw than to read.
    """
    heads = [name.lstrip("#") for name in titles]
    cells = [tuple(visible(cell) for cell in row) for row in rows]
    widths = [max(map(_width, column)) for column in zip(heads, *cells, strict=True)]
    room = max(20, shutil.get_terminal_size().columns - sum(widths[:-1]) - 2 * len(heads)) if _on_terminal() else 0
    right = [name.startswith("#") for name in titles]
    lines = [title] if title else []
    lines.append(_dim("  ".join(_padded(*cell) for cell in zip(heads, widths, right, strict=True)).rstrip()))
    for row in cells:
        *first, last = row
        start = "".join(_padded(*cell) + "  " for cell in zip(first, widths, right, strict=False))
        folded = textwrap.wrap(last, room, break_long_words=True) if room and _width(last) > room else [last]
        indent = " " * _width(start)
        lines += [(start + folded[0]).rstrip(), *(indent + more for more in folded[1:])]
    sys.stdout.write("\n".join(lines) + "\n")


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _dim(text: str) -> str:
    return f"\x1b[2m{text}\x1b[0m" if _on_terminal() else text


def visible(text: str) -> str:
    """Foreign text without what steers a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(_columns(c) for c in text)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
