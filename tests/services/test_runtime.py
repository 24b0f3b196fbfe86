"""The actor runtime against a real server: ack after the effect, retry, park, drain."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from nats.aio.client import Client

from events import orders as o
from events.errors import Unavailable
from events.settings import new_job_id
from events.store import EventStore
from events.wish import Wish
from services.health import Health
from services.runtime import Actor, Delivery, Later, Policy, Source
from tests.conftest import NOW

CREATE = o.CreateJob("asha", Wish(film="Dune", city="Hyderabad"), NOW + timedelta(days=1))
QUICK = Policy(tries=2, first_pause=0.05)
Stores = Callable[[str], EventStore]


async def test_a_poison_event_is_parked_with_what_happened_and_the_next_one_goes_through(
    nc: Client, store_of: Stores
) -> None:
    parked: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
    handled = asyncio.Event()
    poison, sound = new_job_id(), new_job_id()

    async def on_parked(message: object) -> None:
        parked.set_result(json.loads(message.data))  # type: ignore[attr-defined]

    async def handler(delivery: Delivery) -> None:
        if delivery.key == poison:
            raise ValueError("this event cannot be handled")
        handled.set()

    await nc.subscribe("parked.>", cb=on_parked)
    actor = Actor(nc, "scheduler", (Source("JOBS", "scheduler", handler),), QUICK, Health())
    await actor.start()
    await store_of("desk").execute(poison, CREATE)
    await store_of("desk").execute(sound, CREATE)
    body = await asyncio.wait_for(parked, 10)
    await asyncio.wait_for(handled.wait(), 10)
    assert "cannot be handled" in body["why"]
    assert body["subject"] == f"job.created.{poison}"
    await actor.drain()


async def test_an_outage_is_waited_out_however_long_and_parks_nothing(nc: Client, store_of: Stores) -> None:
    tried, through, parked = 0, asyncio.Event(), list[object]()

    async def on_parked(message: object) -> None:
        parked.append(message)

    async def handler(_: Delivery) -> None:
        nonlocal tried
        tried += 1
        if tried <= QUICK.tries + 2:
            raise Unavailable("NATS is not connected just now")
        through.set()

    await nc.subscribe("parked.>", cb=on_parked)
    actor = Actor(nc, "scheduler", (Source("JOBS", "scheduler", handler),), QUICK, Health())
    await actor.start()
    await store_of("desk").execute(new_job_id(), CREATE)
    await asyncio.wait_for(through.wait(), 10)
    await actor.drain()
    await nc.flush()
    assert parked == []


@pytest.mark.parametrize(
    ("subject", "schema", "body", "why"),
    [
        ("job.exploded.j1", "1", b"{}", "unknown event type"),
        ("job.resumed.j1", "99", b'{"event":"resumed","by":"a"}', "newer"),
        ("job.resumed.j1", "1", b'{"event":"resumed","by":"a","mood":"good"}', "mood"),
        ("job.resumed.j1", "1", b"{", "truncated"),
        ("job.resumed.j1", None, b"{}", "missing"),
    ],
    ids=["an unknown type", "a newer version", "an unknown field", "half a body", "no headers of ours"],
)
async def test_what_cannot_be_read_is_parked_not_skipped(
    nc: Client, subject: str, schema: str | None, body: bytes, why: str
) -> None:
    parked: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def on_parked(message: object) -> None:
        parked.set_result(json.loads(message.data))  # type: ignore[attr-defined]

    async def handler(_: Delivery) -> None:
        raise AssertionError("an unreadable event must not reach a handler")

    await nc.subscribe("parked.>", cb=on_parked)
    actor = Actor(nc, "scheduler", (Source("JOBS", "scheduler", handler),), QUICK, Health())
    await actor.start()
    headers = {"Nats-Msg-Id": "e1"} | ({"Usher-Schema": schema} if schema else {})
    await nc.jetstream().publish(subject, body, headers=headers)
    assert why in (await asyncio.wait_for(parked, 10))["why"]
    await actor.drain()


async def test_later_brings_a_message_again_without_parking_it(nc: Client, store_of: Stores) -> None:
    calls, done = list[str](), asyncio.Event()

    async def handler(delivery: Delivery) -> None:
        calls.append(delivery.key)
        if len(calls) < 5:
            raise Later(0.05)
        done.set()

    actor = Actor(nc, "scheduler", (Source("JOBS", "scheduler", handler),), QUICK, Health())
    await actor.start()
    await store_of("desk").execute(new_job_id(), CREATE)
    await asyncio.wait_for(done.wait(), 10)
    assert len(calls) == 5
    await actor.drain()


async def test_one_jobs_messages_are_handled_one_at_a_time(nc: Client, store_of: Stores) -> None:
    inside, most, count, done = 0, 0, 0, asyncio.Event()

    async def handler(_: Delivery) -> None:
        nonlocal inside, most, count
        inside += 1
        most = max(most, inside)
        for _ in range(20):
            await nc.flush()  # gives the others every chance to come in
        inside -= 1
        count += 1
        if count == 6:
            done.set()

    actor = Actor(nc, "scheduler", (Source("JOBS", "scheduler", handler),), Policy(), Health())
    await actor.start()
    store, job_id = store_of("desk"), new_job_id()
    await store.execute(job_id, CREATE)
    await store.execute(job_id, o.PauseJob("rest", "asha"))
    for _ in range(2):
        await store.execute(job_id, o.ResumeJob("asha"))
        await store.execute(job_id, o.PauseJob("rest", "asha"))
    await asyncio.wait_for(done.wait(), 10)
    assert most == 1
    await actor.drain()


async def test_drain_lets_the_work_in_hand_end(nc: Client, store_of: Stores) -> None:
    began, go, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handler(_: Delivery) -> None:
        began.set()
        await go.wait()
        ended.set()

    actor = Actor(nc, "scheduler", (Source("JOBS", "scheduler", handler),), Policy(), Health())
    await actor.start()
    await store_of("desk").execute(new_job_id(), CREATE)
    await asyncio.wait_for(began.wait(), 10)
    draining = asyncio.create_task(actor.drain())
    go.set()
    await draining
    assert ended.is_set()
