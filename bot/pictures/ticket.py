"""The ticket as a card: film, cinema, show, seats, amount, and the confirmation number, also as a QR code."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw

from bot.pictures.ink import THEMES, Theme, cut, png, readable, width, wrapped, write

WIDE, HIGH = 1080, 640
STUB = 764  # px: where the ticket is torn
PAD = 44
BEHIND = {"light": (226, 229, 236), "dark": (12, 15, 20)}


@dataclass(frozen=True)
class Ticket:
    """What stands on it, as texts in the reader's language; `number` is the site's confirmation number."""

    film: str
    cinema: str
    day: str
    clock: str
    seats: str
    amount: str
    number: str
    details: str = ""  # language, format, screen


@dataclass(frozen=True)
class Labels:
    """The small words above the values."""

    seats: str = "SEATS"
    paid: str = "PAID"
    number: str = "CONFIRMATION"
    fallback: str = "Your film"  # where the title's script cannot be drawn


def draw_ticket(ticket: Ticket, labels: Labels | None = None, theme: str = "light") -> bytes:
    """PNG of the ticket, 1080 × 640 px; `theme` is light or dark."""
    look, say = THEMES[theme], labels or Labels()
    image = Image.new("RGB", (WIDE, HIGH), BEHIND[theme])
    draw = ImageDraw.Draw(image)
    _paper(draw, look, BEHIND[theme])
    _left(draw, look, ticket, say)
    _stub(image, draw, look, ticket, say)
    return png(image)


def _paper(draw: ImageDraw.ImageDraw, look: Theme, behind: tuple[int, int, int]) -> None:
    draw.rounded_rectangle((20, 20, WIDE - 20, HIGH - 20), radius=30, fill=look.paper)
    draw.rounded_rectangle((20, 20, 34, HIGH - 20), radius=7, fill=look.chosen)
    for y in (20, HIGH - 20):
        draw.ellipse((STUB - 22, y - 22, STUB + 22, y + 22), fill=behind)
    for y in range(58, HIGH - 52, 22):
        draw.line((STUB, y, STUB, y + 11), fill=look.sold, width=3)


def _left(draw: ImageDraw.ImageDraw, look: Theme, ticket: Ticket, say: Labels) -> None:
    left, space = 20 + PAD, STUB - 20 - PAD - 34
    title = readable(ticket.film)
    y = 106
    for line in wrapped(title if len(title) > 1 else say.fallback, 50, space, 2, bold=True):
        write(draw, (left, y), line, 50, look.ink, bold=True)
        y += 64
    write(draw, (left, y - 6), cut(readable(ticket.details), 32, space), 32, look.soft)
    write(draw, (left, 300), cut(readable(ticket.cinema), 38, space, bold=True), 38, look.ink, bold=True)
    day = cut(readable(ticket.day), 40, space - 160)
    write(draw, (left, 366), day, 40, look.ink)
    write(draw, (left + width(day, 40) + 26, 366), ticket.clock, 44, look.chosen, bold=True)
    draw.line((left, 412, left + space, 412), fill=look.panel, width=3)
    write(draw, (left, 462), readable(say.seats), 30, look.soft)
    for n, line in enumerate(wrapped(readable(ticket.seats), 52, space, 2, bold=True)):
        write(draw, (left, 526 + n * 58), line, 52, look.chosen, bold=True)


def _stub(image: Image.Image, draw: ImageDraw.ImageDraw, look: Theme, ticket: Ticket, say: Labels) -> None:
    middle, space = (STUB + WIDE - 20) / 2, WIDE - 20 - STUB - 40
    code = segno.make(ticket.number or "-", error="m", micro=False)
    side = 216
    modules = Image.new("1", (len(code.matrix), len(code.matrix)), 1)
    for y, row in enumerate(code.matrix):
        for x, dark in enumerate(row):
            if dark:
                modules.putpixel((x, y), 0)
    scale = side // modules.width
    drawn = modules.resize((modules.width * scale, modules.height * scale), Image.Resampling.NEAREST)
    edge = drawn.width / 2 + 16  # a light border, so that it scans in the dark theme too
    draw.rounded_rectangle((middle - edge, 62, middle + edge, 62 + 2 * edge), radius=14, fill=(255, 255, 255))
    image.paste(drawn.convert("RGB"), (round(middle - drawn.width / 2), 78))
    write(draw, (middle, 372), cut(readable(say.number), 29, space), 29, look.soft, align="m")
    number = readable(ticket.number)
    size = next((s for s in (40, 34, 28, 24) if width(number, s, True) <= space), 22)
    for n, line in enumerate(_folded(number, size, space)):
        write(draw, (middle, 416 + n * (size + 6)), line, size, look.ink, bold=True, align="m")
    write(draw, (middle, 514), cut(readable(say.paid), 29, space), 29, look.soft, align="m")
    write(draw, (middle, 566), cut(readable(ticket.amount), 40, space, True), 40, look.good, bold=True, align="m")


def _folded(number: str, size: int, space: float) -> list[str]:
    """A number in at most two lines: it has no spaces to wrap at."""
    if width(number, size, True) <= space:
        return [number]
    half = (len(number) + 1) // 2
    return [cut(part, size, space, True) for part in (number[:half], number[half:])]
