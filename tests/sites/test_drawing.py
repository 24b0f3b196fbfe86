"""The hall in characters, as a shell shows it."""

from events.wish import Seat, SeatMap, SeatState
from sites.drawing import draw


def test_a_hall_is_drawn_above_its_screen_with_the_marks_that_it_uses() -> None:
    front = (Seat("A", 1, 0, "GOLD", 100), Seat("A", 2, 2, "GOLD", 100, SeatState.TAKEN))
    back = (Seat("B", 1, 0, "GOLD", 100), Seat("B", 2, 1, "GOLD", 100))
    drawn = draw(SeatMap((front, back)), ("B1", "B2")).splitlines()
    assert drawn[:2] == ["   B ● ●", "   A ·   ×"]
    assert "screen" in drawn[2]
    assert drawn[3].strip() == "● yours   · free   × taken"
