"""From an append to a row that a query sees; and the whole log into a new file."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api

from events import orders as o
from events.settings import new_job_id, utc_now
from events.store import EventStore
from services.following import Follower
from services.rebuilding import rebuild
from usher.bench.lives import WISH, Progress, fill, log_server, run
from usher.bench.report import Report


async def bench_project(each: int, per_second: int, progress: Progress) -> Report:
    """Append at a steady rate; how long until the read model has each event."""
    report = Report("project", "log synced, SQLite WAL with synchronous FULL")
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        async with log_server(Path(folder) / "nats", True) as nc:
            follower = Follower(nc, Path(folder) / "usher.sqlite3")
            await follower.start()
            try:
                appended, from_ack, from_start = EventStore(nc, "desk"), list[float](), list[float]()

                async def one() -> None:
                    began = time.perf_counter()
                    done = await run(appended, new_job_id(), o.CreateJob("asha", WISH, utc_now()))
                    acked = time.perf_counter()
                    await follower.wait({"JOBS": done.sequence})
                    seen = time.perf_counter()
                    from_ack.append((seen - acked) * 1000)
                    from_start.append((seen - began) * 1000)

                began, tasks = time.perf_counter(), list[asyncio.Task[None]]()
                for n in range(each):
                    await asyncio.sleep(max(0.0, began + n / per_second - time.perf_counter()))
                    tasks.append(asyncio.create_task(one()))
                    progress(n + 1, each)
                await asyncio.gather(*tasks)
                report.add("events appended", each / (time.perf_counter() - began), "/s")
                report.times("start of append → visible", from_start, p50=5, p95=20)
                report.times("ack → visible", from_ack)
            finally:
                await follower.stop()
    return report


async def bench_rebuild(events: int, progress: Progress) -> Report:
    """The whole log into a new SQLite file, beside reading alone."""
    report = Report("rebuild", "a finished file is synced before it is used")
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        async with log_server(Path(folder) / "nats", False) as nc:
            total = await fill(nc, events // 4, lambda done, of: progress(done, of * 3))
            await rebuild_beside_reading(report, nc, total, Path(folder), progress)
    return report


async def rebuild_beside_reading(report: Report, nc: Client, total: int, folder: Path, progress: Progress) -> None:
    """Figures of a rebuild of the `total` events of JOBS, and of reading them alone."""
    read = await _read(nc, total)
    progress(total * 2, total * 3)
    done = await rebuild(nc, folder / "new.sqlite3", lambda n, of: progress(of * 2 + n, of * 3))
    report.add("events", done.events, "events")
    report.add("reading alone", total / read, "/s")
    report.beside("NATS, own pull requests: 176,000/s (facts/baselines.md §2)")
    report.add("stream → SQLite", done.events / done.seconds, "/s", least=40_000)
    report.beside("bound in one thread: 97,000/s (facts/baselines.md §6)")
    report.add("rebuild ÷ reading alone", (done.events / done.seconds) / (total / read), "×")


async def _read(nc: Client, total: int) -> float:
    """Seconds to read every message of JOBS once, without decoding."""
    done, count = asyncio.Event(), 0

    async def take(_: Msg) -> None:
        nonlocal count
        count += 1
        if count == total:
            done.set()

    began = time.perf_counter()
    subscription = await nc.jetstream().subscribe(
        "job.>",
        stream="JOBS",
        ordered_consumer=True,
        config=api.ConsumerConfig(deliver_policy=api.DeliverPolicy.ALL),
        cb=take,
        pending_msgs_limit=-1,
        pending_bytes_limit=-1,
    )
    await asyncio.wait_for(done.wait(), 120)
    await subscription.unsubscribe()
    return time.perf_counter() - began
