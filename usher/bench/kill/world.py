"""The world of a kill run: cinema, broker with users, a wire to each actor, people with accounts and cards."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import aiohttp
from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.audit import rolled
from events.chain import Stored
from events.codec import Recorded
from events.errors import UsherError
from events.reading import DirectReader, recorded, sequence_of
from events.settings import Settings
from events.store import EventStore
from events.streams import ensure
from sandbox.cinema.shop import Cinema, CinemaSettings, open_cinema
from sandbox.nats_server import NatsServer
from services.asking import Refused, ask
from services.buckets import Bucket
from services.vault import Vault, find_master_keys
from sites.browser import Browser
from usher.bench.fleet import Broker, Fleet
from usher.bench.kill.points import ACTORS
from usher.bench.wire import Wire
from usher.connection import connect
from usher.identities import Identities

FILM = "Dune: Part Three"
OTHERS = (2001, 2002, 2003, 2004, 2005)
QUICK = {
    "USHER_LOOK_EVERY": "1",
    "USHER_LOOK_SPACING": "0.1",
    "USHER_PAGE_SPACING": "0",
    "USHER_RECONCILE_EVERY": "1",
    "USHER_CONSENT_THRESHOLD": "0",
    "USHER_MAX_FAILURES": "50",
    "USHER_SYNC_ALWAYS": "false",
}
LEASE, HOLD, SETTLED_AFTER = 9.0, 8.0, 4.0  # s on a machine that starts a browser in a second
SLOWEST = 6.0


def times(pace: float) -> dict[str, str]:
    """As short as this machine allows, so that what was interrupted goes on soon. A booking outlives its lease nowhere
    and a hold lapses before the site has settled: these are what usher assumes of a site."""
    return {
        "USHER_LEASE": f"{LEASE * pace:.1f}",
        "USHER_BOOKING_TIMEOUT": f"{LEASE * pace - 0.5:.1f}",
        "USHER_RECONCILE_SETTLE": f"{(HOLD + SETTLED_AFTER) * pace:.1f}",
    }


async def pace_of_this_machine() -> float:
    """How many times longer than a second a browser takes to show a page just now; 1 at least. Raises Unavailable."""
    began, browser = time.monotonic(), Browser()
    try:
        await browser.take_back(await browser.lend("http://127.0.0.1", []))
    finally:
        await browser.close()
    return min(SLOWEST, max(1.0, time.monotonic() - began))


class Seen(NamedTuple):
    """One event of JOBS as it was read: its place, and a hash over its subject, our headers and its body."""

    sequence: int
    digest: bytes


class Power(Protocol):
    """What holds the log: one server, or a cluster."""

    server: NatsServer

    async def start(self) -> None: ...
    async def kill(self) -> None: ...


class World:
    """What a run acts on. `seen` is JOBS as a reader heard it, in order; `heard`: when there was last news of a job."""

    def __init__(self, home: Path, broker: Power, fleet: Fleet, cinema: Cinema, http: aiohttp.ClientSession) -> None:
        self.home, self.broker, self.fleet, self.cinema, self._http = home, broker, fleet, cinema, http
        self.wires: dict[str, Wire] = {}
        self.pace = 1.0
        self.users: list[str] = []
        self.numbers: list[str] = []
        self.seen: list[Seen] = []
        self.heard: dict[str, float] = {}
        self.nc: Client
        self._happened = asyncio.Condition()
        self._names: list[str] = []

    async def call(self, method: str, path: str, **body: Any) -> Any:
        """The cinema's control endpoint."""
        headers = {"Authorization": f"Bearer {self.cinema.token}"}
        url = f"{self.cinema.url}/_control/{path}".rstrip("/")
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
        _, name, job_id = message.subject.split(".")
        async with self._happened:
            self._names.append(name)
            self.heard[job_id] = time.monotonic()
            self._happened.notify_all()

    async def step(self, name: str, within: float) -> bool:
        """Wait for the next event of that name, or not longer than `within`; whether it came."""
        start = len(self._names)
        return await self._waited(lambda: name in self._names[start:], within)

    async def news(self, job_id: str, within: float) -> bool:
        """Wait for the next event of a job, or not longer."""
        since = self.heard.get(job_id)
        return await self._waited(lambda: self.heard.get(job_id) != since, within)

    async def _waited(self, came: Callable[[], bool], within: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within), self._happened:
                await self._happened.wait_for(came)
                return True
        return False

    async def read_on(self) -> None:
        """Note everything that JOBS holds beyond what is noted. Raises UsherError where the log does not answer."""
        self.seen += await self.read_all(self.seen[-1].sequence + 1 if self.seen else 1)

    async def read_all(self, following: int = 1) -> list[Seen]:
        """JOBS as it is now. Raises UsherError where the log does not answer."""
        found: list[Seen] = []
        async for message in self._messages(following):
            headers = message.headers or {}
            sequence = sequence_of(message)
            found.append(Seen(sequence, rolled(b"", headers["Nats-Subject"], headers, message.data, sequence)))
        return found

    async def _messages(self, following: int) -> AsyncIterator[Stored]:
        reader = DirectReader(self.nc)
        while batch := await reader.ask("JOBS", {"seq": following, "next_by_subj": ">", "batch": 500}):
            for message in batch:
                yield message
            following = sequence_of(batch[-1]) + 1

    async def keep_reading(self) -> None:
        """Read on for ever, through every outage."""
        while True:
            with contextlib.suppress(UsherError, NatsError, TimeoutError):
                await self.read_on()
            await asyncio.sleep(0.2)

    async def log(self) -> list[Recorded]:
        """Everything that JOBS holds now, as events. Raises UsherError where it cannot be read."""
        found = []
        async for message in self._messages(1):
            record = recorded(message)
            if not isinstance(record, Recorded):
                raise UsherError(f"event {record.sequence} cannot be read: {record.why}")
            found.append(record)
        return found


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    """Everything up, people served, the sale open. Everything ends with the block."""
    home = folder / "home"
    await asyncio.to_thread(home.mkdir, mode=0o700, parents=True)
    keys = Identities(home / "nats-keys")
    broker = Broker(folder / "nats", users=keys.authorization())
    pace = await pace_of_this_machine()
    async with AsyncExitStack() as stack:
        shop = CinemaSettings(folder / "cinema", hold_seconds=HOLD * pace)
        cinema = await stack.enter_async_context(open_cinema(shop))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        await broker.start()
        stack.push_async_callback(broker.stop)
        wards = (folder / "nats" / "server.pid",)
        fleet = Fleet(home, QUICK | times(pace) | {"USHER_SITE_URL": cinema.url}, wards, litter=folder)
        world = World(home, broker, fleet, cinema, http)
        world.pace = pace
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
        await serve_people(world, keys, OTHERS)
        await world.call("POST", "sale", film=FILM, open=True)
        reading = asyncio.create_task(world.keep_reading())
        stack.callback(reading.cancel)
        yield world


async def restart(world: World, actor: str) -> None:
    """Start an actor behind its wire."""
    await world.fleet.start(actor, USHER_NATS_URL=world.wires[actor].url)


async def serve_people(world: World, keys: Identities, others: Sequence[int]) -> None:
    """The owner and some friends (Telegram ids): served, signed in, each with a card of their own."""
    settings = Settings(home=world.home)
    desk = await connect(world.broker.server.url, "desk", keys)
    vault = Vault(Bucket(desk, "vault", EventStore(desk, "desk").reader), find_master_keys(world.home))
    world.users = [settings.user]
    for telegram in others:
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
