"""Rounds of points: wish, let things go wrong, let everything settle, count. The seed is printed: run it again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError

from events.errors import UsherError
from events.lifecycle import FINAL, Status
from events.store import EventStore
from services.asking import ask, newest
from services.rebuilding import rebuild
from usher.bench.kill import count
from usher.bench.kill.points import ACTORS, Point, points
from usher.bench.kill.world import FILMS, World, open_world, restart
from usher.bench.report import Report

Progress = Callable[[int, int], None]
A_ROUND = 20  # points
STEP_WITHIN = 3.0  # s that a point waits for its step
SETTLE_WITHIN = 150.0  # s
WATCH_WITHIN = 30.0  # s that a job may watch on before its person gives up
RESTING = FINAL | {Status.PAUSED, Status.AWAITING_INPUT, Status.AWAITING_CONSENT}


class Run:
    """One run: its jobs, what went wrong in the counting, and how much of everything there was."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed
        self.jobs: dict[str, str] = {}  # job → its user
        self.wrong: list[str] = []
        self.done: Counter[str] = Counter()
        self._wishes = 0
        self._work: set[asyncio.Task[None]] = set()
        self._power = asyncio.Lock()

    async def round(self, number: int, planned: list[Point], progress: Callable[[], None]) -> None:
        """Points, then quiet, then the counting."""
        chance = random.Random(f"{self.seed}/{number}/wishes")
        left = list(planned)
        while left:
            size = chance.choice((1, 2, 2, 3))  # misfortunes come together
            burst, left = left[:size], left[size:]
            await self._keep_busy(chance)
            await asyncio.gather(*(self._strike(point) for point in burst))
            for point in burst:
                self.done[point.what] += 1
                progress()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.world.call("DELETE", "faults")
        await self._everything_up()
        await self._settle()
        found = await self._count()
        self.wrong += [f"seed {self.seed}, round {number}: {what}" for what in found]

    async def _keep_busy(self, chance: random.Random) -> None:
        """Each user has a job that is being booked."""
        active = await self._active()
        for user in self.world.users:
            if user not in active:
                with contextlib.suppress(UsherError, TimeoutError):
                    await self._wish(user, chance)

    async def _active(self) -> set[str]:
        store = EventStore(self.world.nc, "cli")
        found: set[str] = set()
        for job_id, user in list(self.jobs.items())[-12:]:
            with contextlib.suppress(UsherError, NatsError):
                if (await store.load(job_id, fresh=True)).job.status not in RESTING:
                    found.add(user)
        return found

    async def _wish(self, user: str, chance: random.Random) -> None:
        self._wishes += 1
        until = datetime.now(UTC) + timedelta(hours=6, seconds=self._wishes)  # no wish stands twice
        seats = {"count": chance.randint(1, 3)}
        film = chance.choice(FILMS)
        wish = {"film": film, "city": "Hyderabad", "watch_until": until.isoformat(), "seats": seats}
        made = await self.world.desk("job.create", user, within=5, wish=wish)
        self.jobs[made["job"]] = user

    async def _strike(self, point: Point) -> None:
        if point.after is not None:
            await self.world.step(point.after, STEP_WITHIN)
        await asyncio.sleep(point.later)
        task = asyncio.create_task(self._happen(point))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        if point.whom in {"everything", "nats-server"}:
            await task

    async def _happen(self, point: Point) -> None:
        fleet, whom = self.world.fleet, point.whom
        match point.what:
            case "kill" if whom == "nats-server":
                await self._power_cut((), point.seconds)
            case "kill" if whom == "everything":
                await self._power_cut(ACTORS, point.seconds)
            case "kill":
                if fleet.has(whom):
                    await fleet.kill(whom)
                    await asyncio.sleep(point.seconds)
                    await restart(self.world, whom)
            case "kill browser":
                fleet.kill_browser(whom)
            case "freeze":
                fleet.freeze(whom)
                await asyncio.sleep(point.seconds)
                fleet.thaw(whom)
            case "cut" | "silence":
                await self.world.wires[whom].cut(point.seconds, silent=point.what == "silence")
            case "fault":
                more = {"where": point.where, "count": point.count, "value": point.value}
                await self.world.call("POST", "faults", name=whom, **more)

    async def _power_cut(self, actors: tuple[str, ...], seconds: float) -> None:
        async with self._power:  # two of these at once are one after the other
            await self._off_and_on(actors, seconds)

    async def _off_and_on(self, actors: tuple[str, ...], seconds: float) -> None:
        hit = [actor for actor in actors if self.world.fleet.has(actor)]
        await self.world.broker.kill()
        for actor in hit:
            await self.world.fleet.kill(actor)
        await asyncio.sleep(seconds)
        await self.world.broker.start()
        for actor in hit:
            await restart(self.world, actor)

    async def _everything_up(self) -> None:
        for actor in ACTORS:
            self.world.fleet.thaw(actor)
            if not self.world.fleet.has(actor):
                self.done["ended by itself"] += 1
                await restart(self.world, actor)

    async def _settle(self) -> None:
        """Wait until every job ended or waits for its person; then the person ends what waits."""
        until, enough = time.monotonic() + SETTLE_WITHIN, time.monotonic() + WATCH_WITHIN
        open_ = dict(self.jobs)
        asked: set[str] = set()
        while open_ and time.monotonic() < until:
            for job_id, user in list(open_.items()):
                with contextlib.suppress(UsherError, NatsError, TimeoutError):
                    job = (await EventStore(self.world.nc, "cli").load(job_id, fresh=True)).job
                    if job.status in FINAL:
                        del open_[job_id]
                    elif job.status in RESTING and job_id not in asked:  # once more, as a person would
                        asked.add(job_id)
                        await self.world.desk("job.resume", user, within=5, job=job_id)
                    elif job.status in RESTING or (job.status is Status.WATCHING and time.monotonic() > enough):
                        await self.world.desk("job.cancel", user, within=5, job=job_id)
            await asyncio.sleep(0.2)

    async def _count(self) -> list[str]:
        world = self.world
        await world.read_on()
        log = await world.log()
        wrong = self._lost([(record.sequence, record.event_id) for record in log])
        stories = [
            count.story(job_id, [record for record in log if record.key == job_id])
            for job_id in dict.fromkeys(record.key for record in log)
        ]
        for job_id in self.jobs:
            await EventStore(world.nc, "cli").history(job_id)  # raises where the chain has a gap
        books: dict[str, Any] = await world.call("GET", "ledger")
        wrong += count.money(books, stories) + count.ends(stories)
        wrong += await self._told(stories)
        wrong += await self._rebuilt()
        places = [path for path in world.home.iterdir() if path.name != "master.key"]
        places += list((world.home.parent / "nats").rglob("*.blk"))
        wrong += count.leaks(world.numbers, places)
        return wrong

    def _lost(self, stored: list[tuple[int, str]]) -> list[str]:
        """I4: what a reader has seen is still there, at its place, and no number is missing."""
        there = set(stored)
        gone = [place for place in self.world.seen if place not in there]
        gaps = [sequence for at, (sequence, _) in enumerate(stored, 1) if sequence != at]
        return [f"I4: event {sequence} ({event_id}) is gone" for sequence, event_id in gone] + [
            f"I4: numbers of JOBS have a gap before {sequence}" for sequence in gaps[:1]
        ]

    async def _told(self, stories: list[count.Story]) -> list[str]:
        """The notifier may be a moment behind."""
        wrong: list[str] = []
        for _ in range(100):
            wrong = count.told(self.world.home / "outbox.sqlite3", stories)
            if not wrong:
                break
            await asyncio.sleep(0.1)
        return wrong

    async def _rebuilt(self) -> list[str]:
        """I5, once the projector has caught up; looks may still come in while we compare, so more than once."""
        wrong: list[str] = []
        for _ in range(5):
            try:
                after = await newest(self.world.nc, "JOBS", "USERS", "LOOKS")
                await ask(self.world.nc, "usher.query.jobs", {"which": "all", "user": "local", "after": after})
                anew = self.world.home / "anew.sqlite3"
                await rebuild(self.world.nc, anew, lambda done, total: None)
                wrong = count.differing(self.world.home / "usher.sqlite3", anew)
            except (UsherError, NatsError, TimeoutError) as broken:
                wrong = [f"I5: not compared: {broken!r}"]
            if not wrong:
                return []
            await asyncio.sleep(1)
        return wrong


