"""The console: who may ask it, what it answers, and its pages in a real browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright, expect

from events.settings import Settings
from sites.browser import find_browser
from usher.client import Usher
from usher.embedded import Running, everything

WISH = {"film": "Dune: Part Three", "city": "Hyderabad"}
HOSTILE = '<img src=x onerror="window.owned=1">﻿ & "quoted" \u202e كتاب 🎬 ' + "long " * 30


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    settings = Settings(home=tmp_path / "home", look_every=60.0, look_spacing=0.1, sync_always=False, chat=False)
    async with everything(settings) as one:
        yield one


def address(running: Running) -> str:
    return running.console_url.split("#")[0]


async def test_another_host_origin_or_method_is_refused(running: Running) -> None:
    async with aiohttp.ClientSession(address(running)) as http:
        async with http.get("/api/overview") as fine:
            assert fine.status == 200
            assert "script-src 'self'" in fine.headers["Content-Security-Policy"]
            assert "Access-Control-Allow-Origin" not in fine.headers
        for headers, status in (
            ({"Host": "evil.example"}, 421),
            ({"Host": "127.0.0.1.evil.example:80"}, 421),
            ({"Origin": "http://evil.example"}, 403),
            ({"Origin": "null"}, 403),
        ):
            async with http.get("/api/overview", headers=headers) as refused:
                assert refused.status == status
        async with http.post("/api/jobs") as refused:
            assert refused.status == 401
        async with http.get("/static/../server.py") as refused:
            assert refused.status == 404


async def test_what_is_not_there_is_said_in_a_line(running: Running) -> None:
    async with aiohttp.ClientSession(address(running)) as http:
        for path in ("/api/jobs/zzzz", "/api/artifacts/none.png", "/nowhere"):
            async with http.get(path) as missing:
                assert missing.status == 404
                assert (await missing.json())["error"]
        async with http.get("/api/jobs?page=-3&which=lost") as wrong:
            assert "Allowed" in (await wrong.json())["error"]


async def test_a_jobs_life_is_the_fold_of_its_events(running: Running) -> None:
    usher = Usher(running.parts.nc, "local")
    made = await usher.desk("job.create", wish=WISH)
    await usher.desk("job.pause", job=made["job"])
    await usher.job(made["job"])
    async with aiohttp.ClientSession(address(running)) as http, http.get(f"/api/jobs/{made['job']}") as answer:
        events = (await answer.json())["events"]
    assert [event["name"] for event in events][-1] == "paused"
    assert events[-1]["state"]["status"] == "PAUSED"
    assert events[-1]["changed"]["status"][1] == "PAUSED"
    assert events[0]["changed"]["status"] == ["NONE", "PENDING"]


@asynccontextmanager
async def browser(**context: Any) -> AsyncIterator[Page]:
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(
            executable_path=find_browser(""), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = await (await chromium.new_context(**context)).new_page()
        page.trouble = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.trouble.append(str(error)))  # type: ignore[attr-defined]
        yield page
        assert page.trouble == []  # type: ignore[attr-defined]
        await chromium.close()


async def test_the_pages_are_live_and_hold_hostile_names(running: Running) -> None:
    usher = Usher(running.parts.nc, "local")
    async with browser(viewport={"width": 390, "height": 800}, color_scheme="dark") as page:
        await page.goto(running.console_url)
        await expect(page.get_by_text("No jobs yet.").first).to_be_visible()
        assert "token" not in page.url
        made = await usher.desk("job.create", wish=WISH | {"film": HOSTILE})
        link = page.locator("main .list a").first
        await expect(link).to_contain_text("<img src=x")
        await link.click()
        await expect(page.locator("h1")).to_contain_text("<img src=x")
        await expect(page.locator(".state").first).to_have_text("watching")
        await usher.desk("job.cancel", job=made["job"])
        await expect(page.locator(".state").first).to_have_text("cancelled")
        assert await page.evaluate("window.owned === undefined")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_slider_shows_the_state_at_every_event(running: Running) -> None:
    usher = Usher(running.parts.nc, "local")
    made = await usher.desk("job.create", wish=WISH)
    await usher.desk("job.pause", job=made["job"])
    await usher.desk("job.resume", job=made["job"])
    async with browser() as page:
        await page.goto(f"{address(running)}#/jobs/{made['job']}")
        slider = page.get_by_role("slider")
        await slider.focus()
        await page.keyboard.press("Home")
        await expect(page.locator(".state-list .changed").first).to_contain_text(re.compile("NONE.*PENDING"))
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_text("event 2 of")).to_be_visible()
        await page.keyboard.press("End")
        await expect(page.locator(".state-list")).to_contain_text("WATCHING")
        await page.keyboard.press("Escape")
        await page.locator("body").click(position={"x": 2, "y": 200})
        await page.keyboard.press("p")
        await expect(page.get_by_text("Nothing is parked.")).to_be_visible()
