"""Hall shapes: rows from the screen to the back, seats with aisles between, and their wire form.

A seat's status is what the shop's own pages use: 1 free, 4 free and among the best, 2 sold or held, 9 sold elsewhere,
3 kept back, 0 not sold online, 5 for a companion, 6 for a wheelchair, and 8, which no reader can know.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

OPEN = "1456"  # may be bought
FREE = "14"  # may be bought by anybody


@dataclass(frozen=True)
class Seat:
    """`column` counts aisles too. `together`: how many seats are sold as one (2 a couple's, 4 a sofa)."""

    row: str
    number: int
    column: int
    area: str
    status: str = "1"
    together: int = 1

    @property
    def label(self) -> str:
        """Row and number: `H7`."""
        return f"{self.row}{self.number}"

    @property
    def piece(self) -> int:
        """Which couple or sofa of its row it belongs to; itself where it stands alone."""
        return (self.number - 1) // self.together


@dataclass(frozen=True)
class Area:
    """A price class: its first `rows` rows after the class before it. `price` in paise."""

    letter: str
    name: str
    code: str
    price: int
    rows: int
    online: bool = True


@dataclass(frozen=True)
class Shape:
    """`blocks` are the widths of seat blocks between aisles; `together` maps rows to the size of their pieces;
    `unknown` seats carry a status that no reader knows."""

    rows: str
    blocks: tuple[int, ...]
    areas: tuple[Area, ...]
    falling: bool = False
    together: tuple[tuple[str, int], ...] = ()
    unknown: tuple[str, ...] = ()


SHAPES = {
    "wide": Shape(  # no row I
        "ABCDEFGHJKLM",
        (4, 10, 4),
        (Area("A", "SILVER", "0000000001", 17700, 4), Area("B", "GOLD", "0000000002", 29500, 8)),
        unknown=("D9", "D10"),
    ),
    "falling": Shape(  # numbers fall from left to right; the cheapest class is sold at the door only
        "ABCDEFGHI",
        (4, 4, 4),
        (
            Area("C", "SPECIAL", "0000000007", 6012, 1, online=False),
            Area("A", "CLASSIC", "0000000003", 15000, 2),
            Area("B", "PRIME", "0000000004", 21078, 6),
        ),
        falling=True,
    ),
    "lounge": Shape(
        "ABCDEF",
        (4, 4),
        (Area("A", "SOFA", "0000000005", 40000, 2), Area("B", "RECLINER", "0000000006", 65000, 4)),
        together=(("B", 4), ("F", 2)),
    ),
}


@lru_cache(maxsize=16)
def plan(shape: str) -> tuple[tuple[Seat, ...], ...]:
    """The empty hall: rows from the screen to the back."""
    hall = SHAPES[shape]
    areas = [area for area in hall.areas for _ in range(area.rows)]
    return tuple(tuple(_row(hall, name, index, areas)) for index, name in enumerate(hall.rows))


def _row(hall: Shape, name: str, index: int, areas: list[Area]) -> Iterator[Seat]:
    total, number, column = sum(hall.blocks), 0, 0
    first_of_last = areas.index(hall.areas[-1])
    together = dict(hall.together).get(name, 1)
    for block in hall.blocks:
        for _ in range(block):
            number += 1
            shown = total + 1 - number if hall.falling else number
            status = "4" if index >= first_of_last + 2 and abs(number - total / 2) < 3 else "1"
            if index == first_of_last and number <= 2:
                status = "6" if number == 1 else "5"
            if not areas[index].online:
                status = "0"
            if f"{name}{shown}" in hall.unknown:
                status = "8"
            yield Seat(name, shown, column, areas[index].letter, status, together)
            column += 1
        column += 1


def seats(shape: str, show_key: str, sold: frozenset[str]) -> tuple[tuple[Seat, ...], ...]:
    """The hall of one show. Some seats are long sold (the same for the same show); `sold` are sold or held now."""
    return tuple(tuple(replace(seat, status=_status(seat, show_key, sold)) for seat in row) for row in plan(shape))


def _status(seat: Seat, show_key: str, sold: frozenset[str]) -> str:
    if seat.label in sold:
        return "2"
    return presold(show_key, seat) or seat.status


def presold(show_key: str, seat: Seat) -> str:
    """One seat in five or so was gone before anybody looked (2, 9 or 3); what is sold as one goes as one."""
    if seat.status not in FREE:
        return ""
    piece = seat.piece if seat.together > 1 else seat.number
    chance = zlib.crc32(f"{show_key}/{seat.row}/{piece}".encode())
    return "2229223222"[chance // 5 % 10] if chance % 5 == 0 else ""


def wire(shape: str, rows: tuple[tuple[Seat, ...], ...]) -> str:
    """The map as the seat page carries it: `<areas>||<rows>`, rows from the back to the front."""
    areas = "|".join(f"{a.name}:{a.letter}:{a.code}:{i}:N:0" for i, a in enumerate(SHAPES[shape].areas, 1))
    lines = []
    for index, row in enumerate(reversed(rows), 1):
        cells, column = [], 0
        for seat in row:
            cells += [f"{seat.area}0+0"] * (seat.column - column)
            cells.append(f"{seat.area}{seat.status}{seat.column + 1:03}+{seat.number}")
            column = seat.column + 1
        lines.append(f"{index}:{row[0].row}:{':'.join(cells)}")
    return f"{areas}||{'|'.join(lines)}"
