"""A job's life as a drawn line: what happened, when, oldest on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from bot.pictures.ink import THEMES, cut, png, readable, wrapped, write

WIDE, MARGIN = 1080, 40
RAIL = 250  # px: the line's place; times stand left of it
ROW = 112
MOST = 12  # steps in one picture: a page


@dataclass(frozen=True)
class Step:
    """One event. `mood`: good, bad, ask or plain; `day` stands only where it changes."""

    clock: str
    text: str
    detail: str = ""
    day: str = ""
    mood: str = "plain"


def draw_timeline(title: str, steps: Sequence[Step], theme: str = "light") -> bytes:
    """PNG of the newest 12 steps, 1080 px wide; `theme` is light or dark."""
    look, shown = THEMES[theme], list(steps)[-MOST:]
    image = Image.new("RGB", (WIDE, 130 + ROW * max(1, len(shown)) + 20), look.paper)
    draw = ImageDraw.Draw(image)
    write(draw, (MARGIN, 78), cut(readable(title), 48, WIDE - 2 * MARGIN, bold=True), 48, look.ink, bold=True)
    colours = {"good": look.good, "bad": look.bad, "ask": look.chosen, "plain": look.soft}
    for n, step in enumerate(shown):
        y = 130 + n * ROW + 34
        if n + 1 < len(shown):
            draw.line((RAIL, y, RAIL, y + ROW), fill=look.sold, width=5)
        colour, radius = colours.get(step.mood, look.soft), 9 if step.mood == "plain" else 14
        _dot(image, RAIL, y, radius, colour, look.paper)
        write(draw, (RAIL - 36, y + 13), step.clock, 38, look.ink, align="r")
        if step.day:
            write(draw, (RAIL - 36, y + 52), readable(step.day), 30, look.soft, align="r")
        space = WIDE - RAIL - 40 - MARGIN
        bold = step.mood != "plain"
        write(draw, (RAIL + 40, y + 14), cut(readable(step.text), 40, space, bold), 40, look.ink, bold=bold)
        for line in wrapped(readable(step.detail), 33, space, 1):
            write(draw, (RAIL + 40, y + 56), line, 33, look.soft)
    return png(image)


def _dot(image: Image.Image, x: int, y: int, radius: int, colour: tuple[int, ...], behind: tuple[int, ...]) -> None:
    big = radius * 8
    dot = Image.new("RGB", (big, big), behind)
    ImageDraw.Draw(dot).ellipse((0, 0, big - 1, big - 1), fill=colour)
    halo = ImageDraw.Draw(image)
    halo.ellipse((x - radius - 5, y - radius - 5, x + radius + 5, y + radius + 5), fill=behind)
    image.paste(dot.resize((radius * 2, radius * 2), Image.Resampling.LANCZOS), (x - radius, y - radius))
