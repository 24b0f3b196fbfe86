"""What every step of a visit needs: one honest answer for a broken step, and an eye for pages only a person passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.errors import Unavailable
from sites.bookmyshow import parse
from sites.bookmyshow.labels import SHEET
from sites.browser import masked_picture
from sites.protocol import Challenge, Refused

if TYPE_CHECKING:
    from playwright.async_api import Page


def broken_step(page: Page, broken: Exception) -> Refused:
    """A step failed before anything was paid. A dead browser is not the site's fault: raises Unavailable."""
    first = str(broken).splitlines()[0][:120]
    if page.is_closed() or "closed" in first or "crash" in first.lower():
        raise Unavailable(f"the browser is gone: {first}") from None
    return Refused("network", first)


async def met(page: Page, where: str, status: int = 200) -> Challenge | Refused | None:
    """A block, a human check, a queue or a sign-in sheet on the page where it stands; None for an ordinary page."""
    text = await page.content()
    blocked = parse.refusal(status, text)
    if blocked is None:
        if await page.locator(SHEET["otp"]).count():
            return Challenge("otp", where, await masked_picture(page))
        return None
    if blocked.kind == "challenge":
        kind = "queue" if "waiting room" in blocked.detail else "captcha"
        return Challenge(kind, where, await masked_picture(page))
    return Refused("network", blocked.detail)
