"""The parts of one running local Telegram, handed to every method and page call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from sandbox.telegram.calls import Calls
from sandbox.telegram.chats import Chats
from sandbox.telegram.faults import Faults
from sandbox.telegram.files import Files
from sandbox.telegram.limits import Limits
from sandbox.telegram.live import Live
from sandbox.telegram.people import People
from sandbox.telegram.store import Store
from sandbox.telegram.updates import Updates


@dataclass(frozen=True)
class World:
    """Everything behind the server's doors. `now` gives unix seconds."""

    store: Store
    people: People
    chats: Chats
    updates: Updates
    files: Files
    limits: Limits
    live: Live
    now: Callable[[], float]
    page_token: str = field(repr=False)
    control_token: str = field(repr=False)
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)


def make_world(store: Store, folder: Path, now: Callable[[], float], strict: bool) -> World:
    """Put the parts together over one store."""
    people, live = People(store), Live()
    return World(
        store,
        people,
        Chats(store, people, live, now),
        Updates(store, now, strict),
        Files(store, folder / "files"),
        Limits(now, strict),
        live,
        now,
        store.secret("page_token"),
        store.secret("control_token"),
    )


WORLD = web.AppKey("WORLD", World)
