"""A hall from above: the screen below, the back row on top, the chosen seats marked."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from bot.pictures.ink import THEMES, Theme, cut, font, png, readable, tile, width, write
from bot.words import seat_list
from events.wish import Seat, SeatMap, SeatState

WIDE = 1080  # px: what a phone shows without zooming
MARGIN, SIDE = 28, 52  # around the picture; for the row letters on each side
BIGGEST, SMALLEST = 60, 12  # px a seat
TALLEST = 1240  # px for the rows: a taller picture is cut in the chat


@dataclass(frozen=True)
class Words:
    """The picture's labels, in the reader's language."""

    screen: str = "SCREEN"
    chosen: str = "yours"
    free: str = "free"
    sold: str = "sold"


@dataclass(frozen=True)
class Frame:
    """Where the hall lies in the picture. `pitch` is from seat to seat, `side` a seat's own."""

    left: float
    top: float
    pitch: float
    first: int

    @property
    def side(self) -> int:
        return max(SMALLEST - 4, round(self.pitch * 0.84))

    def place(self, row: int, column: int) -> tuple[int, int]:
        """The upper left corner of the seat at a drawn row and a column."""
        return round(self.left + (column - self.first) * self.pitch), round(self.top + row * self.pitch)


def draw_seats(
    seat_map: SeatMap,
    chosen: tuple[str, ...],
    *,
    title: str = "",
    line: str = "",
    words: Words | None = None,
    theme: str = "light",
) -> bytes:
    """PNG of the hall, 1080 px wide. `title` and `line` stand above it; `theme` is light or dark."""
    look, say = THEMES[theme], words or Words()
    columns = [seat.column for row in seat_map.rows for seat in row] or [0]
    across = max(columns) - min(columns) + 1
    rows = len(seat_map.rows)
    pitch = min(BIGGEST, (WIDE - 2 * (MARGIN + SIDE)) / across, TALLEST / max(1, rows))
    top = 164.0 if line else 112.0
    frame = Frame((WIDE - pitch * across) / 2 + pitch * 0.08, top, pitch, min(columns))
    bottom = top + rows * pitch
    image = Image.new("RGB", (WIDE, round(bottom + 218)), look.paper)
    draw = ImageDraw.Draw(image)
    _head(draw, look, title, line)
    _hall(image, draw, look, frame, seat_map, frozenset(chosen))
    _screen(draw, look, bottom + 40, min(WIDE - 2 * MARGIN, pitch * across * 0.9), readable(say.screen))
    _legend(image, draw, look, bottom + 164, say, seat_list(chosen))
    return png(image)


def _head(draw: ImageDraw.ImageDraw, look: Theme, title: str, line: str) -> None:
    space = WIDE - 2 * MARGIN
    write(draw, (MARGIN, 68), cut(readable(title), 46, space, bold=True), 46, look.ink, bold=True)
    write(draw, (MARGIN, 122), cut(readable(line), 36, space), 36, look.soft)


def _hall(
    image: Image.Image, draw: ImageDraw.ImageDraw, look: Theme, frame: Frame, seat_map: SeatMap, chosen: frozenset[str]
) -> None:
    small = max(14, min(28, round(frame.pitch * 0.62)))
    for drawn, row in enumerate(reversed(seat_map.rows)):
        mine = any(seat.label in chosen for seat in row)
        y = frame.top + (drawn + 0.5) * frame.pitch
        if mine:
            edge = max(4.0, frame.left - SIDE - 6)
            band = (edge, y - frame.pitch / 2, WIDE - edge, y + frame.pitch / 2)
            draw.rounded_rectangle(band, radius=frame.pitch / 3, fill=look.panel)
        if row:
            colour, letter = (look.chosen, 28) if mine else (look.soft, small)  # one's own row is read on a phone, too
            for x in (frame.left - SIDE * 0.55, WIDE - frame.left + SIDE * 0.55):
                write(draw, (x, y + letter * 0.36), row[0].row[:3], letter, colour, bold=mine, align="m")
        for seat in row:
            _seat(image, draw, look, frame, seat, drawn, seat.label in chosen, look.panel if mine else look.paper)


def _seat(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    look: Theme,
    frame: Frame,
    seat: Seat,
    drawn: int,
    mine: bool,
    behind: tuple[int, int, int],
) -> None:
    x, y = frame.place(drawn, seat.column)
    y += round((frame.pitch - frame.side) / 2)
    if mine:
        image.paste(tile(frame.side, look.chosen, None, behind), (x, y))
    elif seat.state is SeatState.FREE:
        image.paste(tile(frame.side, None, look.free, behind), (x, y))
    else:
        image.paste(tile(frame.side, look.sold, None, behind), (x, y))
    if frame.side >= 26 and (mine or seat.state is SeatState.FREE):
        size = round(frame.side * 0.46)
        colour = look.on_chosen if mine else look.free
        at = (x + frame.side / 2, y + frame.side / 2)
        draw.text(at, str(seat.number), fill=colour, font=font(size, bold=mine), anchor="mm")


def _screen(draw: ImageDraw.ImageDraw, look: Theme, y: float, wide: float, word: str) -> None:
    """A trapezoid that narrows towards the screen's own edge, as a screen looks from the seats."""
    middle, high = WIDE / 2, 24
    shape = [
        (middle - wide / 2, y + high),
        (middle + wide / 2, y + high),
        (middle + wide * 0.46, y),
        (middle - wide * 0.46, y),
    ]
    draw.polygon(shape, fill=look.sold)
    draw.line(shape[:2], fill=look.soft, width=4)
    write(draw, (middle, y + high + 42), word, 30, look.soft, align="m")


def _legend(image: Image.Image, draw: ImageDraw.ImageDraw, look: Theme, y: float, say: Words, seats: str) -> None:
    side, size, x, space = 34, 34, float(MARGIN), WIDE - 2 * MARGIN
    signs = (
        (tile(side, look.chosen, None, look.paper), f"{say.chosen}: {seats}" if seats else say.chosen, bool(seats)),
        (tile(side, None, look.free, look.paper), say.free, False),
        (tile(side, look.sold, None, look.paper), say.sold, False),
    )
    others = sum(width(readable(text), size) + side + 48 for _, text, _ in signs[1:])
    for sign, text, bold in signs:
        fits = cut(readable(text), size, space - others - side - 48, bold)
        image.paste(sign, (round(x), round(y)))
        write(draw, (x + side + 12, y + 29), fits, size, look.ink, bold=bold)
        x += side + 12 + width(fits, size, bold) + 36
