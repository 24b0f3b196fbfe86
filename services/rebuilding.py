"""Reads the log from its start into a new projection file, beside the live one and at full speed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api

from events.codec import Recorded, Unreadable
from events.errors import Unavailable
from events.reading import delivered
from projections.projector import FOLDS, Projection

BATCH = 2_000
QUEUED = 50_000  # messages read ahead of the folds
Progress = Callable[[int, int], None]


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild did: events folded, messages that cannot be read, seconds, and the position per stream."""

    events: int
    unreadable: int
    seconds: float
    positions: dict[str, int]


async def rebuild(nc: Client, into: Path, progress: Progress, until: int | None = None) -> Rebuilt:
    """Build `into` (replaced if it exists) from what the streams hold now; `until` bounds JOBS by its sequence.

    `progress` is told (events folded, events there are). Raises Unavailable where the log falls silent.
    """
    for ending in ("", "-wal", "-shm"):
        into.with_name(into.name + ending).unlink(missing_ok=True)
    ends = {stream: await _last(nc, stream) for stream in FOLDS}
    if until is not None:
        ends["JOBS"] = min(ends["JOBS"], until)
    began, events, unreadable = time.perf_counter(), 0, 0
    projection = await asyncio.to_thread(Projection, into)
    projection.db.execute("PRAGMA synchronous = OFF")  # an unfinished file is thrown away; the finished one is synced
    try:
        for stream, end in ends.items():
            if end == 0:
                continue
            reader = _Reader(nc, stream, end)
            async for batch in reader.batches():
                readable = [record for record in batch if isinstance(record, Recorded)]
                lost = len(batch) - len(readable)
                skipped = {stream: max(r.sequence for r in batch)} if lost else None
                await asyncio.to_thread(projection.apply, readable, skipped)
                events, unreadable = events + len(readable), unreadable + lost
                progress(events, sum(ends.values()))
        projection.db.execute("PRAGMA synchronous = FULL")
        projection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        projection.close()
    return Rebuilt(events, unreadable, time.perf_counter() - began, ends)


async def _last(nc: Client, stream: str) -> int:
    reply = await nc.request(f"$JS.API.STREAM.INFO.{stream}", b"", timeout=5)
    return int(json.loads(reply.data)["state"]["last_seq"])


class _Reader:
    """Everything of one stream up to a sequence, in batches."""

    def __init__(self, nc: Client, stream: str, end: int) -> None:
        self._nc, self._stream, self._end = nc, stream, end
        self._queue: asyncio.Queue[Recorded | Unreadable] = asyncio.Queue(QUEUED)

    async def _take(self, message: Msg) -> None:
        record = delivered(message)
        if self._queue.full():
            await self._queue.put(record)
        else:
            self._queue.put_nowait(record)

    async def batches(self, patience: float = 15.0) -> AsyncIterator[list[Recorded | Unreadable]]:
        """Lists of records in stream order. Raises Unavailable."""
        config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.ALL)
        subscription = await self._nc.jetstream().subscribe(
            f"{self._stream[:-1].lower()}.>",
            stream=self._stream,
            ordered_consumer=True,
            config=config,
            cb=self._take,
            pending_msgs_limit=-1,
            pending_bytes_limit=-1,
        )
        try:
            reached = 0
            while reached < self._end:
                try:
                    batch = [await asyncio.wait_for(self._queue.get(), patience)]
                except TimeoutError:
                    why = f"{self._stream} fell silent at {reached} of {self._end}"
                    raise Unavailable(f"{why}: is NATS up? The live file is as it was.") from None
                while len(batch) < BATCH and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                reached = batch[-1].sequence
                yield [record for record in batch if record.sequence <= self._end]
        finally:
            await subscription.unsubscribe()
