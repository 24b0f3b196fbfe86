"""What the shell says to a running usher: requests to the desk and to the read models."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.aio.client import Client

from events.connection import QuickClient
from events.errors import NotAllowed, Unavailable
from events.settings import Settings
from services.asking import Refused, ask, newest
from usher.identities import identities_of

__all__ = ["Refused", "Usher", "client", "where_is_nats"]


def where_is_nats(settings: Settings) -> str:
    """The configured server, else that of the usher that runs in the home. Raises Unavailable."""
    if settings.nats_url:
        return settings.nats_url
    try:
        found = json.loads((settings.home / "up.json").read_text())
        os.kill(found["pid"], 0)
        return str(found["nats_url"])
    except (OSError, ValueError, KeyError):
        raise Unavailable(f"no usher runs in {settings.home}. Start it: `usher up`.") from None


@asynccontextmanager
async def client(settings: Settings, user: str = "cli") -> AsyncIterator[Usher]:
    """Talk to a running usher as NATS user `user`. Raises Unavailable, NotAllowed."""
    nc, keys = QuickClient(), identities_of(settings)
    try:
        await nc.connect(
            where_is_nats(settings).split(","),
            pending_size=0,
            allow_reconnect=False,
            connect_timeout=3,
            error_cb=_quiet,
            **keys.options(user),
        )
    except (OSError, TimeoutError, nats.errors.Error) as wrong:
        if "authorization" in f"{wrong} {nc.last_error}".lower():
            raise NotAllowed(f"NATS does not know {keys.path(user)}: is that the seed of this usher?") from None
        raise Unavailable("NATS does not answer. Is `usher up` running?") from None
    try:
        yield Usher(nc, settings.user)
    finally:
        await nc.close()


async def _quiet(_: Exception) -> None:
    return None


class Usher:
    """A running usher, seen from the shell."""

    def __init__(self, nc: Client, user: str) -> None:
        self.nc, self.user = nc, user

    async def ask(self, subject: str, body: dict[str, Any] | None = None) -> Any:
        """One request; its answer. Raises Refused, Unavailable."""
        return await ask(self.nc, subject, body)

    async def desk(self, what: str, **body: Any) -> dict[str, Any]:
        """A command of this user."""
        answer: dict[str, Any] = await self.ask(f"usher.{what}", {"user": self.user, **body})
        return answer

    async def newest(self) -> dict[str, int]:
        """The log's last sequence now: a query after it sees all that was written until here."""
        return await newest(self.nc, "JOBS")

    async def job(self, prefix: str) -> dict[str, Any]:
        """The job of an id or a unique part of it, with everything written until now."""
        found: dict[str, Any] = await self.ask("usher.query.job", {"prefix": prefix, "after": await self.newest()})
        return found
