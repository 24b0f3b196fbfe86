"""The projector: follows the log into SQLite in batches, and answers `usher.query.*` from it."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import api
from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import Service

from events.codec import Recorded, Unreadable
from events.errors import UsherError
from events.reading import delivered
from projections.projector import FOLDS, Projection
from projections.queries import Queries

log = structlog.get_logger()
BATCH = 500


class Librarian:
    """One projector with its own file. It keeps its position itself, in the same transaction as the rows."""

    def __init__(self, nc: Client, path: Path) -> None:
        self._nc, self._path = nc, path
        self._queue: asyncio.Queue[Recorded | Unreadable] = asyncio.Queue(maxsize=20_000)
        self._moved = asyncio.Condition()
        self._positions: dict[str, int] = {}
        self._subscriptions: list[Subscription] = []
        self._task: asyncio.Task[None] | None = None
        self._service: Service | None = None

    async def start(self) -> None:
        """Open the file, follow every stream from where it stands, answer queries."""
        self._projection = await asyncio.to_thread(Projection, self._path)
        if self._projection.rebuilt:
            log.warning("projection.rebuilt", why=self._projection.rebuilt, path=str(self._path))
        self._queries = Queries(self._path)
        self._positions = {stream: self._projection.position(stream) for stream in FOLDS}
        self._task = asyncio.create_task(self._fold())
        for stream in FOLDS:
            await self._follow(stream)
        await self._serve()

    async def _follow(self, stream: str) -> None:
        start = self._positions[stream] + 1
        config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start)
        subscription = await self._nc.jetstream().subscribe(
            f"{stream[:-1].lower()}.>", stream=stream, ordered_consumer=True, config=config, cb=self._take
        )
        self._subscriptions.append(subscription)

    async def _take(self, message: Msg) -> None:
        await self._queue.put(delivered(message))

    async def _fold(self) -> None:
        """Take what is there, one transaction for all of it."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            skipped: dict[str, int] = {}
            for record in batch:
                if isinstance(record, Unreadable):
                    stream = f"{record.subject.split('.', 1)[0].upper()}S"
                    skipped[stream] = max(record.sequence, skipped.get(stream, 0))
                    await self._park(record)
            readable = [record for record in batch if isinstance(record, Recorded)]
            await asyncio.to_thread(self._projection.apply, readable, skipped)
            async with self._moved:
                for record in readable:
                    self._positions[record.stream] = record.sequence
                self._positions |= skipped
                self._moved.notify_all()

    async def _park(self, record: Unreadable) -> None:
        log.error("projection.unreadable", subject=record.subject, sequence=record.sequence, why=record.why)
        body = {"subject": record.subject, "sequence": record.sequence, "why": record.why, "actor": "projector"}
        with contextlib.suppress(Exception):
            await self._nc.request(f"parked.projector.{record.subject}", msgspec.json.encode(body), timeout=5)

    async def _serve(self) -> None:
        self._service = await add_service(self._nc, name="usher-query", version="0.1.0", description="read models")
        group = self._service.add_group(name="usher.query")
        for name in ("jobs", "job", "timeline", "bookings", "cards", "groups"):
            await group.add_endpoint(name=name, handler=self._answer)

    async def _answer(self, request: Request) -> None:
        """Body: {"after": {"JOBS": n}} waits for that sequence; the rest are the query's arguments."""
        try:
            ask: dict[str, Any] = msgspec.json.decode(request.data or b"{}")
            await self._wait(ask.pop("after", {}))
            name = request.subject.rsplit(".", 1)[1]
            if name == "jobs":
                ask["now"] = datetime.now(UTC).isoformat()
            body: Any = getattr(self._queries, name)(**ask)
        except UsherError as wrong:
            body = {"error": str(wrong), "kind": type(wrong).__name__}
        except (TypeError, msgspec.MsgspecError) as wrong:
            body = {"error": f"the question cannot be read: {wrong}", "kind": "bad_input"}
        await request.respond(msgspec.json.encode(body))

    async def _wait(self, after: dict[str, int], within: float = 5.0) -> None:
        def reached() -> bool:
            return all(self._positions.get(stream, 0) >= sequence for stream, sequence in after.items())

        try:
            async with asyncio.timeout(within), self._moved:
                await self._moved.wait_for(reached)
        except TimeoutError:
            raise UsherError(
                f"the read model has not reached {after} within {within:.0f} s: see `usher doctor`"
            ) from None

    async def stop(self) -> None:
        """Stop following; close the file."""
        if self._service is not None:
            await self._service.stop()
        for subscription in self._subscriptions:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._queries.close()
        self._projection.close()
