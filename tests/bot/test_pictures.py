"""Pictures: their size, their speed, and that the chosen seats are marked where they are."""

import io
import random
import time

import pytest
from PIL import Image

from bot.pictures.ink import THEMES, readable
from bot.pictures.seatmap import WIDE, draw_seats
from bot.pictures.ticket import Ticket, draw_ticket
from bot.pictures.timeline import Step, draw_timeline
from events.wish import Seat, SeatMap, SeatState
from tests.bot.sample_cards import ODD

SLOW = 1.0  # s; a quiet machine needs less than 0.1


def hall(rows: int, columns: int, taken: float = 0.4, aisles: tuple[int, ...] = ()) -> SeatMap:
    chance = random.Random(1)

    def row(n: int) -> tuple[Seat, ...]:
        name = chr(65 + n % 26) * (1 + n // 26)
        states = [SeatState.TAKEN if chance.random() < taken else SeatState.FREE for _ in range(columns)]
        places = [n + sum(n >= aisle for aisle in aisles) for n in range(columns)]
        return tuple(Seat(name, n + 1, places[n], "GOLD", 29_500, states[n]) for n in range(columns))

    return SeatMap(tuple(row(n) for n in range(rows)))


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return image.convert("RGB")


def amount_of(image: Image.Image, colour: tuple[int, int, int]) -> int:
    return sum(count for count, found in image.getcolors(1 << 24) or [] if found == colour)


@pytest.mark.parametrize("theme", THEMES)
def test_the_largest_hall_is_drawn_in_time_and_fits_a_photo(theme: str) -> None:
    began = time.perf_counter()
    image = opened(draw_seats(hall(40, 40, aisles=(10, 30)), ("M20", "M21"), title="Dune", line="AMB", theme=theme))
    assert time.perf_counter() - began < SLOW
    assert image.width == WIDE
    assert image.width + image.height <= 10_000


def test_a_narrow_and_deep_hall_is_not_cut_in_the_chat() -> None:
    image = opened(draw_seats(hall(40, 6), ("AB2",), title="Dune", line="AMB"))
    assert image.height <= image.width * 1.6


@pytest.mark.parametrize("theme", THEMES)
def test_chosen_seats_are_marked_in_their_row(theme: str) -> None:
    plain, marked = (opened(draw_seats(hall(10, 12), seats, theme=theme)) for seats in ((), ("J5", "J6")))
    colour = THEMES[theme].chosen
    above = (0, 0, WIDE, round(plain.height * 0.3))  # J is the back row
    assert amount_of(marked.crop(above), colour) > amount_of(plain.crop(above), colour) + 1_500


def test_an_aisle_stays_empty() -> None:
    image = opened(draw_seats(hall(10, 12, taken=1.0, aisles=(6,)), ()))
    middle = image.crop((WIDE // 2 - 8, 120, WIDE // 2 + 8, 500))
    assert amount_of(middle, THEMES["light"].sold) == 0


@pytest.mark.parametrize("text", ODD.values())
def test_any_text_can_stand_on_a_picture(text: str) -> None:
    ticket = Ticket(text, text, "Tue 24 Nov", "19:00", text, "₹1", text[:60], text)
    assert opened(draw_ticket(ticket)).size == (1080, 640)
    assert opened(draw_timeline(text, [Step("12:00", text, text, text, "good")] * 50)).width == WIDE
    assert opened(draw_seats(hall(2, 2), (text,), title=text, line=text)).width == WIDE


def test_a_hall_without_seats_is_no_error() -> None:
    assert opened(draw_seats(SeatMap(()), ())).width == WIDE


def test_what_no_font_has_is_left_out() -> None:
    assert readable("Film 😀 ₹5 שלום दो") == "Film ₹5 दो"
