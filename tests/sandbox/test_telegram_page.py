"""The chat page in a real browser: seeing, pressing, writing, and what the bot changes in place."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from sandbox.telegram.api import TelegramSettings, open_telegram
from sandbox.telegram.person import ASHA, FILM_CLUB, Person
from tests.sandbox.conftest import PlainBot

Keyboard = Callable[..., dict[str, Any]]
expect.set_options(timeout=20_000)  # the machine is busy


@pytest.fixture
async def page(bot: PlainBot, chromium: Browser) -> AsyncIterator[Page]:
    """The chat page, open as Asha; any error in its console fails the test."""
    opened = await chromium.new_page(viewport={"width": 1100, "height": 760})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    await opened.goto(bot.telegram.page_url)
    await expect(opened.locator("#title")).to_have_text("Usher")
    yield opened
    assert errors == []


async def test_a_press_changes_the_message_in_place(page: Page, bot: PlainBot, keyboard: Keyboard) -> None:
    assert "token" not in page.url
    sent = await bot.ok(
        "sendMessage",
        chat_id=ASHA,
        text="<b>Seats</b> F7 &lt;3",
        parse_mode="HTML",
        reply_markup=keyboard(Yes="y", No="n"),
    )
    bubble = page.locator(f'.message[data-id="{sent["message_id"]}"]')
    await expect(bubble.locator("strong")).to_have_text("Seats")
    await expect(bubble.locator(".words")).to_have_text("Seats F7 <3")
    await page.get_by_role("button", name="Yes").click()
    await expect(bubble.locator(".key.busy")).to_have_count(1)
    query = (await bot.updates(timeout=20))[-1]["callback_query"]
    await bot.ok(
        "editMessageText", chat_id=ASHA, message_id=sent["message_id"], text="Taken", reply_markup=keyboard(Ok="o")
    )
    await bot.ok("answerCallbackQuery", callback_query_id=query["id"], text="Paying now")
    await expect(bubble.locator(".words")).to_have_text("Taken")
    await expect(bubble.locator(".key")).to_have_text("Ok")
    await expect(bubble.locator(".key.busy")).to_have_count(0)
    await expect(bubble.locator(".stamp")).to_contain_text("edited")
    await expect(page.locator("#toast")).to_have_text("Paying now")
    await expect(page.locator(".message")).to_have_count(2)


async def test_an_alert_waits_for_ok_and_esc_closes_it(
    page: Page, bot: PlainBot, asha: Person, keyboard: Keyboard
) -> None:
    await bot.ok("sendMessage", chat_id=ASHA, text="?", reply_markup=keyboard(Yes="y"))
    await page.get_by_role("button", name="Yes").click()
    query = (await bot.updates(timeout=20))[-1]["callback_query"]
    await bot.ok("answerCallbackQuery", callback_query_id=query["id"], text="Only Asha decides", show_alert=True)
    await expect(page.get_by_role("dialog")).to_contain_text("Only Asha decides")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_enter_sends_and_commands_complete(page: Page, bot: PlainBot) -> None:
    await bot.ok("setMyCommands", commands=[{"command": "jobs", "description": "What I watch"}])
    await expect(page.locator("#menu")).to_be_visible()
    text = page.get_by_role("textbox", name="Message")
    await text.fill("two lines")
    await text.press("Shift+Enter")
    await text.press_sequentially("in one")
    await text.press("Enter")
    await expect(page.locator(".mine .words").last).to_have_text("two lines\nin one")
    await text.press_sequentially("/j")
    await expect(page.get_by_role("option")).to_contain_text("What I watch")
    await text.press("Enter")
    await expect(page.locator(".mine .words").last).to_have_text("/jobs")
    assert [update["message"]["text"] for update in await bot.updates()] == ["two lines\nin one", "/jobs"]


async def test_chats_and_people_are_switched_and_kept_apart(page: Page, bot: PlainBot, asha: Person) -> None:
    await bot.ok("sendMessage", chat_id=ASHA, text="for Asha alone")
    await asha.say("hello all", FILM_CLUB)
    await expect(page.locator("#log")).to_contain_text("for Asha alone")
    await page.get_by_role("radio", name="Ravi").click()
    await expect(page.locator("#log")).not_to_contain_text("for Asha alone")
    await page.locator(".chat", has_text="Film club").click()
    await expect(page.locator("#log")).to_contain_text("hello all")
    await expect(page.locator(".theirs .from")).to_have_text("Asha")


async def test_a_link_with_a_code_writes_the_start_command(page: Page, bot: PlainBot) -> None:
    await page.goto("about:blank")
    await page.goto(bot.telegram.start_url("K7-93ab"))
    await expect(page.get_by_role("textbox", name="Message")).to_have_value("/start K7-93ab")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".mine .words").last).to_have_text("/start K7-93ab")


async def test_history_is_there_after_a_reload(page: Page, bot: PlainBot) -> None:
    await bot.ok("sendMessage", chat_id=ASHA, text="kept")
    await expect(page.locator("#log")).to_contain_text("kept")
    await page.reload()
    await expect(page.locator("#log")).to_contain_text("kept")


async def test_the_page_finds_its_way_back_after_a_restart(
    tmp_path: Path, session: aiohttp.ClientSession, chromium: Browser
) -> None:
    folder = tmp_path / "telegram"
    async with AsyncExitStack() as first:
        telegram = await first.enter_async_context(open_telegram(TelegramSettings(folder)))
        page = await chromium.new_page()
        await page.goto(telegram.page_url)
        await page.get_by_role("button", name="Start").click()
        await expect(page.locator(".mine .words")).to_have_text("/start")
        await first.aclose()
        await expect(page.locator("#banner")).to_contain_text("Reconnecting")
        async with open_telegram(TelegramSettings(folder, port=telegram.port)) as again:
            await PlainBot(session, again).ok("sendMessage", chat_id=ASHA, text="back again")
            await expect(page.locator("#log")).to_contain_text("back again")
            await expect(page.locator("#banner")).to_be_hidden()
