"""The console over many jobs: how long each of its questions takes, and until its first page is painted and filled."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from nats.aio.client import Client

from events.errors import Unavailable
from events.settings import Settings, new_job_id, utc_now
from events.store import EventStore
from services.librarian import Librarian
from services.rebuilding import rebuild
from sites.browser import Browser
from usher.bench.lives import Progress, booked_life, log_server
from usher.bench.report import Report
from usher.bench.seeded import FILMS, seed
from usher.console.server import open_console

ROUNDS = 15
MOST = 100  # ms a question may take
PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""
FILLED = """() => document.querySelector("main h1") && performance.now()"""


async def bench_console(jobs: int, progress: Progress) -> Report:
    """Seed a read model, then ask what the pages ask, over HTTP, and open them in Chromium."""
    report = Report("console", "whole questions over HTTP: console, NATS, SQLite and back")
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        home = Path(folder)
        async with log_server(home / "nats", False) as nc:
            job = new_job_id()
            last = (await booked_life(EventStore(nc, "desk"), job)).sequence
            await rebuild(nc, home / "usher.sqlite3", lambda done, of: None)
            began = time.perf_counter()
            events = seed(home / "usher.sqlite3", jobs, last, progress)
            report.add("events of the seeded read model", events, "events")
            report.add("folded from memory", events / (time.perf_counter() - began), "/s")
            librarian = Librarian(nc, home / "usher.sqlite3", Settings(home=home), utc_now)
            await librarian.start()
            try:
                await _ask(report, nc, home, job)
            finally:
                await librarian.stop()
    return report


async def _ask(report: Report, nc: Client, home: Path, job: str) -> None:
    async with open_console(nc, Settings(home=home), 0) as console:
        address = console.url.split("/#")[0]
        async with aiohttp.ClientSession(address) as http:
            for name, path in _questions(job).items():
                report.times(name, [await _ms(http, path) for _ in range(ROUNDS)], p95=MOST)
        await _open(report, address)


def _questions(job: str) -> dict[str, str]:
    """What each page asks, the worst places included."""
    return {
        "overview": "/api/overview",
        "jobs, newest": "/api/jobs",
        "jobs, oldest": "/api/jobs?newer=~",
        "jobs, few that wait": "/api/jobs?which=waiting",
        "jobs, active": "/api/jobs?which=active",
        "jobs, a film's": f"/api/jobs?text={quote(FILMS[7])}",
        "jobs, a number": "/api/jobs?text=WX000001",
        "jobs, nothing found": "/api/jobs?text=nobody+has+this",
        "one job": f"/api/jobs/{job}",
        "one job by its end": f"/api/jobs/{job[-8:]}",
        "groups": "/api/groups",
        "parked": "/api/parked",
        "alarms": "/api/alarms",
    }


async def _json(http: aiohttp.ClientSession, path: str) -> Any:
    async with http.get(path) as answer:
        if answer.status != 200:
            raise Unavailable(f"{path}: {await answer.text()}")
        return await answer.json()


async def _ms(http: aiohttp.ClientSession, path: str) -> float:
    began = time.perf_counter()
    await _json(http, path)
    return (time.perf_counter() - began) * 1000


async def _open(report: Report, address: str) -> None:
    """Chromium, each time without its cache: when something is painted, and when the page is there."""
    browser = Browser()
    await browser.warm()
    try:
        for name, place in (("overview", ""), ("jobs", "#/jobs")):
            painted, filled = list[float](), list[float]()
            for _ in range(5):
                page = await browser.lend(address, [])
                await page.goto(f"{address}/{place}")
                filled.append(float(await (await page.wait_for_function(FILLED)).json_value()))
                painted.append(float(await (await page.wait_for_function(PAINTED)).json_value()))
                await browser.take_back(page)
            report.times(f"{name}: first paint", painted, p50=1_000)
            report.times(f"{name}: the page is there", filled)
    finally:
        await browser.close()
