"""`usher bench soak`: jobs and faults for a long time; whether memory, open files or lag grow."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from events.store import EventStore
from events.streams import CONSUMERS, api
from usher.bench.ground import ground
from usher.bench.kill.counting import counted
from usher.bench.kill.people import TROUBLE, People
from usher.bench.kill.points import Point, points
from usher.bench.kill.strikes import Strikes
from usher.bench.kill.world import World, open_world
from usher.bench.processes import memory_mb
from usher.bench.report import Report

EVERY = 5.0  # s between two samples
APART = 25.0  # s between two faults, on average
WARM = 0.25  # share of a process's life in which caches fill and browsers start; slopes are of the rest
LONG = 30.0  # minutes from which a slope is more than noise
MOST_MB_AN_HOUR, MOST_FILES, MOST_LAG = 30.0, 20, 0
SETTLE_WITHIN = 120.0  # s, on a quick machine
Progress = Callable[[int, int], None]


class Sample(NamedTuple):
    """One process at one moment (s since the start): its resident memory (MB) and open files."""

    at: float
    memory: float
    files: int


class Watch:
    """Samples of every actor and the server, by name. A process that was started anew starts anew here."""

    def __init__(self, world: World) -> None:
        self._world, self._began = world, time.monotonic()
        self.samples: dict[str, list[Sample]] = {}
        self._pids: dict[str, int] = {}

    async def run(self) -> None:
        """Look again and again."""
        while True:
            for name, pid in {**self._world.fleet.pids(), "nats-server": self._world.broker.server.pid}.items():
                with contextlib.suppress(OSError, StopIteration):
                    self._note(name, pid)
            await asyncio.sleep(EVERY)

    def _note(self, name: str, pid: int) -> None:
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        if self._pids.get(name) != pid:
            self._pids[name], self.samples[name] = pid, []
        self.samples[name].append(Sample(time.monotonic() - self._began, memory_mb(pid), files))


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """How much the second number grows with the first (least squares); 0 for fewer than two."""
    count = len(samples)
    if count < 2:
        return 0.0
    x, y = sum(x for x, _ in samples) / count, sum(y for _, y in samples) / count
    spread = sum((one - x) ** 2 for one, _ in samples)
    return sum((one - x) * (other - y) for one, other in samples) / spread if spread else 0.0


async def bench_soak(minutes: float, jobs: int, seed: int, progress: Progress) -> Report:
    """`jobs` wishes over so many minutes, with a fault now and then. No process is killed but the browser and the
    server, so that the memory of the others tells something."""
    for name in ("aiohttp.server", "asyncio"):  # the cinema's customers and the wires' ends die in mid-sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    report = Report("soak", f"{minutes:g} minutes, seed {seed}; nats-server with lazy sync")
    with ground(report) as folder:
        async with open_world(folder) as world:
            people, strikes, watch = People(world, seed), Strikes(world), Watch(world)
            beside = [asyncio.create_task(work) for work in (watch.run(), strikes.supervise())]
            people.begin(0, every=minutes * 60 * len(world.users) / jobs)
            await _trouble(strikes, minutes * 60, seed, progress)
            await asyncio.gather(strikes.calm(), people.end(SETTLE_WITHIN * world.pace))
            wrong = await counted(world, people.jobs)
            lag = await _lag(world)
            for task in beside:
                task.cancel()
            await _report(report, world, people, strikes, wrong, lag)
            _report_growth(report, watch)
            report.log = world.fleet.log() if wrong else ""
    return report


def _bearable(point: Point) -> bool:
    return point.what != "kill" or point.whom == "nats-server"


async def _trouble(strikes: Strikes, seconds: float, seed: int, progress: Progress) -> None:
    """Points that leave the actors' processes alone, until the time is over."""
    chance, began = random.Random(f"{seed}/soak"), time.monotonic()
    lasting: set[asyncio.Task[bool]] = set()
    planned = (point for point in points(seed, 0) if _bearable(point))
    while (passed := time.monotonic() - began) < seconds:
        progress(round(passed), round(seconds))
        await asyncio.sleep(min(chance.expovariate(1 / APART), seconds - passed))
        task = asyncio.create_task(strikes.strike(next(planned)))
        lasting.add(task)
        task.add_done_callback(lasting.discard)
    await asyncio.gather(*lasting)


async def _lag(world: World) -> int:
    """Messages that wait for an actor, once they have had a moment. Raises Unavailable."""
    waiting = 0
    for _ in range(40):
        waiting = 0
        for consumer in CONSUMERS:
            if (consumer.stream, consumer.name) == ("TIMERS", "watcher"):  # a tick is there at any time
                continue
            with contextlib.suppress(*TROUBLE):
                info = await api(world.nc, f"CONSUMER.INFO.{consumer.stream}.{consumer.name}")
                waiting += int(info.get("num_pending", 0)) + int(info.get("num_ack_pending", 0))
        if not waiting:
            break
        await asyncio.sleep(0.5)
    return waiting


async def _report(report: Report, world: World, people: People, strikes: Strikes, wrong: list[str], lag: int) -> None:
    store = EventStore(world.nc, "cli")
    ended = Counter([str((await store.load(job)).job.status) for job in people.jobs])
    report.add("violations", len(wrong), "", most=0)
    report.add("messages that wait at the end", lag, "", most=MOST_LAG)
    report.add("jobs", len(people.jobs), "")
    report.add("events", len(world.seen), "")
    for status, times in sorted(ended.items()):
        report.add(f"jobs {status}", times, "")
    for what, times in sorted(strikes.done.items()):
        report.add(what, times, "×")
    report.notes += wrong


def _report_growth(report: Report, watch: Watch) -> None:
    for name, samples in sorted(watch.samples.items()):
        settled = samples[round(len(samples) * WARM) :]
        if len(settled) < 2:
            continue
        bound = MOST_MB_AN_HOUR if settled[-1].at - settled[0].at >= LONG * 60 else None
        report.add(f"{name}: memory at the end", settled[-1].memory, "MB")
        report.add(f"{name}: memory grows", slope([(one.at / 3600, one.memory) for one in settled]), "MB/h", most=bound)
        more = settled[-1].files - min(one.files for one in settled[: max(1, len(settled) // 4)])
        report.add(f"{name}: open files at the end", settled[-1].files, "")
        report.add(f"{name}: open files more than after the start", more, "", most=MOST_FILES)
