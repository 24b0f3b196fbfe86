"""What the pictures of the chat cost: CPU of one drawing, the largest of each kind, in both themes."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.pictures.ink import THEMES
from bot.pictures.seatmap import draw_seats
from bot.pictures.ticket import Ticket, draw_ticket
from bot.pictures.timeline import MOST, Step, draw_timeline
from events.wish import Seat, SeatMap, SeatState
from usher.bench.report import Report, percentile

TIMES = 15
SIDE = 40  # rows and seats a row: the largest hall there is


def measure_pictures(report: Report) -> None:
    """Add the median of each kind."""
    moods = ("good", "bad", "ask", "plain")
    steps = [
        Step(f"19:{n:02}", "Seats were held at the cinema", "H7, H8 for some minutes, as the site said", "Tue", mood)
        for n, mood in zip(range(MOST), moods * MOST, strict=False)
    ]
    ticket = Ticket(
        "Dune: Part Three", "AMB Cinemas: Gachibowli", "Tue 24 Nov", "19:00", "H7, H8", "₹659.62", "WGQ7KTX", "IMAX 2D"
    )
    hall = _hall()
    kinds: dict[str, Callable[[str], bytes]] = {
        f"hall of {SIDE} × {SIDE}": lambda look: draw_seats(hall, ("M20", "M21"), title="Dune", line="AMB", theme=look),
        f"timeline of {MOST} steps": lambda look: draw_timeline("Dune: Part Three", steps, look),
        "ticket": lambda look: draw_ticket(ticket, theme=look),
    }
    for name, draw in kinds.items():
        spent = [_cpu(draw, look) for look in THEMES for _ in range(TIMES)]
        report.add(f"picture: {name}, CPU p50", percentile(spent, 50), "ms", most=100)


def _hall() -> SeatMap:
    def row(n: int) -> tuple[Seat, ...]:
        name = chr(65 + n % 26) * (1 + n // 26)
        states = [SeatState.FREE if (n * 7 + seat * 5) % 9 < 5 else SeatState.TAKEN for seat in range(SIDE)]
        return tuple(Seat(name, seat + 1, seat, "GOLD", 29_500, states[seat]) for seat in range(SIDE))

    return SeatMap(tuple(row(n) for n in range(SIDE)))


def _cpu(draw: Callable[[str], bytes], look: str) -> float:
    began = time.process_time()
    draw(look)
    return (time.process_time() - began) * 1000
