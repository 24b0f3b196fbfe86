"""From a look that sees tickets to a booking that runs, on the demo cinema with a real browser."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from nats.aio.msg import Msg

from events.errors import UsherError
from events.settings import Settings
from usher.bench.lives import WISH, Progress
from usher.bench.report import Report
from usher.client import Usher
from usher.embedded import everything

ENDS = {"booked", "rehearsed", "booking_failed", "failed", "paused"}
CARD = ("8000000000000001", "123456")
NEVER = 3_600.0  # s between looks: whatever is booked was not waiting for a tick


async def bench_react(jobs: int, progress: Progress) -> Report:
    """Dry-run wishes for a film that is on sale, one after the other, each up to the last click."""
    report = Report("react", "log synced; demo cinema and browser on this machine")
    with tempfile.TemporaryDirectory(prefix="usher-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings(home=Path(folder), look_every=NEVER, look_spacing=0.001)
        async with everything(settings) as running, aiohttp.ClientSession() as http:
            await running.parts.site.warm()
            headers = {"Authorization": f"Bearer {running.cinema_token}"}
            body = {"film": WISH.film, "open": True}
            async with http.post(f"{running.cinema_url}/_control/sale", json=body, headers=headers) as answer:
                answer.raise_for_status()
            usher = Usher(running.parts.nc, settings.user)
            await usher.desk("user.card.add", number=CARD[0], pin=CARD[1])
            lives = []
            for n in range(jobs):
                lives.append(await _one(usher))
                progress(n + 1, jobs)
    report.times("seen → booking_started", [_ms(a, "seen", "booking_started") for a in lives], p99=15)
    report.beside("BullMQ, two hops with its row update: p50 1.75, p99 3.6 ms (facts/baselines.md §3)")
    report.times("seen → seats held", [_ms(a, "seen", "seats_held") for a in lives], p95=3_000)
    report.times("wish → booking_started, no tick", [_ms(a, "created", "booking_started") for a in lives])
    report.beside("the seed, tickets already there: mean 23 s, p99 38 s (facts/baselines.md §4)")
    return report


def _ms(at: dict[str, datetime], start: str, end: str) -> float:
    return (at[end] - at[start]).total_seconds() * 1000


async def _one(usher: Usher) -> dict[str, datetime]:
    """One life; when each event was stored, and when its tickets were seen."""
    ended = asyncio.Event()

    async def on_event(message: Msg) -> None:
        if message.subject.split(".")[1] in ENDS:
            ended.set()

    wish = msgspec.to_builtins(WISH) | {"dry_run": True}
    made = await usher.desk("job.create", wish=wish)
    subscription = await usher.nc.subscribe(f"job.*.{made['job']}", cb=on_event)
    waits: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(60):
            while not any(row["type"] in ENDS for row in waits):
                ask = {"job_id": made["job"], "after": await usher.newest()}
                waits = await usher.ask("usher.query.timeline", ask)
                if not any(row["type"] in ENDS for row in waits):
                    await ended.wait()
    except TimeoutError:
        raise UsherError(f"job {made['job']} stands still after {[row['type'] for row in waits]}") from None
    finally:
        await subscription.unsubscribe()
    at = {row["type"]: datetime.fromisoformat(row["time"]) for row in reversed(waits)}
    if "seats_held" not in at:
        raise UsherError(f"no seats were held: {[row['type'] for row in waits]}")
    seen = next(row for row in waits if row["type"] == "tickets_detected")
    body = seen["body"] if isinstance(seen["body"], dict) else msgspec.json.decode(seen["body"])
    return at | {"seen": datetime.fromisoformat(body["seen_at"])}
