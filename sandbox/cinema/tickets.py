"""The code on a ticket."""

from __future__ import annotations

import segno


def picture(text: str) -> str:
    """A QR code as a data address."""
    return str(segno.make(text, error="m").svg_data_uri(scale=4, border=2, light="white"))
