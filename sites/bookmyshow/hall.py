"""A show's seats: the map's text where the page carries it plainly, the accessibility dialog where it does not or where
seats are sold in pairs, joined with whatever tells where the aisles are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from events.wish import SeatMap
from sites.bookmyshow import geometry, parse
from sites.bookmyshow.dialog import Dialog
from sites.bookmyshow.labels import SEAT
from sites.bookmyshow.seatmap import read_map
from sites.protocol import Unreadable

if TYPE_CHECKING:
    from playwright.async_api import Page

log = structlog.get_logger()
# the one named branch, and of it no more than the map needs
BRANCH = """() => { const s = ((window.__INITIAL_STATE__ || {}).seatlayoutMovies || {}).seatLayoutData;
const pairs = s && (s.currentShowtime || {}).CoupleSeats === "Y";
return s ? {text: s.strData || "", categories: s.categories || [], pairs} : null; }"""
BOXES = """all => all.map(e => { const b = e.getBoundingClientRect();
return {label: e.title || e.getAttribute("aria-label") || "", x: b.x, y: b.y, width: b.width}; })"""


async def read_hall(page: Page, dialog: Dialog) -> SeatMap | Unreadable:
    """The seats of the page that stands open. Raises playwright's Error where the dialog cannot be worked."""
    data: Any = await page.evaluate(BRANCH)
    plain = plain_map(data)
    if plain is not None and not data["pairs"]:
        return plain
    try:
        rows = await dialog.read()
    except ValueError:
        return parse.unreadable("the seat dialog")
    if odd := geometry.unknown_seats(rows):
        log.warning("seats.unknown_labels", seats=odd)
    columns = geometry.of_map(plain) if plain is not None else geometry.of_boxes(await _boxes(page))
    return geometry.joined(rows, columns, plain)


def plain_map(data: Any) -> SeatMap | None:
    """The map's text as seats; None where it is encrypted, absent, or not what we know."""
    try:
        prices = {c["AreaCatCode"]: (c["PriceDesc"], parse.paise(c["CurPrice"])) for c in data["categories"]}
        return parse.typed(read_map(data["text"], prices))
    except parse.OTHER_SHAPE:
        return None


async def _boxes(page: Page) -> list[geometry.Box]:
    """The map's elements, where it is drawn as elements and not on a canvas."""
    found: Any = await page.locator(SEAT["boxes"]).evaluate_all(BOXES)
    return msgspec.convert(found, list[geometry.Box], strict=False)
