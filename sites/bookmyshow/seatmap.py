"""The seat page's map text (`strData`) → SeatMap: rows from the screen to the back, aisles counted as columns."""

from __future__ import annotations

import re

from events.wish import Seat, SeatKind, SeatMap, SeatState

FREE, TAKEN = {"1", "4"}, {"0", "2", "3", "9"}
KINDS = {"5": SeatKind.COMPANION, "6": SeatKind.WHEELCHAIR}
CELL = re.compile(r"(?P<area>[A-Z])(?P<status>\d)(?P<inner>\d*)(?:\+(?P<shown>\d+))?")


def read_map(text: str, prices: dict[str, tuple[str, int]], couples: frozenset[str] = frozenset()) -> SeatMap:
    """Read a map. `prices`: area's category code → (class name, paise). Raises ValueError for another shape."""
    areas_text, mark, rows_text = text.strip().partition("||")
    if not mark:
        raise ValueError("no map text")
    areas: dict[str, tuple[str, int]] = {}
    for area in filter(None, areas_text.split("|")):
        name, letter, code, *_ = area.split(":")
        areas[letter] = prices.get(code, (name, 0))
    rows = [_row(row, areas, couples) for row in filter(None, rows_text.split("|"))]
    found = tuple(row for row in reversed(rows) if row)
    if not found:
        raise ValueError("a map without seats")
    return SeatMap(found)


def _row(text: str, areas: dict[str, tuple[str, int]], couples: frozenset[str]) -> tuple[Seat, ...]:
    _, letter, *cells = text.split(":")
    seats: list[Seat] = []
    for column, cell in enumerate(cells):
        found = CELL.fullmatch(cell)
        if found is None:
            raise ValueError(f"an unknown cell {cell[:12]!r}")
        number = int(found["shown"] if found["shown"] is not None else found["inner"] or 0)
        if not letter or number == 0:
            continue  # an aisle or a walkway
        category, price = areas[found["area"]]
        status = found["status"]
        state = SeatState.FREE if status in FREE or status in KINDS else SeatState.UNKNOWN
        state = SeatState.TAKEN if status in TAKEN else state
        kind = KINDS.get(status, SeatKind.COUPLE if letter in couples else SeatKind.NORMAL)
        seats.append(Seat(letter, number, column, category, price, state, kind))
    return tuple(seats)
