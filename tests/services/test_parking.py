"""A parked message waits for a person: tried again in order, or dropped; every step is a record."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client

from events import orders as o
from events.errors import NotFound, UsherError
from events.settings import new_job_id
from events.store import EventStore
from events.wire import Wire
from events.wish import Wish
from sandbox.nats_server import NatsServer
from services.health import Health
from services.parking import Case, Retry, Settled, case_of, given_up, in_order, known_cases, next_of
from services.runtime import Actor, Delivery, Policy, Source
from services.writing import write
from tests.conftest import NOW

CREATE = o.CreateJob("asha", Wish(film="Dune", city="Hyderabad"), NOW + timedelta(days=1))
QUICK = Policy(tries=1, first_pause=0.05)
Stores = Callable[[str], EventStore]


class Scheduler:
    """A handler that cannot do its work until it is repaired."""

    def __init__(self, nc: Client) -> None:
        self.repaired, self.handled = False, list[str]()
        self.some = asyncio.Event()
        self.actor = Actor(nc, "scheduler", (Source("JOBS", "scheduler", self.handle),), QUICK, Health())

    async def handle(self, delivery: Delivery) -> None:
        if not self.repaired:
            raise ValueError("a defect")
        self.handled.append(delivery.subject.split(".")[1])
        self.some.set()


def known(url: str) -> list[Case]:
    with Wire(url) as log:
        return known_cases(log)


async def parked(url: str, count: int) -> list[Case]:
    """The cases, once there are so many open ones."""
    async with asyncio.timeout(90):
        while len(found := [c for c in await asyncio.to_thread(known, url) if c.open]) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # PARKED announces nothing to a test
    return found


async def ask(nc: Client, *some: Case) -> None:
    for case in some:
        order = Retry(case.number, "asha", NOW, case.message)
        await write(nc, "PARKED", f"retry.{case.actor}.{case.message.subject}", msgspec.json.encode(order))


async def test_repaired_messages_go_through_in_order_even_when_the_actor_was_away(
    server: NatsServer, nc: Client, store_of: Stores
) -> None:
    job_id, before = new_job_id(), Scheduler(nc)
    await before.actor.start()
    await store_of("desk").execute(job_id, CREATE)
    await store_of("desk").execute(job_id, o.PauseJob("rest", "asha"))
    await store_of("desk").execute(job_id, o.CancelJob("asha"))
    waiting = await parked(server.url, 3)
    assert waiting[0].message.traceback.endswith("ValueError: a defect\n")
    with pytest.raises(UsherError, match="retry that first"):
        next_of(in_order(waiting)[1], waiting)
    await before.actor.drain()  # it dies; what is asked for meanwhile is not lost
    await ask(nc, *in_order(waiting))
    after = Scheduler(nc)
    after.repaired = True
    await after.actor.start()
    await parked(server.url, 0)
    await after.actor.drain()
    assert after.handled == ["created", "paused", "cancelled"]
    ended = await asyncio.to_thread(known, server.url)
    assert {case.settled.how for case in ended if case.settled} == {"retried"}


async def test_one_that_fails_again_is_parked_anew(server: NatsServer, nc: Client, store_of: Stores) -> None:
    broken = Scheduler(nc)
    await broken.actor.start()
    await store_of("desk").execute(new_job_id(), CREATE)
    (first,) = await parked(server.url, 1)
    await ask(nc, first)
    async with asyncio.timeout(20):
        while (second := (await parked(server.url, 1))[0]).number == first.number:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await broken.actor.drain()
    assert second.message.subject == first.message.subject
    old = next(case for case in await asyncio.to_thread(known, server.url) if case.number == first.number)
    assert old.settled is not None
    assert old.settled.how == "failed"
    with pytest.raises(UsherError, match="tried again in vain, and parked anew, by asha"):
        case_of(first.number, [old, second])
    with pytest.raises(NotFound, match="usher parked list"):
        case_of(999, [old, second])


async def test_nothing_overtakes_one_that_fails_again(server: NatsServer, nc: Client, store_of: Stores) -> None:
    job_id, broken = new_job_id(), Scheduler(nc)
    await broken.actor.start()
    await store_of("desk").execute(job_id, CREATE)
    await store_of("desk").execute(job_id, o.CancelJob("asha"))
    first, second = in_order(await parked(server.url, 2))
    await ask(nc, first, second)
    async with asyncio.timeout(20):
        while {c.number for c in await parked(server.url, 2)} & {first.number, second.number}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # PARKED announces nothing to a test
    await broken.actor.drain()
    assert broken.handled == []
    again = in_order(await parked(server.url, 2))
    assert [case.message.subject for case in again] == [first.message.subject, second.message.subject]
    assert "goes first" in again[1].message.why


async def test_what_was_dropped_is_on_record(server: NatsServer, nc: Client, store_of: Stores) -> None:
    broken = Scheduler(nc)
    await broken.actor.start()
    await store_of("desk").execute(new_job_id(), CREATE)
    (case,) = await parked(server.url, 1)
    await broken.actor.drain()
    end = Settled(case.number, "dropped", "asha", "a test", NOW)
    await write(nc, "PARKED", f"settled.scheduler.{case.message.subject}", msgspec.json.encode(end))
    await parked(server.url, 0)
    assert given_up(await asyncio.to_thread(known, server.url)) == {("JOBS", 1)}


@asynccontextmanager
async def scheduler_process(url: str, folder: Path) -> AsyncIterator[None]:
    """A scheduler in a process of its own; it ends by kill -9."""
    words = (sys.executable, "-m", "tests.services.failing", url, str(folder))
    process = await asyncio.create_subprocess_exec(*words)
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def handled(folder: Path, count: int) -> list[str]:
    """What the process has begun to work on, once there is so much of it."""
    file = folder / "handled"
    async with asyncio.timeout(90):
        while len(found := file.read_text().split() if file.exists() else []) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # a file announces nothing
    return found


async def test_a_retry_that_is_killed_is_made_again_in_order(
    server: NatsServer, nc: Client, store_of: Stores, tmp_path: Path
) -> None:
    config = (await nc.jetstream().consumer_info("PARKED", "scheduler")).config
    config.ack_wait = 1.0  # what a killed one had in hand comes back at once
    await nc.jetstream().add_consumer("PARKED", config)
    job_id = new_job_id()
    async with scheduler_process(server.url, tmp_path):
        await store_of("desk").execute(job_id, CREATE)
        await store_of("desk").execute(job_id, o.CancelJob("asha"))
        waiting = await parked(server.url, 2)
    (tmp_path / "repaired").touch()
    (tmp_path / "slow").touch()
    await ask(nc, *in_order(waiting))
    async with scheduler_process(server.url, tmp_path):
        assert await handled(tmp_path, 1) == ["created"]
    (tmp_path / "slow").unlink()
    async with scheduler_process(server.url, tmp_path):
        await parked(server.url, 0)
    assert await handled(tmp_path, 3) == ["created", "created", "cancelled"]
    ended = await asyncio.to_thread(known, server.url)
    assert [case.settled.how for case in ended if case.settled] == ["retried", "retried"]
