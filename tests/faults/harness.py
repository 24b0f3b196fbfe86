"""Every actor as a process of its own, against one server and one cinema: to be killed and started again."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import nats
from nats.aio.client import Client

from events.errors import UsherError
from events.state import FINAL as ENDS
from events.streams import ensure
from sandbox.cinema.shop import Cinema, CinemaSettings, open_cinema
from sandbox.nats_server import NatsServer
from services.buckets import Bucket
from services.vault import Vault
from services.vault.master import FileKeys
from usher.bench.fleet import Broker, Fleet
from usher.client import Usher
from usher.connection import connect
from usher.identities import Identities

ACTORS = ("desk", "scheduler", "watcher", "booker", "notifier", "projector")
FINAL = {"booked", "rehearsed", "cancelled", "expired", "failed"}
QUICK = {
    "USHER_LOOK_EVERY": "1",
    "USHER_LOOK_SPACING": "0.1",
    "USHER_PAGE_SPACING": "0",
    "USHER_RECONCILE_SETTLE": "3",
    "USHER_RECONCILE_EVERY": "1",
}


class Power(Protocol):
    """What holds the log: one server, or a cluster."""

    server: NatsServer

    async def start(self) -> None: ...
    async def kill(self) -> None: ...
    async def stop(self) -> None: ...


class Scene:
    """A cinema, a server and a fleet; events as they come."""

    def __init__(self, usher: Usher, cinema: Cinema, fleet: Fleet, http: aiohttp.ClientSession, broker: Power) -> None:
        self.usher, self.fleet, self.broker, self._cinema, self._http = usher, fleet, broker, cinema, http
        self.names: list[str] = []
        self._moved = asyncio.Condition()

    async def on_event(self, message: Any) -> None:
        async with self._moved:
            self.names.append(message.subject.split(".")[1])
            self._moved.notify_all()

    async def event(self, *names: str, within: float) -> None:
        """Wait for one of these events."""
        try:
            async with asyncio.timeout(within), self._moved:
                await self._moved.wait_for(lambda: bool(set(names) & set(self.names)))
        except TimeoutError:
            raise AssertionError(f"no {names} in {self.names}\n{self.fleet.log()}") from None

    async def ended(self, job_id: str, within: float = 15) -> dict[str, Any]:
        """The job once the read model has its end: the projector may be the one that was killed, and a plain
        subscriber hears a batch before it is committed, and nothing while the broker is away."""
        found: dict[str, Any] = {"status": "never answered"}
        for _ in range(round(within * 10)):
            with contextlib.suppress(UsherError, nats.errors.Error, TimeoutError):
                found = await self.usher.job(job_id)
                if found["status"] in ENDS:
                    return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"job {job_id} is {found['status']} after {self.names}\n{self.fleet.log()}")

    async def call(self, method: str, path: str, **body: Any) -> Any:
        """The cinema's control endpoint."""
        headers = {"Authorization": f"Bearer {self._cinema.token}"}
        async with self._http.request(method, f"{self._cinema.url}/_control/{path}", json=body, headers=headers) as a:
            return await a.json()

    async def desk(self, what: str, **body: Any) -> dict[str, Any]:
        """A command, asked again until the desk's process is there."""
        for _ in range(200):
            try:
                return await self.usher.desk(what, **body)
            except Exception as wrong:
                if "nobody answers" not in str(wrong):
                    raise
                await asyncio.sleep(0.1)
        raise AssertionError(f"the desk never answered\n{self.fleet.log()}")


@asynccontextmanager
async def scene(folder: Path, broker: Power | None = None, **environment: str) -> AsyncIterator[Scene]:
    """Server, cinema, an account with a card, and every actor in its own process, all started at once."""
    home = folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    ca = environment.get("USHER_NATS_CA", "")
    keys = Identities(home / "nats-keys", ca)
    broker = broker or Broker(folder / "nats", keys.authorization())
    async with (
        open_cinema(CinemaSettings(folder / "cinema")) as cinema,
        aiohttp.ClientSession() as http,
        AsyncExitStack() as stack,
    ):
        await broker.start()
        stack.push_async_callback(broker.stop)
        nc, admin, desk = [await connect(broker.server.url, name, keys) for name in ("cli", "admin", "desk")]
        here = {"USHER_NATS_URL": broker.server.url, "USHER_SITE_URL": cinema.url} | QUICK
        fleet = Fleet(home, here | environment)
        one = Scene(Usher(nc, "local"), cinema, fleet, http, broker)
        try:
            for actor in ACTORS:
                await fleet.start(actor)
            await ensure(admin, int(environment.get("USHER_REPLICAS", "1")))
            await nc.subscribe("job.>", cb=one.on_event)
            await _account(one, desk, home)
            yield one
        finally:
            await fleet.stop()
            for connection in (nc, admin, desk):
                await connection.close()


async def _account(one: Scene, desk: Client, home: Path) -> None:
    """Sign the user in at the cinema and keep a gift card."""
    account = await one.call("POST", "sessions", account="local", email="a@usher.invalid", mobile="9000000000")
    vault = Vault(Bucket(desk, "vault"), FileKeys(home / "master.key"))
    await vault.set_session("local", json.dumps(account["cookies"]))
    await vault.add_card("local", "8000000000000001", "123456")


def invariants(books: dict[str, Any], job: dict[str, Any]) -> list[str]:
    """What the cinema's ledger and the job's end disagree about; [] is well."""
    wrong: list[str] = []
    if len(books["charges"]) > 1:
        wrong.append(f"{len(books['charges'])} charges for one job")
    if job["status"] == "SUCCESS":
        amounts = [charge["amount_minor"] for charge in books["charges"]]
        if amounts != [job["amount"]]:
            wrong.append(f"charged {amounts}, the job says {job['amount']}")
        if [b["booking_id"] for b in books["bookings"]] != [job["confirmation"]]:
            wrong.append("the confirmation number is not the booking's")
    elif books["charges"]:
        wrong.append(f"charged, but the job is {job['status']}")
    return wrong
