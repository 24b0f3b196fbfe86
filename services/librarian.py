"""Answers `usher.query.*` from the read models; `usher.projector.adopt` swaps in a rebuilt file."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import Service

from events.errors import UsherError
from events.reading import DirectReader
from events.settings import Clock, Settings
from services.buckets import Bucket
from services.following import Follower, Observer
from services.insight import Insight

log = structlog.get_logger()
Row = dict[str, Any]
PLAIN = (
    "counts",
    "job",
    "timeline",
    "bookings",
    "spent",
    "numbers",
    "left_over",
    "cards",
    "groups",
    "people",
    "person",
    "digest",
    "looks",
)  # one query each


class Librarian:
    """One projector with its own file, and the micro service in front of it."""

    def __init__(
        self, nc: Client, path: Path, settings: Settings, now: Clock, observers: Sequence[Observer] = ()
    ) -> None:
        self._nc, self._follower, self._now = nc, Follower(nc, path, observers), now
        reader = DirectReader(nc)
        self._insight = Insight(reader, Bucket(nc, "sites", reader), settings, now)
        self._service: Service | None = None
        self._joined: dict[str, Callable[..., Awaitable[Any]]] = {
            "jobs": self._jobs,
            "card": self._card,
            "why": self._why,
            "budget": self._insight.budget,
            "offers": self._insight.offers,
        }

    async def start(self) -> None:
        """Follow the log, then answer."""
        await self._follower.start()
        self._service = await add_service(self._nc, name="usher-query", version="0.1.0", description="read models")
        questions = self._service.add_group(name="usher.query")
        for name in (*PLAIN, *self._joined):
            await questions.add_endpoint(name=name, handler=self._answer)
        await self._service.add_group(name="usher.projector").add_endpoint(name="adopt", handler=self._adopt)

    async def stop(self) -> None:
        """Answer no more; close the file."""
        if self._service is not None:
            await self._service.stop()
        await self._follower.stop()

    async def _answer(self, request: Request) -> None:
        """Body: {"after": {"JOBS": n}} waits for that sequence; the rest are the query's arguments."""
        try:
            ask: dict[str, Any] = msgspec.json.decode(request.data or b"{}")
            await self._follower.wait(ask.pop("after", {}))
            name = request.subject.rsplit(".", 1)[1]
            joined = self._joined.get(name)
            body: Any = await joined(**ask) if joined else getattr(self._follower.queries, name)(**ask)
        except UsherError as wrong:
            body = {"error": str(wrong), "kind": type(wrong).__name__}
        except (TypeError, msgspec.MsgspecError) as wrong:
            body = {"error": f"the question cannot be read: {wrong}", "kind": "bad_input"}
        except sqlite3.Error as broken:
            log.error("projection.cannot_read", why=str(broken))
            body = {"error": f"the read model cannot be read ({broken}): run `usher rebuild`", "kind": "Unavailable"}
        await request.respond(msgspec.json.encode(body))

    async def _jobs(self, **ask: Any) -> list[Row]:
        return self._follower.queries.jobs(now=self._now().isoformat(), **ask)

    async def _card(self, job_id: str) -> Row:
        card = self._follower.queries.card(job_id)
        return card | await self._insight.looked(card["watch_group"])

    async def _why(self, job_id: str) -> Row:
        job = self._follower.queries.job(job_id)
        return await self._insight.why(job, self._follower.queries.looks(job["watch_group"]))

    async def _adopt(self, request: Request) -> None:
        try:
            body: dict[str, Any] = {"positions": await self._follower.adopt()}
        except UsherError as wrong:
            body = {"error": str(wrong), "kind": type(wrong).__name__}
        await request.respond(msgspec.json.encode(body))
