"""Rounds of points: wish, let things go wrong, let everything settle, count. The seed is printed: run it again."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator

from events.store import EventStore
from usher.bench.ground import ground
from usher.bench.kill import count
from usher.bench.kill.counting import counted
from usher.bench.kill.people import People
from usher.bench.kill.points import Point, points
from usher.bench.kill.strikes import Strikes
from usher.bench.kill.world import World, open_world
from usher.bench.report import Report

Progress = Callable[[int, int], None]
A_ROUND = 125  # points
AT_ONCE = 6  # points that wait for their moment: misfortunes come together
SETTLE_WITHIN = 120.0  # s, on a quick machine


class Run:
    """One run: its people, what goes wrong, and what was wrong in the counting."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed
        self.people, self.strikes = People(world, seed), Strikes(world)
        self.wrong: list[str] = []

    async def round(self, number: int, wanted: int, progress: Callable[[], None]) -> None:
        """Points, then quiet, then the counting."""
        self.people.begin(number)
        planned, left = points(self.seed, number), Counter({"points": wanted})
        await asyncio.gather(*(self._strike_on(planned, left, progress) for _ in range(AT_ONCE)))
        await asyncio.gather(self.strikes.calm(), self.people.end(SETTLE_WITHIN * self.world.pace))
        found = await counted(self.world, self.people.jobs)
        self.wrong += [f"seed {self.seed}, round {number}: {what}" for what in found]

    async def _strike_on(self, planned: Iterator[Point], left: Counter[str], progress: Callable[[], None]) -> None:
        """One point after another; one that met nobody does not count."""
        while left["points"] > 0:
            left["points"] -= 1
            if await self.strikes.strike(next(planned)):
                progress()
            else:
                left["points"] += 1


async def bench_kill(wanted: int, seed: int, progress: Progress, within: float = 86_400) -> Report:
    """`wanted` points, or as many rounds as begin `within` so many seconds; the goal is zero violations."""
    for name in ("aiohttp.server", "asyncio"):  # the cinema's customers and the wires' ends die in mid-sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    task = asyncio.current_task()
    if task is not None:  # whoever ends us ends the processes too
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    report = Report("kill", f"seed {seed}; nats-server with lazy sync, for no plug is pulled")
    with ground(report) as folder:
        async with open_world(folder) as world:
            run, done, began = Run(world, seed), 0, time.monotonic()
            supervisor = asyncio.create_task(run.strikes.supervise())

            def one_more() -> None:
                nonlocal done
                done += 1
                progress(done, wanted)

            for number in range(-(-wanted // A_ROUND)):
                if time.monotonic() - began > within:
                    break
                await run.round(number, min(A_ROUND, wanted - number * A_ROUND), one_more)
            supervisor.cancel()
            await _report(report, run, done, time.monotonic() - began)
            report.log = world.fleet.log() if run.wrong else ""
    return report


async def _report(report: Report, run: Run, done: int, seconds: float) -> None:
    books = await run.world.call("GET", "ledger")
    store = EventStore(run.world.nc, "cli")
    ended = Counter([str((await store.load(job)).job.status) for job in run.people.jobs])
    report.add("points", done, "")
    report.add("violations", len(run.wrong), "", most=0)
    report.add("jobs", len(run.people.jobs), "")
    report.add("charges", len(books["charges"]), "")
    report.add("booked jobs", ended["SUCCESS"], "")
    report.add("events kept, none of them changed", len(run.world.seen), "")
    report.add("pace of this machine (1: a browser within a second)", run.world.pace, "")
    report.add("seconds a point", seconds / max(1, done), "s")
    for what, times in sorted(run.strikes.done.items()):
        report.add(what, times, "×")
    for status, times in sorted(ended.items()):
        report.add(f"jobs {status}", times, "")
    for status, times in sorted(count.holds(books).items()):
        report.add(f"holds {status}", times, "")
    report.notes += run.wrong
