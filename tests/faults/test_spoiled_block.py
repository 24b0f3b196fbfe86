"""A bit that turned on the disk under the log: `usher verify` finds what it cost, and usher does not start where the
log has lost its end.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from events import orders as o
from events.connection import QuickClient
from events.errors import UsherError
from events.settings import new_job_id
from events.store import EventStore
from events.streams import ensure
from projections.projector import Projection
from sandbox.nats_server import run_server
from services.keeping import check_ends, lost_ends
from services.verifying import verify_log
from tests.faults.test_full_disk import CREATE

JOBS = 20
SPOILED = 7  # the job whose second event is hit


@asynccontextmanager
async def log_in(folder: Path) -> AsyncIterator[QuickClient]:
    """The log of a folder, served until the block ends."""
    async with run_server(folder / "nats", sync_always=False) as server:
        nc = QuickClient()
        await nc.connect(server.url)
        try:
            yield nc
        finally:
            await nc.close()


async def _written(folder: Path, model: Path) -> list[str]:
    """Jobs of three events each, and a read model that says it has folded them all."""
    jobs = [new_job_id() for _ in range(JOBS)]
    async with log_in(folder) as nc:
        await ensure(nc)
        store = EventStore(nc, "desk")
        for job_id in jobs:
            await store.execute(job_id, CREATE)
            await store.execute(job_id, o.PauseJob(f"planted-{job_id}", "asha"))
            await store.execute(job_id, o.ResumeJob("asha"))
        projection = Projection(model)
        projection.apply([], {"JOBS": 3 * JOBS})
        projection.close()
        assert await lost_ends(nc, model) == []
    return jobs


def _spoil(folder: Path, word: bytes) -> Path:
    """Turn one bit of a word in the block that holds it; the stream's folder."""
    block = next(path for path in folder.rglob("*.blk") if word in path.read_bytes())
    body = bytearray(block.read_bytes())
    body[body.index(word)] ^= 1
    block.write_bytes(body)
    return block.parent


@pytest.mark.timeout(60)
async def test_a_spoiled_event_is_named_and_the_others_are_there(tmp_path: Path) -> None:
    jobs = await _written(tmp_path, tmp_path / "usher.sqlite3")
    _spoil(tmp_path, f"planted-{jobs[SPOILED]}".encode())
    lost = 3 * SPOILED + 2
    async with log_in(tmp_path) as nc:
        found = (await verify_log(nc, {}, lambda done, total: None)).findings
        assert (found[0].stream, found[0].sequence) == ("JOBS", lost + 1)
        assert found[0].what == "1 messages before it are missing"
        store = EventStore(nc, "reader")
        with pytest.raises(UsherError, match=r"cannot read a message of JOBS that it holds: run `usher verify`"):
            await store.history(jobs[SPOILED])
        for job_id in jobs[:SPOILED] + jobs[SPOILED + 1 :]:
            assert [record.name for record in await store.history(job_id)] == ["created", "paused", "resumed"]


@pytest.mark.timeout(60)
async def test_a_log_that_lost_its_end_is_told_before_anything_starts(tmp_path: Path) -> None:
    model = tmp_path / "usher.sqlite3"
    jobs = await _written(tmp_path, model)
    folder = _spoil(tmp_path, f"planted-{jobs[SPOILED]}".encode())
    (folder / "index.db").unlink()  # as after a power cut: the server reads the block until it stumbles
    async with log_in(tmp_path) as nc:
        with pytest.raises(UsherError, match=rf"JOBS ends at {3 * SPOILED + 1}, but {3 * JOBS} was .*usher restore"):
            await check_ends(nc, model)
        found = await lost_ends(nc, model)
        assert [(one.stream, one.sequence) for one in found] == [("JOBS", 3 * SPOILED + 1)]
        model.unlink()
        await check_ends(nc, model)
