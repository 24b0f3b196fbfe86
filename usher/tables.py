"""How the shell writes tables, moments and durations for people. Rich is loaded by the first table."""

from __future__ import annotations

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
    """A table without lines; foreign text in it is never taken for markup. Numbers' columns are named with a `#`."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", title=Text(title) if title else None, title_justify="left")
    for name in titles:
        table.add_column(name.lstrip("#"), overflow="fold", justify="right" if name.startswith("#") else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)
