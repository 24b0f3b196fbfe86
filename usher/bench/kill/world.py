"""The world of a kill run: cinema, broker with users, a wire to each actor, people with accounts and cards."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.codec import Recorded
from events.errors import UsherError
from events.reading import DirectReader, recorded, sequence_of
from events.settings import Settings
from events.store import EventStore
from events.streams import ensure
from sandbox.cinema.shop import Cinema, CinemaSettings, open_cinema
from services.asking import Refused, ask
from services.buckets import Bucket
from services.vault import Vault, find_master_keys
from usher.bench.fleet import Broker, Fleet
from usher.bench.kill.points import ACTORS
from usher.bench.wire import Wire
from usher.compose import connect
from usher.identities import Identities

FILMS = ("Dune: Part Three",)
OTHERS = (2001, 2002, 2003)
# s; a booking outlives its lease nowhere, the site settles within SETTLE, and a hold within HOLD
QUICK = {
    "USHER_LOOK_EVERY": "1",
    "USHER_LOOK_SPACING": "0.1",
    "USHER_PAGE_SPACING": "0",
    "USHER_RECONCILE_SETTLE": "8",
    "USHER_RECONCILE_EVERY": "1",
    "USHER_LEASE": "20",
    "USHER_BOOKING_TIMEOUT": "18",
    "USHER_CONSENT_THRESHOLD": "0",
    "USHER_MAX_FAILURES": "50",
    "USHER_SYNC_ALWAYS": "false",
}
HOLD = 30.0  # s


class World:
    """What a run acts on. `seen` are the sequences and ids of JOBS as a reader heard them, in order."""

    def __init__(self, home: Path, broker: Broker, fleet: Fleet, cinema: Cinema, http: aiohttp.ClientSession) -> None:
        self.home, self.broker, self.fleet, self.cinema, self._http = home, broker, fleet, cinema, http
        self.wires: dict[str, Wire] = {}
        self.users: list[str] = []
        self.numbers: list[str] = []
        self.seen: list[tuple[int, str]] = []
        self.nc: Client
        self._happened = asyncio.Condition()
        self._names: list[str] = []

    async def call(self, method: str, path: str, **body: Any) -> Any:
        """The cinema's control endpoint."""
        headers = {"Authorization": f"Bearer {self.cinema.token}"}
        url = f"{self.cinema.url}/_control/{path}"
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            return await answer.json()

    async def desk(self, what: str, user: str, within: float = 60.0, **body: Any) -> dict[str, Any]:
        """A command of a user, asked again while nobody answers. Raises Refused, TimeoutError."""
        async with asyncio.timeout(within):
            while True:
                try:
                    found: dict[str, Any] = await ask(self.nc, f"usher.{what}", {"user": user, **body}, within=3)
                    return found
                except Refused:
                    raise
                except (UsherError, NatsError):
                    await asyncio.sleep(0.2)

    async def on_event(self, message: Any) -> None:
        """A live event: what points wait for."""
        async with self._happened:
            self._names.append(message.subject.split(".")[1])
            self._happened.notify_all()

    async def step(self, name: str, within: float) -> None:
        """Wait for the next event of that name, or not longer than `within`."""
        async with self._happened:
            start = len(self._names)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._happened.wait_for(lambda: name in self._names[start:])

    async def read_on(self) -> None:
        """Note everything that JOBS holds beyond what is noted. Raises UsherError where the log does not answer."""
        reader = DirectReader(self.nc)
        following = self.seen[-1][0] + 1 if self.seen else 1
        while found := await reader.ask("JOBS", {"seq": following, "next_by_subj": ">", "batch": 500}):
            self.seen += [(sequence_of(message), (message.headers or {})["Nats-Msg-Id"]) for message in found]
            following = self.seen[-1][0] + 1

    async def keep_reading(self) -> None:
        """Read on for ever, through every outage."""
        while True:
            with contextlib.suppress(UsherError, NatsError, TimeoutError):
                await self.read_on()
            await asyncio.sleep(0.2)

    async def log(self) -> list[Recorded]:
        """Everything that JOBS holds now. Raises UsherError where it cannot be read."""
        reader, found, following = DirectReader(self.nc), [], 1
        while batch := await reader.ask("JOBS", {"seq": following, "next_by_subj": ">", "batch": 500}):
            for message in batch:
                record = recorded(message)
                if not isinstance(record, Recorded):
                    raise UsherError(f"event {record.sequence} cannot be read: {record.why}")
                found.append(record)
            following = sequence_of(batch[-1]) + 1
        return found


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    """Everything up, people served, the sale open. Everything ends with the block."""
    home = folder / "home"
    await asyncio.to_thread(home.mkdir, mode=0o700, parents=True)
    keys = Identities(home / "nats-keys")
    broker = Broker(folder / "nats", users=keys.authorization())
    async with AsyncExitStack() as stack:
        cinema = await stack.enter_async_context(open_cinema(CinemaSettings(folder / "cinema", hold_seconds=HOLD)))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        await broker.start()
        stack.push_async_callback(broker.stop)
        fleet = Fleet(home, QUICK | {"USHER_SITE_URL": cinema.url})
        world = World(home, broker, fleet, cinema, http)
        admin = await connect(broker.server.url, "admin", keys)
        await ensure(admin)
        await admin.close()
        world.nc = await connect(broker.server.url, "cli", keys)
        stack.push_async_callback(world.nc.close)
        await world.nc.subscribe("job.>", cb=world.on_event)
        for actor in ACTORS:
            world.wires[actor] = Wire(broker.port)
            await world.wires[actor].start()
            stack.push_async_callback(world.wires[actor].stop)
            await restart(world, actor)
        stack.push_async_callback(fleet.stop)
        await _people(world, keys)
        for film in FILMS:
            await world.call("POST", "sale", film=film, open=True)
        reading = asyncio.create_task(world.keep_reading())
        stack.callback(reading.cancel)
        yield world


async def restart(world: World, actor: str) -> None:
    """Start an actor behind its wire."""
    await world.fleet.start(actor, USHER_NATS_URL=world.wires[actor].url)


async def _people(world: World, keys: Identities) -> None:
    """The owner and some friends: served, signed in, each with a card of their own."""
    settings = Settings(home=world.home)
    desk = await connect(world.broker.server.url, "desk", keys)
    vault = Vault(Bucket(desk, "vault", EventStore(desk, "desk").reader), find_master_keys(world.home))
    world.users = [settings.user]
    for telegram in OTHERS:
        knocked = await world.desk("user.knock", "", telegram=telegram, chat=telegram, name=f"Friend {telegram}")
        await world.desk("user.approve", settings.user, who=knocked["user"])
        world.users.append(knocked["user"])
    for place, user in enumerate(world.users):
        number = f"80000000471100{place:02}"
        world.numbers.append(number)
        await world.call("POST", "cards", number=number, pin="424242", balance_minor=1_000_000_000)
        made = await world.call(
            "POST", "sessions", account=user, email=f"{user}@usher.invalid", mobile=f"900000000{place}"
        )
        await vault.set_session(user, json.dumps(made["cookies"]))
        await vault.add_card(user, number, "424242")
    await desk.close()
