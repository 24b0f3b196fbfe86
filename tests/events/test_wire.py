"""The blocking reader against a real server: it says what the awaiting one says."""

import asyncio
import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
from nats.aio.client import Client

from events import orders as o
from events.chain import chain, recorded, sequence_of
from events.codec import Recorded
from events.errors import Unavailable, UsherError
from events.job import Paused
from events.nkey import proof
from events.settings import new_event_id, new_job_id
from events.store import EventStore
from events.wire import Wire
from events.wish import Wish, group_of
from sandbox.nats_server import NatsServer
from services.artifacts import Artifacts
from tests.conftest import NOW

WISH = Wish(film="Dune: Part Three", city="Hyderabad")
Stores = Callable[[str], EventStore]


async def lived(store: EventStore, naps: int = 6) -> str:
    job_id = new_job_id()
    await store.execute(job_id, o.CreateJob("asha", WISH, NOW + timedelta(days=3)))
    await store.execute(job_id, o.StartWatching(group_of(WISH)))
    for _ in range(naps):
        await store.execute(job_id, o.PauseJob("rest", "asha"))
        await store.execute(job_id, o.ResumeJob("asha"))
    return job_id


async def test_it_reads_the_same_life_as_the_store(server: NatsServer, store_of: Stores) -> None:
    store = store_of("desk")
    ids = [await lived(store) for _ in range(2)]

    def read() -> list[list[object]]:
        with Wire(server.url) as log:
            return [[recorded(m) for m in log.history("JOBS", f"job.*.{job_id}")] for job_id in (*ids, "nobody")]

    found = await asyncio.to_thread(read)
    assert found[:2] == [await store.history(job_id) for job_id in ids]
    assert found[2] == []


async def test_a_gap_in_the_chain_is_told(server: NatsServer, store_of: Stores) -> None:
    store = store_of("desk")
    job_id = await lived(store, naps=0)
    await store.append("job", job_id, 2, [Paused("rest", "asha")], [new_event_id()])

    def read() -> None:
        with Wire(server.url) as log:
            newest = log.last("JOBS", f"job.paused.{job_id}")
            assert newest is not None
            assert newest.headers is not None
            newest.headers["Usher-Previous"] = "777"
            lacking = chain("JOBS", f"job.*.{job_id}", [newest])
            lacking.send(log.at("JOBS", next(lacking)))

    with pytest.raises(UsherError, match=r"event 777 .* is missing"):
        await asyncio.to_thread(read)


async def test_pages_newest_first_and_single_messages(server: NatsServer, store_of: Stores) -> None:
    job_id = await lived(store_of("desk"), naps=10)

    def read() -> None:
        with Wire(server.url) as log:
            everything = [sequence_of(m) for m in log.scan("JOBS", ">", page=7)]
            assert everything == list(range(1, 23))
            pauses = log.scan("JOBS", "job.paused.*", after=10, page=3)
            assert [sequence_of(m) for m in pauses] == [11, 13, 15, 17, 19, 21]
            assert [sequence_of(m) for m in log.newest("JOBS", f"job.resumed.{job_id}", 3)] == [22, 20, 18]
            assert [sequence_of(m) for m in log.newest("JOBS", f"job.created.{job_id}", 3)] == [1]
            assert log.at("JOBS", (5, 99))[1] is None
            assert log.info("JOBS")["last_seq"] == 22
            assert log.ask("usher.query.jobs", {}) is None  # nobody listens
            with pytest.raises(Unavailable, match="usher up"):
                log.info("NOWHERE")

    await asyncio.to_thread(read)


async def test_a_picture_of_several_chunks(server: NatsServer, nc: Client, store_of: Stores) -> None:
    data = bytes(range(256)) * 2_000
    await Artifacts(nc, store_of("booker").reader).put("ticket.png", data)

    def read() -> tuple[bytes | None, bytes | None]:
        with Wire(server.url) as log:
            return log.object("ticket.png"), log.object("none.png")

    assert await asyncio.to_thread(read) == (data, None)


def test_nobody_there_is_said_in_one_line() -> None:
    with pytest.raises(UsherError, match="usher up"):
        Wire("nats://127.0.0.1:1,nats://127.0.0.1:2")


def test_an_address_that_is_none_is_said_in_one_line() -> None:
    with pytest.raises(Unavailable, match="no address of NATS"):
        Wire("nats://127.0.0.1:port")


def test_the_proof_is_the_one_of_the_nkeys_package() -> None:
    nkeys = pytest.importorskip("nkeys")
    seed = nkeys.encode_seed(bytes(range(32)), nkeys.PREFIX_BYTE_USER).decode()
    theirs = nkeys.from_seed(bytearray(seed.encode()))
    public, signature = proof(seed, "nonce")
    assert public == theirs.public_key.decode()
    assert base64.urlsafe_b64decode(signature) == theirs.sign(b"nonce")
    with pytest.raises(ValueError, match="seed"):
        proof("SUAOOPS", "nonce")


async def test_an_imported_event_keeps_its_time(server: NatsServer, nc: Client, store_of: Stores) -> None:
    store = store_of("desk")
    job_id = await lived(store, naps=0)
    (first, _) = await store.history(job_id)
    headers = {"Nats-Msg-Id": new_event_id(), "Usher-Schema": "1", "Usher-Actor": "desk", "Usher-Previous": "2"}
    told = headers | {"Usher-Time": "2025-01-02T03:04:05+00:00"}
    await nc.jetstream().publish(f"job.cancelled.{job_id}", b'{"event":"cancelled","by":"asha"}', headers=told)
    last = (await store.history(job_id))[-1]
    assert isinstance(last, Recorded)
    assert last.time.isoformat() == "2025-01-02T03:04:05+00:00"
    assert first.time > last.time
