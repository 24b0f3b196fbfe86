"""A hall in characters: the screen below, chosen seats marked."""

from __future__ import annotations

from events.wish import SeatMap, SeatState

WIDEST = 96
MARKS = {SeatState.FREE: "·", SeatState.TAKEN: "×", SeatState.UNKNOWN: "?"}
LEGEND = {"●": "yours", "·": "free", "×": "taken", "?": "not for sale or unknown"}


def draw(seat_map: SeatMap, chosen: tuple[str, ...]) -> str:
    """Rows from the back to the screen, and what the marks in them mean; aisles stay blank."""
    lines: list[str] = []
    columns = [seat.column for row in seat_map.rows for seat in row]
    left, right = min(columns), min(max(columns), min(columns) + WIDEST // 2)
    for row in reversed(seat_map.rows):
        cells = [" "] * (right - left + 1)
        for seat in row:
            if seat.column <= right:
                cells[seat.column - left] = "●" if seat.label in chosen else MARKS[seat.state]
        lines.append(f"  {row[0].row:>2} {' '.join(cells)}".rstrip())
    width = 2 * (right - left) + 1
    legend = "   ".join(f"{mark} {what}" for mark, what in LEGEND.items() if any(mark in line for line in lines))
    return "\n".join([*lines, " " * 5 + "screen".center(width, "─"), " " * 5 + legend])
