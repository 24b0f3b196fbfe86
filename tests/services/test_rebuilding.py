"""A rebuild writes the rows that the live projector writes, whatever stands in the log, and reads all of it."""

import asyncio
import os
import signal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from events.codec import ID, PREVIOUS, SCHEMA, TIME, moment
from events.errors import Unavailable
from events.settings import new_job_id
from projections.rebuild import compare
from sandbox.nats_server import NatsServer
from services.folding import Clock
from services.following import Follower
from services.rebuilding import batches, last_sequence, rebuild
from tests.golden.histories import FOLDER, messages, read

GOLDEN = Path(__file__).parents[1] / "golden"


def ignore(_: int, __: int) -> None:
    """Progress that nobody watches."""


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=5), st.integers(0, 2**31))
def test_a_time_is_written_as_the_live_projector_writes_it(nanoseconds: list[int], second: int) -> None:
    clock = Clock()
    for one in (*nanoseconds, second * 10**9, second * 10**9 + 1, second * 10**9 + 999_999_999):
        assert clock.text(one) == moment(one).isoformat()


async def every_life(nc: Client) -> None:
    """Every golden history and every version of every event type, and what cannot be read."""
    for file in sorted(FOLDER.glob("*.jsonl")):
        lines, _ = read(file)
        job_id = new_job_id()
        for number, kept in enumerate(messages(lines, job_id)):
            headers = {n: v for n, v in (kept.headers or {}).items() if not n.startswith("Nats-")}
            headers[ID] = f"{job_id}-{number}"
            imported = {TIME: "2026-01-02T03:04:05+00:00"} if number == 0 else {}
            await nc.request((kept.headers or {})["Nats-Subject"], kept.data, headers=headers | imported, timeout=5)
    for file in sorted(GOLDEN.glob("*.json")):
        kind, version = file.stem.rsplit(".v", 1)
        key = "group" if kind.startswith("look") else new_job_id()
        body = msgspec.json.encode(msgspec.json.decode(file.read_bytes()))
        await nc.request(f"{kind}.{key}", body, headers={SCHEMA: version, ID: f"{file.stem}-{key}"}, timeout=5)
    fine = {SCHEMA: "1", ID: "odd"}
    bad_headers: list[dict[str, str] | None] = [
        None,
        {},
        {SCHEMA: "1"},
        {SCHEMA: "99", ID: "o1"},
        {SCHEMA: "x", ID: "o2"},
    ]
    bad_headers += [fine | {ID: "o3", PREVIOUS: "no"}, fine | {ID: "o4", TIME: "yesterday"}]
    for headers in bad_headers:
        await nc.request("job.watch_started.odd", b'{"event":"watch_started","group":"g"}', headers=headers, timeout=5)
    await nc.request("job.unheard_of.odd", b"{}", headers=fine | {ID: "o5"}, timeout=5)
    await nc.request("job.watch_started.odd", b'{"event":"paused"', headers=fine | {ID: "o6"}, timeout=5)


async def test_every_kind_of_event_is_folded_as_live(nc: Client, tmp_path: Path) -> None:
    await every_life(nc)
    follower = Follower(nc, tmp_path / "live.sqlite3")
    await follower.start()
    ends = {stream: await last_sequence(nc, stream) for stream in ("JOBS", "USERS", "LOOKS")}
    await follower.wait(ends, within=30)
    parked = (await nc.jetstream().stream_info("PARKED")).state.messages
    await follower.stop()
    done = await rebuild(nc, tmp_path / "new.sqlite3", ignore)
    assert compare(tmp_path / "live.sqlite3", tmp_path / "new.sqlite3") == []
    assert (done.events + done.unreadable, done.unreadable) == (sum(ends.values()), parked)
    assert parked == 9


async def test_more_than_the_server_sends_at_once_comes_whole_and_in_order(nc: Client) -> None:
    big = b"x" * 600_000
    for number in range(120):  # 72 MB: the server stops and waits for our word many times
        await nc.publish("look.seen.g", big, headers={ID: str(number)})
    await nc.flush()
    async with asyncio.timeout(30):
        while (end := await last_sequence(nc, "LOOKS")) < 120:  # noqa: ASYNC110  no ack to wait for
            await asyncio.sleep(0.02)
    found = [raw async for batch in batches(nc, "LOOKS", end - 1) for raw in batch]
    assert [raw[3] for raw in found] == list(range(1, end))
    assert all(raw[2] == big and (raw[1] or {})[ID] == str(raw[3] - 1) for raw in found)


async def test_a_server_that_goes_away_leaves_the_live_file_alone(
    server: NatsServer, nc: Client, tmp_path: Path
) -> None:
    await nc.request("job.created.x", b"{}", timeout=5)
    (tmp_path / "live.sqlite3").write_text("as it was")
    reading = batches(nc, "JOBS", 2)  # one more than there is: it waits
    waiting = asyncio.create_task(anext(reading))
    await asyncio.sleep(0)
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(Unavailable, match="not read to its end"):
        await waiting
