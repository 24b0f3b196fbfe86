"""Site name → adapter, one line each."""

from __future__ import annotations

from events.errors import BadInput
from events.settings import Clock, utc_now
from sites.bookmyshow.site import BookMyShow
from sites.protocol import Site

SITES = {"bookmyshow": BookMyShow}


def open_site(
    name: str,
    base_url: str,
    *,
    chromium: str = "",
    headless: bool = True,
    page_spacing: float = 0.0,
    now: Clock = utc_now,
) -> Site:
    """The adapter of that name at that address; `page_spacing` in seconds between two of its pages; `now`: the clock
    that the site lives by. Raises BadInput."""
    if name not in SITES:
        raise BadInput("site", f'no site "{name}"', ", ".join(SITES))
    return SITES[name](base_url, chromium=chromium, headless=headless, page_spacing=page_spacing, now=now)
