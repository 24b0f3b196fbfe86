"""The codes on tickets and payment pages."""

from __future__ import annotations

import segno


def picture(text: str) -> str:
    """A ticket's QR code as a data address (SVG)."""
    return str(segno.make(text, error="m").svg_data_uri(scale=4, border=2, light="white"))


def payment_picture(text: str) -> str:
    """A payment's QR code as a data address (PNG), large enough for a phone's camera."""
    return str(segno.make(text, error="m").png_data_uri(scale=7, border=4, light="white"))