async def bench_kill(wanted: int, seed: int, progress: Progress, within: float = 86_400) -> Report:
    """`wanted` points, or as many rounds as begin `within` so many seconds; the goal is zero violations."""
    for name in ("aiohttp.server", "asyncio"):  # the cinema's customers and the wires' ends die in mid-sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    task = asyncio.current_task()
    if task is not None:  # whoever ends us ends the processes too
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    report = Report("kill", f"seed {seed}; nats-server with lazy sync, for no plug is pulled")
    with tempfile.TemporaryDirectory(prefix="usher-kill-", ignore_cleanup_errors=True) as folder:
        async with open_world(Path(folder)) as world:
            run, done = Run(world, seed), 0

            def one_more() -> None:
                nonlocal done
                done += 1
                progress(done, wanted)

            began = time.monotonic()
            for number in range(-(-wanted // A_ROUND)):
                if time.monotonic() - began > within:
                    break
                planned = points(seed, number, min(A_ROUND, wanted - number * A_ROUND))
                await run.round(number, planned, one_more)
            await _report(report, run, done, time.monotonic() - began)
            report.log = world.fleet.log() if run.wrong else ""
    return report


async def _report(report: Report, run: Run, done: int, seconds: float) -> None:
    books = await run.world.call("GET", "ledger")
    store = EventStore(run.world.nc, "cli")
    ended = Counter([str((await store.load(job)).job.status) for job in run.jobs])
    report.add("points", done, "")
    report.add("violations", len(run.wrong), "", most=0)
    report.add("jobs", len(run.jobs), "")
    report.add("charges", len(books["charges"]), "")
    report.add("booked jobs", ended["SUCCESS"], "")
    report.add("seconds a point", seconds / max(1, done), "s")
    for what, times in sorted(run.done.items()):
        report.add(what, times, "×")
    for status, times in sorted(ended.items()):
        report.add(f"jobs {status}", times, "")
    for status, times in sorted(count.holds(books).items()):
        report.add(f"holds {status}", times, "")
    report.notes += run.wrong
