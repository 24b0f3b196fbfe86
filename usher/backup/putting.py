"""`usher restore`: into an empty home, proved by hash; no job goes on by itself, for the world went on meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from nats.aio.client import Client

from events import orders as o
from events.errors import UsherError
from events.lifecycle import FINAL, Refusal, Status
from events.store import EventStore
from events.streams import api, ensure
from services.rebuilding import Rebuilt, rebuild
from usher.backup.snapshots import content_of, load
from usher.backup.taking import Manifest

Connect = Callable[[str], Awaitable[Client]]
AT_WORK = frozenset({Status.BOOKING, Status.AWAITING_PAYMENT})
PAGE = 100_000  # subjects of one answer


class Restored(msgspec.Struct, frozen=True):
    """What a restore did: messages by stream, jobs by what became of them, and the read model that was built."""

    messages: dict[str, int]
    jobs: dict[str, int]
    rebuilt: Rebuilt


async def put_back(manifest: Manifest, folder: Path, connect: Connect, models: Path, replicas: int) -> Restored:
    """Fill an empty server from a checked backup. `connect` opens a connection as the NATS user of that name.

    Raises UsherError where streams exist already or what came out is not what went in.
    """
    admin, cli, keeper = [await connect(name) for name in ("admin", "cli", "keeper")]
    there = (await api(admin, "STREAM.NAMES")).get("streams") or []
    if there:
        raise UsherError(f"this server holds {', '.join(there)} already: restore into an empty home (USHER_HOME)")
    for snapshot in manifest.snapshots:
        await load(admin, snapshot, folder, replicas)
        reader = keeper if snapshot.stream == "KV_vault" else cli
        if await content_of(reader, snapshot.stream, snapshot.last) != snapshot.content:
            raise UsherError(f"{snapshot.stream} came out otherwise than it went in: check the disk and start over")
    await ensure(admin, replicas)
    # timers and the wish list are derived: the scheduler reads the log from its start and makes them anew
    await api(admin, "CONSUMER.RESET.JOBS.scheduler", {"seq": 1})
    jobs = await _hold_still(manifest, await connect("desk"), await connect("booker"))
    rebuilt = await rebuild(cli, models, lambda done, total: None)
    messages = {snapshot.stream: snapshot.messages for snapshot in manifest.snapshots}
    return Restored(messages, dict(jobs), rebuilt)


async def _hold_still(manifest: Manifest, desk: Client, booker: Client) -> Counter[str]:
    """Pause every job that was under way: since the copy was taken it may have been booked and paid for.

    An attempt after which money may have moved becomes UNCERTAIN, so that the order history is read first.
    """
    why = f"restored from a copy of {manifest.taken_at:%Y-%m-%d %H:%M} UTC: look into the site's order history first"
    as_desk, as_booker = EventStore(desk, "desk"), EventStore(booker, "booker")
    done: Counter[str] = Counter()
    for job_id in await _jobs(desk):
        job = (await as_desk.load(job_id)).job
        if job.status in FINAL or job.status is Status.PAUSED:
            done["as they were"] += 1
        elif job.status is Status.UNCERTAIN:
            done["to be read in the order history"] += 1
        elif job.status in AT_WORK:
            soon = datetime.now(UTC) + timedelta(seconds=1)
            lost = await as_booker.execute(job_id, o.LoseOutcome(job.attempt, why, soon))
            if isinstance(lost, Refusal):
                await as_booker.execute(job_id, o.FailBooking(job.attempt, "restored", why, watching=False))
            done["paused" if isinstance(lost, Refusal) else "to be read in the order history"] += 1
        else:
            await as_desk.execute(job_id, o.PauseJob(why=why, by="usher"))
            done["paused"] += 1
    return done


async def _jobs(nc: Client) -> list[str]:
    found: list[str] = []
    while True:
        ask: dict[str, Any] = {"subjects_filter": "job.created.*", "offset": len(found)}
        page = (await api(nc, "STREAM.INFO.JOBS", ask))["state"].get("subjects") or {}
        found += [subject.rsplit(".", 1)[1] for subject in page]
        if len(page) < PAGE:
            return sorted(found)
