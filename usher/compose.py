"""The composition root: opens resources in order, hands them down, closes them in reverse."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from events.errors import UsherError
from events.settings import Clock, Settings, new_event_id, utc_now
from events.store import EventStore
from events.streams import ensure
from services.alarms import Alarms
from services.artifacts import Artifacts
from services.buckets import Bucket
from services.desk import Desk
from services.following import Observer
from services.health import Health
from services.keeping import check_ends
from services.librarian import Librarian
from services.metrics import LogMetrics, StatusMetrics
from services.notifier import Messenger, Notifier
from services.outbox import Outbox
from services.pairing import Pairing
from services.people import People
from services.runtime import Actor, Policy, Source
from services.timers import Timers
from services.traces import open_traces
from services.vault import Vault, find_master_keys
from usher.collecting import short_collections
from usher.connection import connect, leave
from usher.environment import master_key_given
from usher.identities import Identities, identities_of

ACTORS = ("desk", "scheduler", "watcher", "booker", "notifier", "projector", "bot")


@dataclass
class House:
    """The running parts of one process. An actor sees it with `nc` as its own connection and rights."""

    settings: Settings
    nc: Client
    health: Health
    now: Clock = utc_now
    site: Any = None
    telegram: Any = None  # the one aiogram Bot of this process, opened by whoever needs it first
    actors: list[Actor] = field(default_factory=list)
    rooms: dict[str, House] = field(default_factory=dict)
    whole: House | None = None  # in a room: the house

    def of(self, actor: str) -> House:
        """The house as an actor of this process sees it. Raises KeyError where it does not run here."""
        return self.rooms[actor]


def open_home(home: Path) -> None:
    """Make usher's folder, for its user alone. Raises UsherError where it cannot be written."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as wrong:
        raise UsherError(
            f"{home} cannot be written ({wrong.strerror}): set USHER_HOME to a folder of your own"
        ) from None


@asynccontextmanager
async def house(
    settings: Settings, names: Sequence[str], url: str, user: str = "", now: Clock = utc_now
) -> AsyncIterator[House]:
    """Run the named actors against the server at `url` until the block ends; then drain them. All live by `now`.

    Each has a connection of its own; the house's is that of NATS user `user`, or of the first actor.
    """
    keys = identities_of(settings)
    async with AsyncExitStack() as stack:

        async def connected(name: str) -> Client:
            nc = await connect(url, name, keys)
            stack.push_async_callback(leave, nc)
            return nc

        await _declare(settings, url, keys)
        parts = House(settings, await connected(user or names[0]), Health(), now)
        if {"watcher", "booker"} & set(names):
            from sites.catalogue import open_site

            if not settings.site_url:
                raise UsherError("no site is configured: set USHER_SITE_URL, or use `usher up` with its demo cinema")
            parts.site = open_site(
                settings.site,
                settings.site_url,
                chromium=settings.chromium,
                headless=settings.headless,
                page_spacing=settings.page_spacing,
            )
            stack.push_async_callback(parts.site.close)
        await stack.enter_async_context(parts.health.served(settings.health_port))
        if "projector" in names:
            await check_ends(parts.nc, settings.home / "usher.sqlite3")
        for name in names:
            nc = parts.nc if name == (user or names[0]) else await connected(name)
            parts.rooms[name] = replace(parts, nc=nc, whole=parts)
            await _START[name](parts.rooms[name], stack)
        with short_collections():
            yield parts
        await asyncio.gather(*(actor.drain() for actor in parts.actors))


async def _declare(settings: Settings, url: str, keys: Identities) -> None:
    """Make streams and consumers, where this process has the right to: in a cluster one process has."""
    if keys.seed("admin") is None and any(keys.seed(name) for name in ACTORS):
        return
    nc = await connect(url, "admin", keys)
    try:
        await ensure(nc, settings.replicas)
    finally:
        await nc.close()


async def _run(parts: House, name: str, sources: tuple[Source, ...], policy: Policy) -> None:
    actor = Actor(parts.nc, name, sources, policy, parts.health)
    await actor.start()
    parts.actors.append(actor)


def vault_of(parts: House, store: EventStore) -> Vault:
    """The vault under this home's master key."""
    return Vault(Bucket(parts.nc, "vault", store.reader), find_master_keys(parts.settings.home, master_key_given()))


async def _desk(parts: House, stack: AsyncExitStack) -> None:
    store = EventStore(parts.nc, "desk")
    watchlist = Bucket(parts.nc, "watchlist", store.reader)
    pairing = Pairing(Bucket(parts.nc, "chat", store.reader))
    vault = vault_of(parts, store)
    await vault.check()
    people = People(store, vault, pairing, parts.settings)
    desk = Desk(parts.nc, store, people, watchlist, parts.settings, parts.now)
    await desk.start()
    parts.health.started("desk")
    stack.push_async_callback(desk.stop)


