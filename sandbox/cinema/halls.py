"""Hall shapes: rows from the screen to the back, seats with aisles between, and their wire form."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache


@dataclass(frozen=True)
class Seat:
    """`column` counts aisles too. Status: 1 free, 4 bestseller, 2 taken, 5 companion, 6 wheelchair."""

    row: str
    number: int
    column: int
    area: str
    status: str = "1"
    couple: bool = False

    @property
    def label(self) -> str:
        return f"{self.row}{self.number}"


@dataclass(frozen=True)
class Area:
    letter: str
    name: str
    code: str
    price: int  # paise


@dataclass(frozen=True)
class Shape:
    """`blocks` are the widths of seat blocks between aisles; `front` rows belong to the first area."""

    rows: str
    blocks: tuple[int, ...]
    areas: tuple[Area, ...]
    front: int
    falling: bool = False
    couples: str = ""


SHAPES = {
    "wide": Shape(
        "ABCDEFGHJKLM",
        (4, 10, 4),
        (Area("A", "SILVER", "0000000001", 17700), Area("B", "GOLD", "0000000002", 29500)),
        4,
    ),
    "falling": Shape(
        "ABCDEFGHI",
        (4, 4, 4),
        (Area("A", "CLASSIC", "0000000003", 15000), Area("B", "PRIME", "0000000004", 21078)),
        3,
        falling=True,
    ),
    "lounge": Shape(
        "ABCDEF",
        (4, 4),
        (Area("A", "SOFA", "0000000005", 40000), Area("B", "RECLINER", "0000000006", 65000)),
        2,
        couples="F",
    ),
}


@lru_cache(maxsize=16)
def plan(shape: str) -> tuple[tuple[Seat, ...], ...]:
    """The empty hall: rows from the screen to the back."""
    hall = SHAPES[shape]
    return tuple(tuple(_row(hall, name, index)) for index, name in enumerate(hall.rows))


def _row(hall: Shape, name: str, index: int) -> Iterator[Seat]:
    total, number, column = sum(hall.blocks), 0, 0
    area = hall.areas[0 if index < hall.front else 1].letter
    for block in hall.blocks:
        for _ in range(block):
            number += 1
            shown = total + 1 - number if hall.falling else number
            status = "4" if index >= hall.front + 2 and abs(number - total / 2) < 3 else "1"
            if index == hall.front and number <= 2:
                status = "6" if number == 1 else "5"
            yield Seat(name, shown, column, area, status, name in hall.couples)
            column += 1
        column += 1


def seats(shape: str, show_key: str, sold: frozenset[str], extra: dict[str, str]) -> tuple[tuple[Seat, ...], ...]:
    """The hall of one show. Some seats are long sold (the same for the same show); `sold` are sold or held now."""
    return tuple(
        tuple(replace(seat, status=_status(seat, show_key, sold, extra)) for seat in row) for row in plan(shape)
    )


def _status(seat: Seat, show_key: str, sold: frozenset[str], extra: dict[str, str]) -> str:
    if seat.label in sold or presold(show_key, seat):
        return "2"
    return extra.get(seat.label, seat.status)


def presold(show_key: str, seat: Seat) -> bool:
    """One seat in five or so was sold before anybody looked; couples go together."""
    pair = (seat.number + 1) // 2 if seat.couple else seat.number
    return seat.status in "14" and zlib.crc32(f"{show_key}/{seat.row}/{pair}".encode()) % 5 == 0


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
