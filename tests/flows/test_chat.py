"""The golden path as a person walks it: everything in the browser's chat, from pairing to the ticket's picture.

With USHER_PICTURES=FOLDER the run keeps screenshots there, for whoever wants to look.
"""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from events.settings import Settings
from usher.embedded import Running, everything

FILM = "Dune: Part Three"
expect.set_options(timeout=40_000)  # the machine is busy


class Chat:
    """The page, and what a person does there."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self._name = page, name

    def bubble(self, *words: str) -> Locator:
        """The newest message that holds all these words."""
        found = self.page.locator(".message")
        for word in words:
            found = found.filter(has_text=word)
        return found.last

    async def press(self, label: str, *words: str) -> None:
        """Press the button below the newest message with these words."""
        await self.bubble(*words).locator(".key", has_text=label).first.click()

    async def choose(self, label: str, *words: str) -> None:
        """The same for a button that only marks a choice: done once the message shows it."""
        bubble = self.bubble(*words)
        before = await bubble.inner_text()
        await self.press(label, *words)
        await self.page.wait_for_function(
            "([element, before]) => element.innerText !== before", arg=[await bubble.element_handle(), before]
        )

    async def say(self, text: str) -> None:
        await self.page.get_by_role("textbox", name="Message").fill(text)
        await self.page.keyboard.press("Enter")

    async def picture(self, what: str, shows: str = "") -> None:
        """Only where pictures are wanted: wait for these words, and take one."""
        if folder := os.environ.get("USHER_PICTURES"):
            await expect(self.bubble(shows)).to_be_visible()
            await self.page.wait_for_timeout(700)  # only for the picture: what moves comes to rest
            await self.page.screenshot(path=Path(folder) / f"{self._name}-{what}.png")


@asynccontextmanager
async def chat(running: Running, chromium: Browser, name: str, **context: Any) -> AsyncIterator[Chat]:
    page = await (await chromium.new_context(**context)).new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    assert running.chat is not None
    await page.goto(running.chat.start_url(running.pairing_code))
    yield Chat(page, name)
    assert broken == []


async def open_sale(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.cinema_token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        body = {"film": FILM, "open": True}
        async with http.post(f"{running.cinema_url}/_control/sale", json=body) as answer:
            assert answer.status == 200


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "width", "height", "scheme"),
    [("phone", 390, 780, "dark"), pytest.param("desktop", 1100, 800, "light", marks=pytest.mark.slow)],
)
async def test_from_the_pairing_code_to_the_tickets_picture(
    tmp_path: Path, chromium: Browser, name: str, width: int, height: int, scheme: str
) -> None:
    settings = Settings(home=tmp_path / "home", look_every=1.0, look_spacing=0.1, sync_always=False)
    viewport = {"width": width, "height": height}
    async with (
        everything(settings) as running,
        chat(running, chromium, name, viewport=viewport, color_scheme=scheme, device_scale_factor=1) as one,
    ):
        await one.page.get_by_role("button", name="Send").click()
        await expect(one.bubble("Hello")).to_be_visible()
        await one.say("/wallet")
        await one.press("Add", "Wallet")
        await expect(one.bubble("Send number and PIN")).to_be_visible()
        await one.say("8000 0000 0000 0001 123456 birthday")
        await expect(one.bubble("0001")).to_be_visible()
        await expect(one.page.locator("#log")).not_to_contain_text("123456")
        await one.say("/new")
        await expect(one.bubble("Which film?")).to_be_visible()
        await one.picture("film")
        await one.say(FILM)
        await one.press("Hyderabad", "In which city?")
        await one.choose("AMB", "Which cinemas?")
        await one.press("Next", "Which cinemas?")
        await one.press("Any day", "Which days?")
        await one.press("Any time", "What time?")
        await one.choose("English", "Language, format, screen?")
        await one.press("Next", "Language, format, screen?")
        await one.press("Next", "Which seats?")
        await expect(one.bubble("step 8 of 8", FILM, "AMB")).to_be_visible()
        await one.picture("summary")
        await one.press("Watch and book", "step 8 of 8")
        await expect(one.bubble(FILM, "Watching")).to_be_visible()
        await one.picture("watching", shows="Last look")
        await open_sale(running)
        ticket = one.page.locator(".message", has_text=re.compile("Booked")).filter(has=one.page.locator("img"))
        await expect(ticket.last).to_be_visible(timeout=90_000)
        await expect(ticket.last).to_contain_text(FILM)
        await one.picture("ticket")
        assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
