"""What a screen shows: a value that is drawn into one message."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Text


@dataclass(frozen=True)
class View:
    """One message: text with its formatting (never HTML: foreign text cannot break it), buttons, maybe a picture.

    `loud` is False for a message that must not ring. With a picture the text is its caption: at most 1024 characters.
    """

    text: Text
    keyboard: InlineKeyboardMarkup | None = None
    picture: bytes | None = None
    loud: bool = True
