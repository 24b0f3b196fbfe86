"""What the shell says to a running usher: requests to the desk and to the read models."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.aio.client import Client

from events.connection import QuickClient
from events.settings import Settings
from services.asking import Refused, ask, newest, next_command
from usher.connection import failure, within
from usher.identities import identities_of
from usher.log import where_is_nats

__all__ = ["Refused", "Usher", "client", "where_is_nats"]


@asynccontextmanager
async def client(settings: Settings, user: str = "cli") -> AsyncIterator[Usher]:
    """Talk to a running usher as NATS user `user`. Raises Unavailable, NotAllowed."""
    nc, keys, where = QuickClient(), identities_of(settings), where_is_nats(settings)
    try:
        connecting = nc.connect(
            where.split(","),
            pending_size=0,
            allow_reconnect=False,
            connect_timeout=3,
            error_cb=_quiet,
            **keys.options(user),
        )
        await within(5, connecting)
    except (OSError, TimeoutError, nats.errors.Error) as wrong:
        unknown = f"NATS does not know {keys.path(user)}: is that the seed of this usher?"
        raise failure(nc, where, wrong, unknown, f"NATS does not answer at {where}. Is `usher up` running?") from None
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
        answer: dict[str, Any] = await ask(
            self.nc, f"usher.{what}", {"user": self.user, **body}, command=next_command()
        )
        return answer

    async def newest(self) -> dict[str, int]:
        """The log's last sequence now: a query after it sees all that was written until here."""
        return await newest(self.nc, "JOBS")

    async def job(self, prefix: str) -> dict[str, Any]:
        """The job of an id or a unique part of it, with everything written until now."""
        found: dict[str, Any] = await self.ask("usher.query.job", {"prefix": prefix, "after": await self.newest()})
        return found
