"""What every picture is drawn with: two themes, and text in the scripts that the shipped fonts know."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from PIL import Image, ImageDraw, ImageFont, features

Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont
SHAPES: bool = bool(
    features.check("raqm")
)  # joins Devanagari letters; without it they would stand side by side, misread
INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufe0f"


@dataclass(frozen=True)
class Theme:
    """Colours of one picture."""

    paper: Colour
    panel: Colour
    ink: Colour
    soft: Colour  # second-rank text, lines
    free: Colour
    sold: Colour
    chosen: Colour
    on_chosen: Colour
    good: Colour
    bad: Colour


LIGHT = Theme(
    paper=(250, 250, 252),
    panel=(236, 238, 243),
    ink=(24, 28, 38),
    soft=(100, 108, 124),
    free=(52, 152, 96),
    sold=(205, 209, 217),
    chosen=(224, 72, 32),
    on_chosen=(255, 255, 255),
    good=(34, 139, 84),
    bad=(196, 48, 43),
)
DARK = Theme(
    paper=(23, 28, 36),
    panel=(36, 43, 54),
    ink=(238, 241, 246),
    soft=(150, 160, 176),
    free=(86, 190, 130),
    sold=(62, 70, 83),
    chosen=(255, 128, 66),
    on_chosen=(30, 14, 6),
    good=(86, 196, 130),
    bad=(240, 104, 96),
)
THEMES = {"light": LIGHT, "dark": DARK}


@cache
def font(size: int, bold: bool = False, devanagari: bool = False) -> Font:
    """A shipped font in `size` pixels. The shipped fonts hold no hints, which would cost most of a picture's time."""
    name = f"NotoSans{'Devanagari' if devanagari else ''}-{'Bold' if bold else 'Regular'}.ttf"
    layout = ImageFont.Layout.RAQM if devanagari and SHAPES else ImageFont.Layout.BASIC
    return ImageFont.truetype(
        io.BytesIO(files("bot.pictures").joinpath("fonts", name).read_bytes()), size, layout_engine=layout
    )


def _is_devanagari(char: str) -> bool:
    return "\u0900" <= char <= "\u097f" or char in "\u200c\u200d"


@cache
def _drawable(char: str) -> bool:
    """Whether a shipped font has the character: what it lacks draws as its box, the same for every such one."""
    if char in INVISIBLE:
        return False
    if _is_devanagari(char):
        return SHAPES
    mask, box = font(20).getmask(char), font(20).getmask("\U0010ffff")
    return char == " " or mask.size != box.size or bytes(mask) != bytes(box)


def readable(text: str) -> str:
    """The text without what cannot be drawn (emoji, other scripts); spaces are closed up."""
    return " ".join("".join(c if _drawable(c) else " " for c in " ".join(text.split())).split())


def runs(text: str, size: int, bold: bool) -> Iterator[tuple[str, Font]]:
    """The text in stretches of one script, each with its font."""
    for devanagari, chars in groupby(text, _is_devanagari):
        yield "".join(chars), font(size, bold, devanagari)


def width(text: str, size: int, bold: bool = False) -> float:
    """Pixels that the text takes."""
    return sum(face.getlength(part) for part, face in runs(text, size, bold))


def cut(text: str, size: int, most: float, bold: bool = False) -> str:
    """The text, shortened with … to at most so many pixels."""
    if width(text, size, bold) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + "…", size, bold) <= most:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def wrapped(text: str, size: int, most: float, lines: int, bold: bool = False) -> list[str]:
    """The text in at most so many lines; the last one is cut where it does not fit."""
    words, found = text.split(), list[str]()
    while words and len(found) < lines - 1:
        line = words[0]
        if width(line, size, bold) > most:
            break
        taken = 1
        while taken < len(words) and width(f"{line} {words[taken]}", size, bold) <= most:
            line += f" {words[taken]}"
            taken += 1
        found.append(line)
        words = words[taken:]
    return [*found, cut(" ".join(words), size, most, bold)] if words else found


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    colour: Colour,
    *,
    bold: bool = False,
    align: str = "l",
) -> None:
    """Write one line; `at` is its baseline's left end, middle or right end (`align` l, m, r)."""
    x, y = at
    if align != "l":
        x -= width(text, size, bold) / (2 if align == "m" else 1)
    for part, face in runs(text, size, bold):
        draw.text((x, y), part, fill=colour, font=face, anchor="ls")
        x += face.getlength(part)


@cache
def tile(side: int, fill: Colour | None, line: Colour | None, behind: Colour, radius: float = 0.28) -> Image.Image:
    """A smooth rounded square, to be pasted many times."""
    big = side * 4
    image = Image.new("RGB", (big, big), behind)
    ImageDraw.Draw(image).rounded_rectangle(
        (2, 2, big - 3, big - 3),
        radius=big * radius,
        fill=fill or behind,
        outline=line or fill,
        width=max(4, side // 2),
    )
    return image.resize((side, side), Image.Resampling.LANCZOS)


def png(image: Image.Image) -> bytes:
    """The picture's bytes: packed quickly, since Telegram packs it anew."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=2)
    return out.getvalue()
