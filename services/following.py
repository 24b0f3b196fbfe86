"""Follows every stream into one projection file, in batches; outlives a full disk, a broken file and a swap."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from traceback import format_exception

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js import api

from events.codec import Recorded, Unreadable
from events.errors import UsherError
from events.reading import DirectReader, delivered
from events.settings import utc_now
from projections.projector import FOLDS, Projection
from projections.queries import Queries
from projections.rebuild import swap
from services.parking import Parked

log = structlog.get_logger()
BATCH = 500
CHECK = 0.5  # s: how soon after a reconnect the streams are followed anew
Observer = Callable[[Sequence[Recorded]], None]  # told of each batch once it is folded
LONGEST_PAUSE = 30.0  # s between tries to write to a disk that refuses


def rebuilt_beside(live: Path) -> Path:
    """Where a rebuild of this file is made: on the same disk, so that the swap is one rename."""
    return live.with_name(f"{live.name}.rebuilt")


class Follower:
    """One file that keeps up with the log. Its position lies in the same transaction as its rows."""

    def __init__(self, nc: Client, path: Path, observers: Sequence[Observer] = ()) -> None:
        self._nc, self._path, self._observers = nc, path, observers
        self._reader = DirectReader(nc)
        self._queue: asyncio.Queue[Recorded | Unreadable | None] = asyncio.Queue(maxsize=20_000)
        self._moved = asyncio.Condition()
        self._positions: dict[str, int] = {}
        self._subscriptions: list[Subscription] = []
        self._folding: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Open the file and follow every stream from where it stands."""
        self._stopping = False
        await self._open()
        self._folding = asyncio.create_task(self._fold())
        self._reconnects = asyncio.create_task(self._after_reconnects())

    async def _after_reconnects(self) -> None:
        """Follow anew as soon as the server is back: nats-py's ordered consumer takes up to 15 s to miss it."""
        known = self._nc.stats["reconnects"]
        while not self._stopping:  # Python 3.11 loses a cancellation that comes together with an answer
            await asyncio.sleep(CHECK)
            if self._nc.is_connected and self._nc.stats["reconnects"] != known:
                with contextlib.suppress(NatsError, TimeoutError):  # the streams may still be loading: once more
                    await self._unsubscribe()
                    await self._subscribe()
                    known = self._nc.stats["reconnects"]

    async def stop(self) -> None:
        """End the batch in work, close the file. What was not folded is read again at the next start."""
        self._stopping = True
        self._reconnects.cancel()
        await asyncio.gather(self._reconnects, return_exceptions=True)
        await self._unsubscribe()
        while not self._queue.empty():
            self._queue.get_nowait()
        await self._queue.put(None)
        if self._folding is not None:
            await self._folding
        self._close()

    async def adopt(self) -> dict[str, int]:
        """Put the rebuilt file in this one's place and follow from its position; readers wait a moment at most.

        Raises UsherError where there is no rebuilt file.
        """
        new = rebuilt_beside(self._path)
        if not new.exists():
            raise UsherError(f"there is no {new.name}: `usher rebuild` makes it")
        await self.stop()
        swap(new, self._path)
        await self.start()
        return dict(self._positions)

    async def wait(self, after: Mapping[str, int], within: float = 5.0) -> None:
        """Return once every named stream is folded up to its sequence. Raises UsherError."""

        def reached() -> bool:
            return all(self._positions.get(stream, 0) >= sequence for stream, sequence in after.items())

        try:
            async with asyncio.timeout(within), self._moved:
                await self._moved.wait_for(reached)
        except TimeoutError:
            why = f"the read model has not reached {dict(after)} within {within:.0f} s"
            raise UsherError(f"{why}: see `usher doctor`") from None

    async def _open(self) -> None:
        self._projection = await asyncio.to_thread(Projection, self._path)
        if self._projection.rebuilt:
            log.warning("projection.rebuilt", why=self._projection.rebuilt, path=str(self._path))
        self.queries = Queries(self._path)
        self._positions = {stream: self._projection.position(stream) for stream in FOLDS}
        await self._subscribe()

    async def _subscribe(self) -> None:
        for stream, position in self._positions.items():
            config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=position + 1)
            subject = f"{stream[:-1].lower()}.>"
            self._subscriptions.append(
                await self._nc.jetstream().subscribe(
                    subject, stream=stream, ordered_consumer=True, config=config, cb=self._take
                )
            )

    async def _unsubscribe(self) -> None:
        for subscription in self._subscriptions:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
        self._subscriptions.clear()

    def _close(self) -> None:
        self.queries.close()
        self._projection.close()

    async def _start_over(self, why: str) -> None:
        """The file is gone or broken: set it aside and fold the log from its start."""
        log.error("projection.start_over", why=why, path=str(self._path))
        await self._unsubscribe()
        while not self._queue.empty():
            self._queue.get_nowait()
        self._close()
        if self._path.exists():
            await asyncio.to_thread(self._projection.set_aside, why)
        await self._open()

    async def _take(self, message: Msg) -> None:
        await self._queue.put(delivered(message))

    async def _fold(self) -> None:
        """Take what is there, one transaction for all of it, until None comes."""
        while (first := await self._queue.get()) is not None:
            batch = [first]
            while len(batch) < BATCH and not self._queue.empty():
                record = self._queue.get_nowait()
                if record is None:
                    return
                batch.append(record)
            if self._projection.lost():
                await self._start_over("the file was deleted or replaced")
                continue
            try:
                await self._write(batch)
            except sqlite3.DatabaseError as broken:
                await self._start_over(str(broken))

    async def _write(self, batch: Sequence[Recorded | Unreadable]) -> None:
        """Fold one batch; an event that cannot be folded is parked alone. Raises sqlite3.DatabaseError."""
        try:
            await self._apply(batch)
        except sqlite3.DatabaseError:
            raise
        except Exception as broken:  # a fold's own defect must stop neither the others nor the stream
            if len(batch) > 1:
                for record in batch:
                    await self._write([record])
                return
            record = batch[0]
            subject = record.subject if isinstance(record, Unreadable) else f"{record.name}.{record.key}"
            alone = Unreadable(f"{record.stream[:-1].lower()}.{subject}", record.sequence, repr(broken))
            await self._apply([alone], "".join(format_exception(broken)))

    async def _apply(self, batch: Sequence[Recorded | Unreadable], trace: str = "") -> None:
        """One transaction, asked again for as long as the disk refuses."""
        readable = [record for record in batch if isinstance(record, Recorded)]
        skipped: dict[str, int] = {}
        for record in batch:
            if isinstance(record, Unreadable):
                skipped[record.stream] = record.sequence
                await self._park(record, trace)
        pause = 0.5
        while not self._stopping:
            try:
                await asyncio.to_thread(self._projection.apply, readable, skipped)
            except sqlite3.OperationalError as refused:
                log.error("projection.cannot_write", why=str(refused), path=str(self._path), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            for observe in self._observers:
                observe(readable)
            async with self._moved:
                for record in batch:
                    self._positions[record.stream] = max(record.sequence, self._positions[record.stream])
                self._moved.notify_all()
            return

    async def _park(self, record: Unreadable, trace: str) -> None:
        log.error("projection.parked", subject=record.subject, sequence=record.sequence, why=record.why)
        parked = Parked(
            subject=record.subject,
            why=record.why,
            stream=record.stream,
            sequence=record.sequence,
            traceback=trace,
            parked_at=utc_now(),
        )
        with contextlib.suppress(UsherError, TimeoutError):  # it is parked without its text rather than not at all
            if message := await self._reader.at(record.stream, record.sequence):
                text = {"headers": dict(message.headers or {}), "data": message.data.decode(errors="replace")}
                parked = msgspec.structs.replace(parked, **text)
        body = msgspec.json.encode(parked)
        with contextlib.suppress(Exception):
            await self._nc.request(f"parked.projector.{record.subject}", body, timeout=5)
