"""From an append to a row that a query sees; and the whole log into a new file."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from pathlib import Path

from nats.aio.client import Client

from events import orders as o
from events.settings import new_job_id, utc_now
from events.store import EventStore
from services.following import Follower
from services.rebuilding import batches, rebuild
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
    began, cpu, read = time.perf_counter(), time.process_time(), 0
    async for batch in batches(nc, "JOBS", total):
        read += len(batch)
    reading, cpu = time.perf_counter() - began, time.process_time() - cpu
    progress(total * 2, total * 3)
    ours, others = time.process_time(), _children()
    done = await rebuild(nc, folder / "new.sqlite3", lambda n, of: progress(of * 2 + n, of * 3))
    ours, others = time.process_time() - ours, _children() - others
    report.add("events", done.events, "events")
    report.add("reading alone", read / reading, "/s")
    report.beside("NATS, own pull requests: 176,000/s (facts/baselines.md §2)")
    report.add("stream → SQLite", done.events / done.seconds, "/s", least=60_000)
    report.beside("bound in one thread: 97,000/s (facts/baselines.md §6)")
    report.add("rebuild ÷ reading alone", (done.events / done.seconds) / (read / reading), "×")
    report.add("CPU an event: reading alone", cpu / read * 1e6, "µs")
    report.add("CPU an event: the process that reads", ours / done.events * 1e6, "µs")
    report.add("CPU an event: the process that folds", others / done.events * 1e6, "µs")


def _children() -> float:
    """CPU seconds of the processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