async def _scheduler(parts: House, stack: AsyncExitStack) -> None:
    from services.scheduler import Scheduler

    store = EventStore(parts.nc, "scheduler")
    watchlist = Bucket(parts.nc, "watchlist", store.reader)
    scheduler = Scheduler(store, Timers(parts.nc), watchlist, parts.settings, parts.now)
    await scheduler.repair()
    sources = (Source("JOBS", "scheduler", scheduler.on_event), Source("TIMERS", "scheduler", scheduler.on_due))
    await _run(parts, "scheduler", sources, Policy())


async def _watcher(parts: House, stack: AsyncExitStack) -> None:
    from services.guide import Guide
    from services.watcher import Watcher

    store = EventStore(parts.nc, "watcher")
    watchlist, sites = (Bucket(parts.nc, name, store.reader) for name in ("watchlist", "sites"))
    artifacts, looked = Artifacts(parts.nc, store.reader), parts.health.looked
    watcher = Watcher(store, parts.site, watchlist, sites, artifacts, parts.settings, parts.now, new_event_id, looked)
    guide = Guide(parts.nc, parts.site, sites, parts.now)
    await guide.start()
    stack.push_async_callback(guide.stop)
    source = Source("TIMERS", "watcher", watcher.on_look_due)
    await _run(parts, "watcher", (source,), Policy(at_once=parts.settings.looks_at_once))


async def _booker(parts: House, stack: AsyncExitStack) -> None:
    from services.booker import Booker
    from services.locks import AccountLock

    store = EventStore(parts.nc, "booker")
    name = f"{socket.gethostname()}-{os.getpid()}"
    lock = AccountLock(Bucket(parts.nc, "sites", store.reader), parts.now)
    artifacts = Artifacts(parts.nc, store.reader)
    vault = vault_of(parts, store)
    await vault.check()
    booker = Booker(name, store, parts.site, vault, lock, artifacts, parts.settings, parts.now)
    sources = (Source("JOBS", "booker", booker.on_event), Source("TIMERS", "booker", booker.on_due))
    # a booking that waits for its person to pay takes no browser's place: those are counted in the booker
    await _run(parts, "booker", sources, Policy(at_once=parts.settings.bookings_at_once + 16))


async def _notifier(parts: House, stack: AsyncExitStack) -> None:
    store = EventStore(parts.nc, "notifier")
    outbox = Outbox(parts.settings.home / "outbox.sqlite3")
    stack.callback(outbox.close)
    messenger: Messenger | None = None
    if parts.settings.bot_token:
        from bot.joining import messenger_of

        messenger = messenger_of(parts.nc, store.reader, telegram_of(parts, stack), parts.now)
        await Timers(parts.nc).chat_clock()
    await Timers(parts.nc).every_alarm_round()
    watchlist, shown = (Bucket(parts.nc, name, store.reader) for name in ("watchlist", "shown"))
    alarms = Alarms(parts.nc, shown, parts.now)
    notifier = Notifier(store, outbox, watchlist, parts.settings, messenger, alarms)
    sources = (
        Source("JOBS", "notifier", notifier.on_event),
        Source("USERS", "notifier", notifier.on_user_event),
        Source("LOOKS", "notifier", notifier.on_look),
        Source("TIMERS", "notifier", notifier.on_due),
    )
    await _run(parts, "notifier", sources, Policy())


async def _projector(parts: House, stack: AsyncExitStack) -> None:
    registry = parts.health.registry
    observers: list[Observer] = [LogMetrics(registry).observe]
    parts.health.before_scrape.append(StatusMetrics(parts.nc, registry).refresh)
    traces = open_traces()
    if traces is not None:
        observers.append(traces.observe)
        sending = asyncio.create_task(traces.run())
        stack.callback(sending.cancel)
    librarian = Librarian(parts.nc, parts.settings.home / "usher.sqlite3", parts.settings, parts.now, observers)
    await librarian.start()
    parts.health.started("projector")
    stack.push_async_callback(librarian.stop)


def telegram_of(parts: House, stack: AsyncExitStack) -> Any:
    """The connection to the chat, shared by the part that reads and the part that sends. Raises UsherError."""
    from bot.app import open_api

    whole = parts.whole or parts
    if whole.telegram is None:
        whole.telegram = open_api(parts.settings)
        stack.push_async_callback(whole.telegram.session.close)
    return whole.telegram


async def _bot(parts: House, stack: AsyncExitStack) -> None:
    if not parts.settings.bot_token:
        raise UsherError("no chat is configured: set USHER_BOT_TOKEN, or use `usher up`")
    from bot.app import Assistant

    assistant = Assistant(parts.nc, telegram_of(parts, stack), parts.health, parts.now)
    await assistant.start()
    stack.push_async_callback(assistant.stop)


_START = {
    "bot": _bot,
    "desk": _desk,
    "scheduler": _scheduler,
    "watcher": _watcher,
    "booker": _booker,
    "notifier": _notifier,
    "projector": _projector,
}
