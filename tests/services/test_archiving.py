"""Out into a file and into an empty log again: the same life, hash by hash."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client

from events import user as u
from events.errors import BadInput, UsherError
from events.reading import QuickClient
from events.settings import new_event_id, new_job_id
from events.store import EventStore
from events.story import steps
from events.wire import Wire
from sandbox.nats_server import NatsServer, run_server
from services.archiving import archive_all, archive_job, import_archive
from services.artifacts import Artifacts
from services.health import Health
from services.runtime import Actor, Delivery, Policy, Source
from services.verifying import verify_log
from tests.conftest import NOW
from tests.services.test_verifying import ignore, lived

Stores = Callable[[str], EventStore]


def exported(url: str) -> list[bytes]:
    with Wire(url) as log:
        return list(archive_all(log, NOW, ignore))


@asynccontextmanager
async def another(folder: Path) -> AsyncIterator[tuple[NatsServer, Client]]:
    """An empty server."""
    async with run_server(folder, sync_always=False) as server:
        nc = QuickClient()
        await nc.connect(server.url, pending_size=0)
        yield server, nc
        await nc.close()


async def test_export_import_export_is_the_identity_and_verified(
    server: NatsServer, nc: Client, store_of: Stores, tmp_path: Path
) -> None:
    for _ in range(5):
        await lived(store_of, new_job_id())
    registered = u.Registered("Asha", 1001, 1001)
    await store_of("desk").append(
        "user", "local", 0, [registered, u.Approved("owner")], [new_event_id(), new_event_id()]
    )
    await nc.jetstream().publish("job.created.broken", b"\xff{not json")  # what cannot be read is carried, too
    file = tmp_path / "log.jsonl"
    lines = await asyncio.to_thread(exported, server.url)
    file.write_bytes(b"".join(lines))
    before = await verify_log(nc, {}, ignore)
    async with another(tmp_path / "other") as (other, there):
        done = await import_archive(there, file, ignore)
        assert done.events == len(lines) - 2
        assert await asyncio.to_thread(exported, other.url) == lines
        after = await verify_log(there, before.marks, ignore)
        assert after.marks == before.marks
        assert after.findings == before.findings
        with pytest.raises(UsherError, match="empty home"):
            await import_archive(there, file, ignore)


async def test_nothing_that_was_imported_is_acted_upon_again(
    server: NatsServer, store_of: Stores, tmp_path: Path
) -> None:
    await lived(store_of, new_job_id())
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(await asyncio.to_thread(exported, server.url)))
    handled, some = list[str](), asyncio.Event()

    async def handler(delivery: Delivery) -> None:
        handled.append(delivery.subject)
        some.set()

    async with another(tmp_path / "other") as (_, there):
        await import_archive(there, file, ignore)
        actor = Actor(there, "scheduler", (Source("JOBS", "scheduler", handler),), Policy(), Health())
        await actor.start()
        fresh = new_job_id()
        await lived(lambda name: EventStore(there, name), fresh)
        await asyncio.wait_for(some.wait(), 10)
        await actor.drain()
    assert handled[0] == f"job.created.{fresh}"


async def test_one_job_with_its_look_and_picture_is_carried_and_renumbered(
    server: NatsServer, nc: Client, store_of: Stores, tmp_path: Path
) -> None:
    ids = [new_job_id() for _ in range(3)]
    for job_id in ids:
        await lived(store_of, job_id)
    await Artifacts(nc, store_of("booker").reader).put("none-of-this-job.png", b"x")

    def record() -> list[bytes]:
        with Wire(server.url) as log:
            messages = log.history("JOBS", f"job.*.{ids[2]}")
            return list(archive_job(log, list(steps(messages)), messages, NOW))

    lines = await asyncio.to_thread(record)
    kinds = [json.loads(line).get("stream") for line in lines]
    assert kinds[1:6] == ["JOBS"] * 5
    assert "none-of" not in str(lines)
    file = tmp_path / "one.jsonl"
    file.write_bytes(b"".join(lines))
    async with another(tmp_path / "other") as (_, there):
        await import_archive(there, file, ignore)
        done = await verify_log(there, {}, ignore)
        assert done.findings == []
        theirs = await EventStore(there, "reader").history(ids[2])
    ours = await store_of("reader").history(ids[2])
    assert [(one.event, one.time, one.event_id) for one in theirs] == [
        (one.event, one.time, one.event_id) for one in ours
    ]
    assert [one.sequence for one in theirs] == [1, 2, 3, 4, 5]


async def test_a_file_that_was_changed_or_cut_is_refused_before_anything_is_written(
    server: NatsServer, store_of: Stores, tmp_path: Path
) -> None:
    await lived(store_of, new_job_id())
    lines = await asyncio.to_thread(exported, server.url)
    spoilt = {
        "line 3": [*lines[:2], lines[2].replace(b"scheduler", b"someone"), *lines[3:]],
        "ends before": lines[:-1],
        "line 4": [*lines[:3], *lines[4:]],
        "no line of an archive": [b"hello\n"],
    }
    async with another(tmp_path / "other") as (_, there):
        for says, text in spoilt.items():
            file = tmp_path / "bad.jsonl"
            file.write_bytes(b"".join(text))
            with pytest.raises(BadInput, match=says):
                await import_archive(there, file, ignore)
        assert (await there.jetstream().account_info()).streams == 0
