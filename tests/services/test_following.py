"""The projector against a real log: rebuilt equals live, and no disk trouble loses or skips an event."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from events import orders as o
from events.errors import UsherError
from events.settings import new_job_id
from events.store import Appended, EventStore
from events.wish import Wish
from projections.queries import Queries
from projections.rebuild import compare
from services.following import Follower, rebuilt_beside
from services.rebuilding import rebuild
from tests.conftest import NOW

CREATE = o.CreateJob("asha", Wish(film="Dune", city="Hyderabad"), NOW + timedelta(days=1))
Stores = Callable[[str], EventStore]


async def lives(store: EventStore, jobs: int) -> int:
    """Some jobs, each created, paused and resumed; the last sequence."""

    async def one() -> int:
        job_id = new_job_id()
        sequence = 0
        for command in (CREATE, o.PauseJob("away", by="asha"), o.ResumeJob("asha")):
            done = await store.execute(job_id, command)
            assert isinstance(done, Appended)
            sequence = done.sequence
        return sequence

    return max(await asyncio.gather(*(one() for _ in range(jobs))))


@pytest.fixture
async def follower(nc: Client, tmp_path: Path) -> AsyncIterator[Follower]:
    one = Follower(nc, tmp_path / "live.sqlite3")
    await one.start()
    yield one
    await one.stop()


def delete(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def ignore(_: int, __: int) -> None:
    """Progress that nobody watches."""


async def test_a_rebuild_equals_the_live_file_row_by_row(
    nc: Client, store_of: Stores, follower: Follower, tmp_path: Path
) -> None:
    end = await lives(store_of("desk"), 40)
    await follower.wait({"JOBS": end})
    told: list[tuple[int, int]] = []
    done = await rebuild(nc, tmp_path / "new.sqlite3", lambda n, of: told.append((n, of)))
    assert done.events == end == 120
    assert told[-1] == (120, 120)
    assert compare(tmp_path / "live.sqlite3", tmp_path / "new.sqlite3") == []
    assert len(Queries(tmp_path / "new.sqlite3").jobs()) == 40


async def test_two_projectors_that_share_a_file_fold_each_event_once(
    nc: Client, store_of: Stores, follower: Follower, tmp_path: Path
) -> None:
    other = Follower(nc, tmp_path / "live.sqlite3")
    await other.start()
    end = await lives(store_of("desk"), 60)
    await asyncio.gather(follower.wait({"JOBS": end}), other.wait({"JOBS": end}))
    await other.stop()
    await rebuild(nc, tmp_path / "new.sqlite3", ignore)
    assert compare(tmp_path / "live.sqlite3", tmp_path / "new.sqlite3") == []


async def test_a_rebuild_while_events_arrive_misses_none(
    nc: Client, store_of: Stores, follower: Follower, tmp_path: Path
) -> None:
    store = store_of("desk")
    await lives(store, 20)
    live = tmp_path / "live.sqlite3"
    arriving = asyncio.create_task(lives(store, 60))
    await rebuild(nc, rebuilt_beside(live), ignore)
    await follower.adopt()
    end = await arriving
    await follower.wait({"JOBS": end})
    assert len(follower.queries.jobs()) == 80
    await rebuild(nc, tmp_path / "again.sqlite3", ignore)
    assert compare(live, tmp_path / "again.sqlite3") == []


async def test_a_rebuild_until_a_sequence_shows_the_past(nc: Client, store_of: Stores, tmp_path: Path) -> None:
    store, job_id = store_of("desk"), new_job_id()
    created = await store.execute(job_id, CREATE)
    await store.execute(job_id, o.CancelJob("asha"))
    assert isinstance(created, Appended)
    await rebuild(nc, tmp_path / "then.sqlite3", ignore, until={"JOBS": created.sequence})
    await rebuild(nc, tmp_path / "now.sqlite3", ignore)
    assert Queries(tmp_path / "then.sqlite3").job(job_id)["status"] == "PENDING"
    assert Queries(tmp_path / "now.sqlite3").job(job_id)["status"] == "CANCELLED"


async def test_nothing_to_adopt_is_said(follower: Follower) -> None:
    with pytest.raises(UsherError, match="usher rebuild"):
        await follower.adopt()


async def test_a_file_deleted_under_the_projector_is_built_anew(
    store_of: Stores, follower: Follower, tmp_path: Path
) -> None:
    store = store_of("desk")
    await follower.wait({"JOBS": await lives(store, 5)})
    delete(tmp_path / "live.sqlite3")
    await follower.wait({"JOBS": await lives(store, 1)})
    assert len(Queries(tmp_path / "live.sqlite3").jobs()) == 6


async def test_a_file_broken_under_the_projector_is_set_aside_and_built_anew(
    store_of: Stores, follower: Follower, tmp_path: Path
) -> None:
    store, live = store_of("desk"), tmp_path / "live.sqlite3"
    await follower.wait({"JOBS": await lives(store, 5)})
    follower._projection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    follower._projection.db.execute("PRAGMA shrink_memory")
    with live.open("r+b") as file:
        file.write(b"\x55" * live.stat().st_size)
    await follower.wait({"JOBS": await lives(store, 1)})
    assert len(Queries(live).jobs()) == 6
    assert any(".broken-" in name for name in os.listdir(tmp_path))


async def test_a_full_disk_is_waited_for_and_loses_nothing(store_of: Stores, follower: Follower) -> None:
    store = store_of("desk")
    pages = follower._projection.db.execute("PRAGMA page_count").fetchone()[0]
    follower._projection.db.execute(f"PRAGMA max_page_count = {pages}")
    end = await lives(store, 100)
    with pytest.raises(UsherError, match="has not reached"):
        await follower.wait({"JOBS": end}, within=0.3)
    follower._projection.db.execute("PRAGMA max_page_count = 1000000")
    await follower.wait({"JOBS": end})
    assert len(follower.queries.jobs(limit=1000)) == 100


async def test_an_event_that_cannot_be_read_is_parked_and_the_next_is_folded(
    nc: Client, store_of: Stores, follower: Follower
) -> None:
    parked: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def on_parked(message: object) -> None:
        parked.set_result(json.loads(message.data))  # type: ignore[attr-defined]

    await nc.subscribe("parked.projector.>", cb=on_parked)
    await nc.request("job.created.broken", b"{", timeout=5)
    await follower.wait({"JOBS": await lives(store_of("desk"), 1)})
    told = await asyncio.wait_for(parked, 5)
    assert "Usher-Schema" in told["why"]
    assert told["data"] == "{"
    assert told["headers"]["Nats-Stream"] == "JOBS"
    assert len(follower.queries.jobs()) == 1
