"""Where seats stand. The dialog gives numbers only; a map's text or the boxes of its elements give aisles. Pure."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterable

import msgspec

from events.wish import Seat, SeatKind, SeatMap, SeatState
from sites.bookmyshow.dialog import Row, meaning, seats_of

LABEL = re.compile(r"([A-Z]{1,3})(\d{1,3})")
AISLE = 1.5  # a gap of so many seat widths between two seats' left edges is no longer the next seat


class Box(msgspec.Struct, frozen=True):
    """One seat's element on the page: left edge, top, width, in pixels."""

    label: str
    x: float
    y: float
    width: float


def of_boxes(boxes: Iterable[Box]) -> dict[str, dict[str, int]]:
    """Row → seat label → column, rows from the screen to the back: the screen is drawn at the bottom."""
    rows: dict[str, list[Box]] = {}
    for box in boxes:
        if (named := LABEL.fullmatch(box.label)) and box.width > 0:
            rows.setdefault(named[1], []).append(box)
    if not rows:
        return {}
    width = statistics.median(box.width for row in rows.values() for box in row)
    left = min(box.x for row in rows.values() for box in row)
    steps = [b - a for row in rows.values() for a, b in _pairs(row) if b - a < AISLE * width]
    pitch = statistics.median(steps) if steps else width
    ordered = sorted(rows.items(), key=lambda item: -statistics.median(box.y for box in item[1]))
    return {name: {box.label: round((box.x - left) / pitch) for box in row} for name, row in ordered}


def _pairs(row: list[Box]) -> list[tuple[float, float]]:
    xs = sorted(box.x for box in row)
    return list(itertools.pairwise(xs))


def of_map(seat_map: SeatMap) -> dict[str, dict[str, int]]:
    """Row → seat label → column, as a map's text has them."""
    return {row[0].row: {seat.label: seat.column for seat in row} for row in seat_map.rows}


def joined(rows: tuple[Row, ...], columns: dict[str, dict[str, int]], plain: SeatMap | None) -> SeatMap:
    """The dialog's seats at their places. Rows that it does not list have no free seat: they stay as the map's text
    has them, taken. Where a place is missing, no geometry is claimed."""
    seats: dict[str, list[Seat]] = {}
    for row in rows:
        seats.setdefault(row.name, []).extend(seats_of(row))
    known = bool(columns) and all(seat.label in columns.get(name, {}) for name, row in seats.items() for seat in row)
    if not known:
        return SeatMap(tuple(tuple(sorted(row, key=_place)) for _, row in sorted(seats.items(), key=_depth)), False)
    found: list[tuple[Seat, ...]] = []
    for name, places in columns.items():
        placed = [msgspec.structs.replace(seat, column=places[seat.label]) for seat in seats.get(name, [])]
        placed += _rest(name, {seat.label for seat in placed}, plain)
        if placed:
            found.append(tuple(sorted(placed, key=_place)))
    return SeatMap(tuple(found))


def _rest(name: str, told: set[str], plain: SeatMap | None) -> list[Seat]:
    """Seats of a row that the dialog did not tell of: not to be had."""
    rows = plain.rows if plain else ()
    return [
        msgspec.structs.replace(seat, state=SeatState.TAKEN)
        for row in rows
        for seat in row
        if seat.row == name and seat.label not in told
    ]


def _place(seat: Seat) -> int:
    return seat.column


def _depth(item: tuple[str, list[Seat]]) -> tuple[int, str]:
    return len(item[0]), item[0]  # A … Z, then AA: without geometry the letters stand for the distance


def unknown_seats(rows: tuple[Row, ...]) -> int:
    """How many seats carry a label that we cannot read: a sign that the site has changed."""
    return sum(meaning(line) == (SeatState.UNKNOWN, SeatKind.NORMAL) for row in rows for line in row.lines)
