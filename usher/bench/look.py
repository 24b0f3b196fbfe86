"""What one look costs, what a watcher process holds, and how often the site is asked."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import aiohttp

from events.errors import UsherError
from events.orders import CreateJob
from events.settings import Settings, new_job_id, utc_now
from events.store import EventStore
from events.wish import Money, Wish
from sandbox.cinema.shop import Cinema, CinemaSettings, open_cinema
from sandbox.nats_server import run_server
from sites.catalogue import open_site
from sites.protocol import Available, LookFor
from usher.bench.lives import WISH, Progress
from usher.bench.processes import cinema_process, memory_mb, usher_process
from usher.bench.report import Report
from usher.compose import house

WINDOW = 20  # s of one look a second that are counted: one look more or less is 5 %
EVERY = 120.0  # s: the default between looks


async def bench_look(looks: int, jobs: int, progress: Progress) -> Report:
    """CPU and time of looks at the demo cinema; memory of a watcher; requests with one and with many wishes."""
    report = Report("look", "plain HTTP, demo cinema on this machine")
    with tempfile.TemporaryDirectory(prefix="usher-bench-", ignore_cleanup_errors=True) as folder:
        async with AsyncExitStack() as stack:
            cinema = await stack.enter_async_context(open_cinema(CinemaSettings(Path(folder) / "cinema")))
            server = await stack.enter_async_context(run_server(Path(folder) / "nats"))
            await _asked(report, cinema, server.url, Path(folder), jobs)
            address = await stack.enter_async_context(cinema_process(Path(folder) / "other"))
            await _cost(report, *address, looks, progress)
    return report


async def _cost(report: Report, url: str, token: str, looks: int, progress: Progress) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{url}/_control/sale", json={"film": WISH.film, "open": True}) as answer:
            answer.raise_for_status()
    site = open_site("bookmyshow", url)
    one_day = LookFor(WISH.film, WISH.city, (utc_now().date() + timedelta(days=1),))
    try:
        wall, cpu = list[float](), list[float]()
        for n in range(looks):
            began, used = time.perf_counter(), time.process_time()
            result = await site.look(one_day)
            cpu.append((time.process_time() - used) * 1000)
            wall.append((time.perf_counter() - began) * 1000)
            if not isinstance(result, Available):
                raise UsherError(f"the demo cinema, whose sale is open, answered {result}")
            progress(n + 1, looks)
    finally:
        await site.close()
    report.times("one look at an open sale, one day", wall)
    report.beside("the seed's and upstream's browser: 774 ms (facts/baselines.md §5)")
    report.times("one look, CPU", cpu, p50=10)


async def _requests(cinema: Cinema) -> int:
    headers = {"Authorization": f"Bearer {cinema.token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.get(f"{cinema.url}/_control/ledger") as answer:
            asked: dict[str, int] = (await answer.json())["requests"]
            return sum(asked.values())


async def _asked(report: Report, cinema: Cinema, url: str, folder: Path, jobs: int) -> None:
    home = folder / "home"
    settings = Settings(
        home=home, nats_url=url, site_url=cinema.url, look_every=1.0, look_spacing=0.1, page_spacing=0.0
    )
    environment = {
        "USHER_HOME": str(home),
        "USHER_NATS_URL": url,
        "USHER_SITE_URL": cinema.url,
        "USHER_LOOK_EVERY": "1",
        "USHER_LOOK_SPACING": "0.1",
        "USHER_PAGE_SPACING": "0",
    }
    await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
    async with (
        house(settings, ("desk", "scheduler"), url) as parts,
        usher_process(folder, "run", "watcher", **environment) as pid,
    ):
        store = EventStore(parts.of("desk").nc, "desk")  # the desk itself lets nobody have a thousand jobs
        per_hour = {}
        for many in (1, jobs):
            have = 0 if many == 1 else 1
            for n in range(have, many):
                wish = Wish(WISH.film, WISH.city, cap=Money(100_000 + n))
                await store.execute(new_job_id(), CreateJob(f"bench-{n}", wish, utc_now() + timedelta(days=1)))
            await asyncio.sleep(2)
            before, began = await _requests(cinema), time.monotonic()
            await asyncio.sleep(WINDOW)
            asked = await _requests(cinema) - before
            per_hour[many] = asked / (time.monotonic() - began) * 3_600 / EVERY
        pss = memory_mb(pid, "Pss")
    report.add("watcher process, proportional memory", pss, "MB", most=80)
    report.beside("a browser per look: 620 MB (facts/baselines.md §5)")
    for many, rate in per_hour.items():
        wishes = f"{many:,} wish{'es' if many > 1 else ''} of a group"
        report.add(f"requests an hour before the sale, {wishes}, every {EVERY:.0f} s", rate, "/h")
        seed, upstream = (360, 36) if many == 1 else (2_700, 1_200)
        report.beside(f"seed {seed:,}, upstream {upstream:,} page loads (facts/baselines.md §4)")
    ratio = per_hour[jobs] / per_hour[1]
    report.add(f"requests with {jobs:,} wishes ÷ with 1", ratio, "×", most=1.1)
