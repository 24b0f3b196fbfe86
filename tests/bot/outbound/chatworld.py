"""The outbound half of the chat with real parts: NATS, read models, the notifier as an actor, Telegram over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from nats.aio.client import Client

from bot.app import open_api
from bot.dialogues import Homes
from bot.joining import messenger_of
from events import orders as o
from events import user as u
from events.codec import Recorded
from events.lifecycle import Refusal
from events.settings import Clock, Settings, new_event_id, new_job_id, utc_now
from events.store import EventStore
from events.wish import Seat, SeatMap, SeatPlan, group_of
from sandbox.telegram.api import Telegram
from sandbox.telegram.person import Person
from services.alarms import Alarms
from services.artifacts import Artifacts
from services.asking import ask, newest
from services.buckets import Bucket
from services.health import Health
from services.librarian import Librarian
from services.notifier import Notifier
from services.outbox import Outbox
from services.runtime import Actor, Policy, Source
from tests.samples import LOOK, SHOW, WISH

QUICK = Policy(first_pause=0.05, longest_pause=0.3)
POOR = SeatPlan(("A1", "A2"), 0.21, 59_000, "GOLD")
GOOD = SeatPlan(("H7", "H8"), 0.91, 59_000, "GOLD")
HALL = SeatMap(tuple(tuple(Seat(row, n, n, "GOLD", 29_500) for n in range(1, 13)) for row in "ABCDEFGHJK"))


class ChatWorld:
    """Jobs are moved by commands, as the actors would; what people see is asked of the local Telegram."""

    def __init__(self, nc: Client, telegram: Telegram, http: aiohttp.ClientSession, folder: Path) -> None:
        self.nc, self.telegram, self.folder, self._http = nc, telegram, folder, http
        self.store = EventStore(nc, "desk")
        self.health = Health()
        self.shown = Bucket(nc, "shown", self.store.reader)

    def at_page(self, telegram_id: int) -> Person:
        """A person at the chat's page."""
        return Person(self._http, self.telegram.url, self.telegram.page_token, telegram_id)

    async def control(self, method: str, path: str, /, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.telegram.control_token}"}
        url = f"{self.telegram.url}/_control/{path}"
        async with self._http.request(method, url, headers=headers, json=body or None) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def fault(self, name: str, /, **more: Any) -> None:
        await self.control("POST", "faults", name=name, **more)

    async def heal(self) -> None:
        await self.control("DELETE", "faults")

    async def calls(self, *methods: str, chat: int | None = None) -> list[dict[str, Any]]:
        """The bot's calls that were done, oldest first, of these methods."""
        found = (await self.control("GET", f"log?chat={chat or ''}"))["calls"]
        return [call for call in found if call["ok"] and call["method"] in methods]

    async def person(self, telegram_id: int, user: str, **settings: str) -> Person:
        """Somebody who is served, has started the bot and chose these settings."""
        events: list[Any] = [u.Registered(user.title(), telegram_id, telegram_id), u.Approved("owner")]
        events += [u.SettingsChanged(settings)] if settings else []
        await self.store.append("user", user, 0, events, [new_event_id() for _ in events])
        await ask(self.nc, "usher.query.person", {"user": user, "after": await newest(self.nc, "USERS")})
        at_page = self.at_page(telegram_id)
        await at_page.say("/start")
        return at_page

    async def owner(self, telegram_id: int) -> Person:
        """The owner, who has shown the pairing code and started the bot."""
        events = [u.Registered("Asha", telegram_id, telegram_id), u.Approved("pairing code")]
        await self.store.append("user", "local", 0, events, [new_event_id() for _ in events])
        await ask(self.nc, "usher.query.person", {"user": "local", "after": await newest(self.nc, "USERS")})
        at_page = self.at_page(telegram_id)
        await at_page.say("/start")
        return at_page

    async def wish(self, user: str = "asha", at: int = 0, **changes: Any) -> str:
        """A job that is watched; made in the chat `at`, or in the person's own."""
        if at:
            await Homes(Bucket(self.nc, "chat")).announce(user, at, utc_now())
        job_id, wish = (
            new_job_id(),
            msgspec.structs.replace(WISH, **({"dates": (), "votes": 1, "voters": ()} | changes)),
        )
        await self.do(job_id, o.CreateJob(user, wish, utc_now() + timedelta(days=3)))
        await self.do(job_id, o.StartWatching(group_of(wish)))
        return job_id

    async def watch(self, job_id: str) -> None:
        """The scheduler sets a new job going."""
        wish = (await self.store.load(job_id, fresh=True)).job.wish
        assert wish is not None
        await self.do(job_id, o.StartWatching(group_of(wish)))

    async def do(self, job_id: str, *commands: o.Command) -> None:
        """Commands that must be allowed."""
        for command in commands:
            outcome = await self.store.execute(job_id, command)
            assert not isinstance(outcome, Refusal), outcome.why

    async def found(self, job_id: str) -> None:
        """Tickets are detected and a booker takes the job."""
        wish = (await self.store.load(job_id, fresh=True)).job.wish
        assert wish is not None
        await self.do(job_id, o.DetectTickets(wish, (SHOW,), LOOK, utc_now()))
        await self.do(job_id, o.StartBooking("b", utc_now() + timedelta(minutes=10)))

    async def ask_consent(self, job_id: str, minutes: float = 2) -> None:
        """The best seats are poor."""
        until = utc_now() + timedelta(minutes=minutes)
        await self.do(job_id, o.RequestConsent(1, SHOW.show_id, POOR, until))

    async def book(self, job_id: str) -> None:
        """From a taken job to its ticket."""
        ends = utc_now() + timedelta(minutes=5)
        await self.do(
            job_id,
            o.HoldSeats(1, SHOW.show_id, GOOD, 65_962, "INR", ends, "DC1"),
            o.SubmitPayment(1, 65_962, "INR", (), "DC1"),
            o.ConfirmBooking(1, "WGQ7KTX", GOOD.seats, 65_962, "INR"),
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """The read models answer."""
        librarian = Librarian(self.nc, self.folder / "usher.sqlite3", Settings(home=self.folder), utc_now)
        await librarian.start()
        try:
            yield
        finally:
            await librarian.stop()

    @asynccontextmanager
    async def notifying(self, now: Clock = utc_now) -> AsyncIterator[Notifier]:
        """The notifier works, in this process."""
        async with AsyncExitStack() as stack:
            outbox = Outbox(self.folder / "outbox.sqlite3")
            stack.callback(outbox.close)
            store = EventStore(self.nc, "notifier")
            api = open_api(Settings(bot_token=self.telegram.bot_token, bot_api_url=self.telegram.url))
            stack.push_async_callback(api.session.close)
            messenger = messenger_of(self.nc, store.reader, api, now)
            watchlist = Bucket(self.nc, "watchlist", store.reader)
            alarms = Alarms(self.nc, self.shown, utc_now)
            notifier = Notifier(store, outbox, watchlist, Settings(home=self.folder), messenger, alarms)
            sources = (
                Source("JOBS", "notifier", notifier.on_event),
                Source("LOOKS", "notifier", notifier.on_look),
                Source("TIMERS", "notifier", notifier.on_due),
            )
            actor = Actor(self.nc, "notifier", sources, QUICK, self.health)
            await actor.start()
            try:
                yield notifier
            finally:
                await actor.drain(within=1)

    async def settled(self, within: float = 20) -> None:
        """Wait until every event of a job is told: acked by the notifier."""
        async with asyncio.timeout(within):
            while True:
                info = await self.nc.jetstream().consumer_info("JOBS", "notifier")
                if info.num_pending == 0 and info.num_ack_pending == 0:
                    return
                await asyncio.sleep(0.02)

    async def history(self, job_id: str) -> list[Recorded]:
        return await self.store.history(job_id)

    async def keep_map(self, job_id: str) -> None:
        """The hall as a booker keeps it."""
        await Artifacts(self.nc, self.store.reader).put(f"{job_id}-map-1.json", msgspec.json.encode(HALL))


def text_of(message: dict[str, Any]) -> str:
    """What a message says, under a picture too."""
    return str(message.get("text") or message.get("caption") or "")


def labels(message: dict[str, Any]) -> list[str]:
    """The labels of its buttons."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]
