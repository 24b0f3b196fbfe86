"""A whole usher with its demo cinema, as a person runs it, and what a test may ask of it."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest

from events.settings import Clock, Settings, utc_now
from events.store import EventStore
from sandbox.cinema.shop import CinemaSettings, open_cinema
from services.buckets import Bucket
from usher.client import Usher
from usher.compose import House, vault_of
from usher.embedded import DemoAccounts, everything

FILM = "Dune: Part Three"
WISH = {"film": FILM, "city": "Hyderabad", "cinemas": ["AMB Cinemas"], "languages": ["English"], "formats": ["2D"]}


T = TypeVar("T")


async def until(ask: Callable[[], Awaitable[T]], within: float = 20) -> T:
    """Ask again until the answer is not empty: for what nobody announces."""
    async with asyncio.timeout(within):
        while not (answer := await ask()):  # noqa: ASYNC110  a file and a bucket announce nothing
            await asyncio.sleep(0.02)
    return answer


class World:
    """A running usher, the cinema's control endpoint, and the events as they come."""

    def __init__(
        self, usher: Usher, url: str, token: str, http: aiohttp.ClientSession, home: Path, parts: House
    ) -> None:
        self.usher, self._url, self._http, self.home, self.parts = usher, url, http, home, parts
        self._headers = {"Authorization": f"Bearer {token}"}
        self.seen: list[tuple[str, str, dict[str, Any]]] = []
        self._moved = asyncio.Condition()

    async def follow(self) -> None:
        await self.usher.nc.subscribe("job.>", cb=self._on)

    async def _on(self, message: Any) -> None:
        _, name, job_id = message.subject.split(".")
        async with self._moved:
            self.seen.append((name, job_id, json.loads(message.data)))
            self._moved.notify_all()

    async def event(self, *names: str, within: float = 40, count: int = 1) -> dict[str, Any]:
        """Wait until the count-th event with one of these names was appended; its body."""

        def found() -> list[dict[str, Any]]:
            return [body for name, _, body in self.seen if name in names]

        try:
            async with asyncio.timeout(within), self._moved:
                await self._moved.wait_for(lambda: len(found()) >= count)
        except TimeoutError:
            raise AssertionError(f"no {names}; there were {[name for name, _, _ in self.seen]}") from None
        return found()[count - 1]

    async def control(self, path: str, **body: Any) -> Any:
        async with self._http.post(f"{self._url}/_control/{path}", json=body, headers=self._headers) as answer:
            return await answer.json()

    async def fault(self, name: str, where: str = "any", count: int | None = 1, value: float = 0) -> None:
        await self.control("faults", name=name, where=where, count=count, value=value)

    async def clear_faults(self) -> None:
        async with self._http.delete(f"{self._url}/_control/faults", headers=self._headers) as answer:
            assert answer.status == 200

    async def ledger(self) -> dict[str, Any]:
        async with self._http.get(f"{self._url}/_control/ledger", headers=self._headers) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def open_sale(self) -> None:
        await self.control("sale", film=FILM, open=True)

    async def pay_code(self) -> dict[str, Any]:
        """Pay the newest hold's code as its payer's phone would; the payment's row."""
        newest = (await self.ledger())["holds"][-1]
        paid: dict[str, Any] = await self.control("pay_qr", transaction=newest["transaction_id"])
        return paid

    async def status(self, job_id: str, *wanted: str) -> dict[str, Any]:
        """The job's row once it has one of these states."""

        async def row() -> dict[str, Any]:
            found = await self.usher.job(job_id)
            return found if found["status"] in wanted else {}

        return await until(row, 40)

    async def wish(self, **parts: Any) -> str:
        made = await self.usher.desk("job.create", wish=WISH | parts)
        return str(made["job"])

    async def listed(self) -> None:
        """Wait until the wish list holds an entry."""
        bucket = Bucket(self.usher.nc, "watchlist")
        await until(lambda: bucket.under(""))

    async def messages(self, kind: str, of: Awaitable[str]) -> list[str]:
        """The texts of that kind in the outbox, once there are any."""
        await of

        async def texts() -> list[str]:
            with sqlite3.connect(self.home / "outbox.sqlite3") as db:
                return [row[0] for row in db.execute("SELECT text FROM chat WHERE kind = ?", (kind,))]

        return await until(texts)

    async def names(self, job_id: str) -> list[str]:
        rows = await self.usher.ask("usher.query.timeline", {"job_id": job_id})
        return [row["type"] for row in rows]


def denials(home: Path) -> list[str]:
    """What NATS refused: in a whole run every actor must have the rights it needs."""
    lines = (home / "nats" / "server.log").read_text(errors="replace").splitlines()
    return [line for line in lines if "Violation" in line]


@pytest.fixture
def quick(tmp_path: Path) -> Settings:
    """Settings whose waits are short; nothing else differs from a real run."""
    return Settings(
        home=tmp_path / "home",
        look_every=1.0,
        look_spacing=0.1,
        reconcile_settle=2.0,
        reconcile_every=1.0,
        sync_always=False,
        chat=False,
    )


@pytest.fixture
def world(quick: Settings) -> Callable[..., Any]:
    """Open a World, with settings changed as named."""
    import msgspec

    @asynccontextmanager
    async def opened(
        card: bool = True, code_seconds: float = 300.0, now: Clock = utc_now, **changes: Any
    ) -> AsyncIterator[World]:
        settings = msgspec.structs.replace(quick, **changes)
        shop = CinemaSettings(settings.home / "cinema", code_seconds=code_seconds)
        async with open_cinema(shop) as cinema, aiohttp.ClientSession() as http, AsyncExitStack() as stack:
            settings = msgspec.structs.replace(settings, site_url=cinema.url, page_spacing=0.0)
            running = await stack.enter_async_context(everything(settings, now))
            desk = running.parts.of("desk")
            vault = vault_of(desk, EventStore(desk.nc, "desk"))
            await DemoAccounts(vault, cinema.url, cinema.token).sign_in(settings.user)
            usher = Usher(running.parts.nc, settings.user)
            one = World(usher, cinema.url, cinema.token, http, settings.home, running.parts)
            await one.follow()
            if card:
                await usher.desk("user.card.add", number="8000 0000 0000 0001", pin="123456")
            yield one
            assert denials(settings.home) == []

    return opened
