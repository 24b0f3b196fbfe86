"""The console: who may ask it, what it answers, and its pages in a real browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from events.settings import Settings
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
    assert events[-1]["changed"]["status"][1] == "PAUSED"
    assert events[0]["changed"]["status"] == ["NONE", "PENDING"]


class Tab(Protocol):
    """Opens a page of the console in a browser of its own; what its scripts threw fails the test."""

    def __call__(self, **context: Any) -> AbstractAsyncContextManager[Page]: ...


@pytest.fixture
def browser(chromium: Browser) -> Tab:
    @asynccontextmanager
    async def opened(**context: Any) -> AsyncIterator[Page]:
        page, trouble = await (await chromium.new_context(**context)).new_page(), list[str]()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        yield page
        assert trouble == []
        await page.context.close()

    return opened


async def test_the_pages_are_live_and_hold_hostile_names(running: Running, browser: Tab) -> None:
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


async def test_the_slider_shows_the_state_at_every_event(running: Running, browser: Tab) -> None:
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
        box = await slider.bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        await page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2, steps=4)
        await page.mouse.up()
        await expect(page.get_by_text("event 1 of")).to_be_visible()
        await page.set_viewport_size({"width": 300, "height": 800})
        await page.locator("#timeline").evaluate("box => { box.scrollLeft = 7; box.dataset.old = 'yes'; }")
        await usher.desk("job.create", wish=WISH | {"film": "Kantara"})  # something else moves: the page is drawn anew
        await expect(page.locator("#timeline[data-old]")).to_have_count(0)
        assert await page.locator("#timeline").evaluate("box => box.scrollLeft") == 7
        await page.locator("#timeline").focus()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_text("event 3 of")).to_be_visible()
        await page.locator("main").focus()
        await page.keyboard.press("ArrowLeft")
        await expect(page.get_by_text("event 2 of")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.locator("body").click(position={"x": 2, "y": 200})
        await page.keyboard.press("p")
        await expect(page.get_by_text("Nothing is parked.")).to_be_visible()


async def parked(running: Running, key: str = "broken") -> dict[str, int]:
    """A message that nobody can read: actor → number of its case, once all three have parked it."""
    desk = running.parts.of("desk").nc
    await desk.request(f"job.created.{key}", b'{"film": "<script>window.owned=1</script>"}', timeout=5)
    async with aiohttp.ClientSession(address(running)) as http, asyncio.timeout(20):
        while True:
            async with http.get("/api/parked") as answer:
                cases = (await answer.json())["cases"]
            found = {case["actor"]: case["number"] for case in cases if case["message"]["subject"].endswith(key)}
            if len(found) == 3:
                return found
            await asyncio.sleep(0.05)  # PARKED announces nothing to a test


async def test_parked_messages_are_acted_upon_with_the_token_only(running: Running) -> None:
    numbers = await parked(running)
    token = {"X-Usher-Token": running.console_url.split("token=")[1]}
    async with aiohttp.ClientSession(address(running)) as http:
        drop = f"/api/parked/{numbers['scheduler']}/drop"
        for headers in ({}, {"X-Usher-Token": "x"}):
            async with http.post(drop, json={"why": "x"}, headers=headers) as refused:
                assert refused.status == 401
        for body, said in (({"why": " "}, "it is empty"), ({"why": "y" * 501}, "up to 500"), ([], "cannot be read")):
            async with http.post(drop, json=body, headers=token) as wrong:
                assert wrong.status == 400
                assert said in (await wrong.json())["error"]
        async with http.post(f"/api/parked/{numbers['projector']}/retry", headers=token) as wrong:
            assert "still cannot be read" in (await wrong.json())["error"]
        async with http.post("/api/parked/999/retry", headers=token) as wrong:
            assert wrong.status == 404
        async with http.post(drop, json={"why": "a test"}, headers=token) as done:
            assert await done.json() == {"dropped": numbers["scheduler"]}
        async with http.post(drop, json={"why": "again"}, headers=token) as wrong:
            assert "was dropped by local" in (await wrong.json())["error"]
        async with http.get("/api/alarms") as answer:
            assert [row["alarm"]["count"] for row in await answer.json() if row["alarm"]["name"] == "parked"] == [2]


async def test_the_parked_page_drops_with_a_reason_and_keeps_what_is_half_typed(running: Running, browser: Tab) -> None:
    numbers = await parked(running)
    async with browser(viewport={"width": 390, "height": 800}) as page:
        await page.goto(f"{address(running)}#/parked")
        await expect(page.get_by_text("This page only reads")).to_be_visible()
        assert await page.get_by_role("button", name="Drop").count() == 0
        await page.goto(running.console_url)
        await page.get_by_role("link", name="Parked").click()
        mine = page.locator(f"#case-{numbers['notifier']}")
        await mine.get_by_role("textbox").fill("half ty")
        await parked(running, "another")  # the page is drawn anew
        await expect(page.locator(".case")).to_have_count(6)
        await expect(mine.get_by_role("textbox")).to_have_value("half ty")
        await mine.get_by_text("payload").click()
        await expect(mine.locator("pre").last).to_contain_text("<script>")
        await mine.get_by_role("button", name="Drop").click()
        await expect(mine.locator(".state")).to_have_text("dropped")
        await expect(mine).to_contain_text("half ty")
        waits = page.locator(f"#case-{numbers['projector']}")
        await waits.get_by_role("button", name="Retry").click()
        await expect(waits).to_contain_text("still cannot be read")
        assert await page.evaluate("window.owned === undefined")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("link", name="Alarms").click()
        # nobody took a notifier's messages for a minute, on a busy machine: that alarm may stand beside it
        await expect(page.locator(".alarm").filter(has_text="5 messages are parked")).to_be_visible()


async def test_a_life_is_drawn_with_its_causes(running: Running, browser: Tab) -> None:
    usher = Usher(running.parts.nc, "local")
    made = await usher.desk("job.create", wish=WISH)
    async with browser() as page:
        await page.goto(f"{address(running)}#/jobs/{made['job']}")
        await expect(page.locator(".causes .dot")).to_have_count(2)
        await expect(page.locator(".causes .arrow.on")).to_have_count(1)  # from the wish to its watch
        await page.locator(".causes .dot").first.click()
        await expect(page.get_by_text("event 1 of")).to_be_visible()
        await expect(page.locator(".causes .arrow.on")).to_have_count(0)


async def test_an_event_that_cannot_be_read_is_shown_in_its_place(running: Running, browser: Tab) -> None:
    job = (await Usher(running.parts.nc, "local").desk("job.create", wish=WISH | {"film": HOSTILE}))["job"]
    await Usher(running.parts.nc, "local").job(job)
    headers = {"Usher-Schema": "99", "Nats-Msg-Id": "from-a-newer-usher"}
    await running.parts.of("desk").nc.request(f"job.paused.{job}", b"<b>new</b>", timeout=5, headers=headers)
    async with browser(viewport={"width": 390, "height": 800}) as page:
        await page.goto(f"{address(running)}#/jobs/{job}")
        await expect(page.get_by_text("✗ job.paused version 99 is newer")).to_be_visible()
        await expect(page.locator("pre").last).to_have_text("<b>new</b>")
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator(".state-list .changed")).to_contain_text("WATCHING")
        await page.get_by_text("as a list").click()
        await expect(page.locator(".tree").first).to_contain_text("paused")
        await page.goto(f"{address(running)}#/jobs")
        await expect(page.locator("td.title")).to_contain_text("<img src=x")
        assert await page.evaluate("document.querySelector('.stacked').scrollWidth <= innerWidth")


async def test_whoever_types_in_the_search_goes_on_typing(running: Running, browser: Tab) -> None:
    usher = Usher(running.parts.nc, "local")
    await usher.desk("job.create", wish=WISH)
    await usher.job((await usher.desk("job.create", wish=WISH | {"film": "Kalki"}))["job"])
    async with browser() as page:
        await page.goto(address(running))
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        await page.keyboard.press("/")
        await expect(page.locator("#search")).to_be_focused()
        await page.keyboard.type("kl")  # no id holds an l
        await expect(page.get_by_text("No job fits.")).to_be_visible()  # the page was drawn anew under the hand
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.type("a")
        await expect(page.locator("tbody tr")).to_have_count(1)
        await expect(page.locator("#search")).to_have_value("kal")
        assert page.url.endswith("text=kal")
