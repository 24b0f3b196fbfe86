"""What one decision costs beside a raw publish, with few and with many jobs in the log."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from nats.aio.client import Client

from events import orders as o
from events.codec import EXPECTED, EXPECTED_SUBJECT, encode, headers_of, subject_of
from events.job import Paused
from events.settings import new_event_id, new_job_id, utc_now
from events.store import EventStore
from usher.bench.lives import WISH, Progress, booked_life, fill, log_server, run
from usher.bench.report import Report, percentile

BLOCK = 25  # operations of one kind before the other's turn: both meet the same disk and the same neighbours
Step = Callable[[], Awaitable[object]]


async def timed(step: Step) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    await step()
    return (time.perf_counter() - began) * 1000


async def alternating(steps: dict[str, Step], each: int) -> dict[str, list[float]]:
    """Milliseconds of every call, the kinds taking turns in blocks."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(each // BLOCK):
        for name, step in steps.items():
            found[name] += [await timed(step) for _ in range(BLOCK)]
    return found


class RawWriter:
    """A nats-py publish with the headers and the body of an event, and nothing of usher around it."""

    def __init__(self, nc: Client) -> None:
        self._js, self._job, self._sequence = nc.jetstream(), new_job_id(), 0
        self._subject, self._body = subject_of(Paused("away", "asha"), self._job), encode(Paused("away", "asha"))

    async def write(self) -> None:
        headers = headers_of(
            Paused("away", "asha"),
            new_event_id(),
            actor="bench",
            previous=self._sequence,
            causation=None,
            correlation=self._job,
        )
        headers[EXPECTED], headers[EXPECTED_SUBJECT] = str(self._sequence), f"job.*.{self._job}"
        self._sequence = (await self._js.publish(self._subject, self._body, headers=headers)).seq


class UsherWriter:
    """The same through `EventStore.execute`: cached state, decide, encode, append."""

    def __init__(self, store: EventStore) -> None:
        self._store, self._job, self._paused = store, new_job_id(), False

    async def begin(self) -> None:
        """Create the job."""
        await run(self._store, self._job, o.CreateJob("asha", WISH, utc_now()))

    async def write(self) -> None:
        command = o.ResumeJob("asha") if self._paused else o.PauseJob("away", "asha")
        await run(self._store, self._job, command)
        self._paused = not self._paused


async def _rate(steps: list[Step], each: int) -> float:
    async def writer(step: Step) -> None:
        for _ in range(each):
            await step()

    began = time.perf_counter()
    await asyncio.gather(*(writer(step) for step in steps))
    return len(steps) * each / (time.perf_counter() - began)


async def _one_durability(nc: Client, name: str, report: Report, each: int, writers: int) -> None:
    store = EventStore(nc, "desk")
    raw, mine = RawWriter(nc), UsherWriter(store)
    await mine.begin()
    await alternating({"raw": raw.write, "usher": mine.write}, BLOCK * 4)  # both warm
    found = await alternating({"raw": raw.write, "usher": mine.write}, each)
    report.times(f"{name}: raw publish", found["raw"])
    report.times(f"{name}: execute", found["usher"])
    report.add(
        f"{name}: execute ÷ raw, p50", percentile(found["usher"], 50) / percentile(found["raw"], 50), "×", most=2
    )
    raws, mines = [RawWriter(nc) for _ in range(writers)], [UsherWriter(store) for _ in range(writers)]
    await asyncio.gather(*(one.begin() for one in mines))
    rounds = [
        (await _rate([one.write for one in raws], 20), await _rate([one.write for one in mines], 20)) for _ in range(3)
    ]
    report.add(f"{name}: raw, {writers} writers", sorted(r for r, _ in rounds)[1], "/s")
    report.add(f"{name}: execute, {writers} writers", sorted(m for _, m in rounds)[1], "/s")
    report.add(f"{name}: execute ÷ raw, {writers} writers", sorted(m / r for r, m in rounds)[1], "×", least=0.4)


async def bench_append(each: int, writers: int, many: int, progress: Progress) -> Report:
    """Appends synced and lazy beside raw ones, then append and cold load with 1,000 and with `many` jobs."""
    report = Report("append", "synced: on disk before the ack · lazy: page cache, on disk within two minutes")
    for name, sync_always in (("synced", True), ("lazy", False)):
        with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
            async with log_server(Path(folder), sync_always) as nc:
                await _one_durability(nc, name, report, each, writers)
    await _sizes(report, each, (1_000, many), progress)
    return report


async def _sizes(report: Report, each: int, sizes: tuple[int, int], progress: Progress) -> None:
    async with AsyncExitStack() as stack:
        appends: dict[str, Step] = {}
        loads: dict[str, Step] = {}
        for jobs in sizes:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="usher-bench-"))
            nc = await stack.enter_async_context(log_server(Path(folder), False))
            store, long_life = EventStore(nc, "desk"), new_job_id()
            await booked_life(store, long_life)  # at the start: a load must not profit from being near the end
            await fill(nc, jobs, progress)
            writer = UsherWriter(store)
            await writer.begin()
            appends[f"{jobs:,} jobs"] = writer.write
            loads[f"{jobs:,} jobs"] = _loader(store, long_life)
        for what, steps in (("append", appends), ("cold load of 12 events", loads)):
            await alternating(steps, BLOCK * 2)
            found = await alternating(steps, each)
            small, large = found
            for name, ms in found.items():
                report.add(f"{what}, {name}, p50", percentile(ms, 50), "ms")
            if what != "append":
                report.beside("eventsourcing on SQLite, 10 events: 0.19 ms (facts/baselines.md §2)")
            ratio = percentile(found[large], 50) / percentile(found[small], 50)
            report.add(f"{what}: {large} ÷ {small}", ratio, "×", most=1.3)


def _loader(store: EventStore, job_id: str) -> Step:
    async def load() -> None:
        loaded = await store.load(job_id, fresh=True)
        if loaded.job.status != "SUCCESS":
            raise AssertionError(f"the life of twelve events ends as {loaded.job.status}")

    return load
