"""One active scheduler: the other stands by, and takes over when it is gone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from events.settings import new_job_id
from events.store import EventStore
from events.streams import GROUP, Consumer, api, ensure_consumer
from sandbox.nats_server import NatsServer
from services.health import Health
from services.runtime import Actor, Delivery, Policy, Source
from tests.faults.harness import QUICK, Fleet
from tests.services.test_runtime import CREATE

Stores = Callable[[str], EventStore]


class Seen:
    """Who handled which job, as it happens."""

    def __init__(self) -> None:
        self.by: list[tuple[str, str]] = []
        self._moved = asyncio.Condition()

    def handler(self, name: str) -> Callable[[Delivery], "asyncio.Future[None]"]:
        async def handle(delivery: Delivery) -> None:
            async with self._moved:
                self.by.append((name, delivery.key))
                self._moved.notify_all()

        return handle  # type: ignore[return-value]

    async def count(self, wanted: int, within: float = 20) -> None:
        async with asyncio.timeout(within), self._moved:
            await self._moved.wait_for(lambda: len(self.by) >= wanted)


@asynccontextmanager
async def standing(server: NatsServer, name: str, seen: Seen) -> AsyncIterator[Client]:
    """A scheduler's consumer, pulled by an actor on a connection of its own."""
    client = await nats.connect(server.url, allow_reconnect=False)
    actor = Actor(client, name, (Source("JOBS", "scheduler", seen.handler(name)),), Policy(), Health())
    await actor.start()
    yield client
    if client.is_connected:
        await actor.drain()
        await client.close()


async def create(store: EventStore) -> None:
    await store.execute(new_job_id(), CREATE)


async def test_two_schedulers_one_works_and_the_other_follows_within_seconds(
    nc: Client, server: NatsServer, store_of: Stores
) -> None:
    store, seen = store_of("desk"), Seen()
    async with standing(server, "one", seen) as one, standing(server, "two", seen):
        for wanted in range(1, 9):
            await create(store)
            await seen.count(wanted)
            await asyncio.sleep(0.4)  # long enough, eight times over, for a pin that is not kept to move on
        assert {name for name, _ in seen.by} == {"one"}
        await one.close()
        gone = asyncio.get_running_loop().time()
        await create(store)
        await seen.count(9, within=10)
        assert seen.by[-1][0] == "two"
        assert asyncio.get_running_loop().time() - gone < 5


@pytest.mark.timeout(90)
async def test_a_killed_schedulers_standby_starts_the_next_job(
    nc: Client, server: NatsServer, store_of: Stores, tmp_path: Path
) -> None:
    fleet = Fleet(tmp_path, {"USHER_NATS_URL": server.url} | QUICK)
    started: asyncio.Queue[str] = asyncio.Queue()

    async def on_started(message: object) -> None:
        started.put_nowait(message.subject)  # type: ignore[attr-defined]

    await nc.subscribe("job.watch_started.*", cb=on_started)
    store = store_of("desk")
    try:
        for name in ("scheduler", "scheduler2"):
            await fleet.start(name)
            await create(store)
            await asyncio.wait_for(started.get(), 30)
        await fleet.kill("scheduler")
        last = new_job_id()
        await store.execute(last, CREATE)
        assert (await asyncio.wait_for(started.get(), 30)).endswith(last)
        history = []
        async with asyncio.timeout(10):  # a subscriber hears a message before the stream has it
            while len(history) < 2:
                history = [record.name for record in await store.history(last)]
        assert history == ["created", "watch_started"]
    finally:
        await fleet.stop()


async def test_a_consumer_of_an_older_home_becomes_pinned(nc: Client) -> None:
    plain = {"durable_name": "old", "name": "old", "ack_policy": "explicit", "deliver_policy": "all", "max_deliver": -1}
    config = plain | {"filter_subjects": ["job.*.*"]}
    await api(nc, "CONSUMER.CREATE.JOBS.old", {"stream_name": "JOBS", "config": config})
    await ensure_consumer(nc, Consumer("JOBS", "old", ("job.*.*",), pinned=True))
    found = (await api(nc, "CONSUMER.INFO.JOBS.old"))["config"]
    assert (found["priority_policy"], found["priority_groups"]) == ("pinned_client", [GROUP])
