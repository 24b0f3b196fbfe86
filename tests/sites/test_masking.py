"""Pictures and texts of pages hold nothing that was typed or shown about a person: shown without reading pictures."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from sites.browser import Browser, masked_picture, masked_text

ASHA = ("asha@example.invalid", "9876543210", "8000000000000001", "8000 0000 0000 0001", "246813")
RAVI = ("ravi@example.invalid", "9123456780", "8999999999999999", "8999 9999 9999 9999", "975310")
PAGE = """<body style="font: 16px monospace; background: %s"><p>Film: Dune, seat H7, ₹ 659.62</p>
<p>Ticket to {0}</p><p>or call {1}</p><p>Paid with {2}</p><p>that is {3}</p><div data-private>{4}</div>
<input value="{0}"><input type="password" value="{4}"><input type="tel" value="{1}"><textarea>{2}</textarea></body>"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    browser = Browser()
    yield await browser.lend("http://127.0.0.1", [])
    await browser.close()


async def test_two_peoples_pages_give_the_same_picture(page: Page) -> None:
    async def picture(person: tuple[str, ...], colour: str = "white") -> bytes | None:
        await page.set_content((PAGE % colour).format(*person))
        return await masked_picture(page)

    first = await picture(ASHA)
    assert first is not None
    assert await picture(RAVI) == first
    assert await picture(ASHA, "black") != first  # it is a picture of the page


def test_a_sites_words_are_covered_where_they_name_a_person() -> None:
    said = masked_text(
        "Card 8000 0000 0000 0001 of asha@example.invalid, +91 98765 43210, is blocked until 24 Nov 2026"
    )
    assert said == "Card •••• of ••••, +••••, is blocked until 24 Nov 2026"
    assert masked_text("₹1,319.24 for H7, H8 under DC48213377") == "₹1,319.24 for H7, H8 under DC48213377"
