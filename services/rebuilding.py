"""Reads the log from its start into a new projection file: this process reads, another one folds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api

from events.codec import Recorded, Unreadable, decode
from events.errors import Unavailable, UsherError
from events.reading import moment, place_of
from projections.projector import FOLDS, Projection
from projections.rebuild import swap
from services import asking
from services.following import rebuilt_beside

SWAP_WITHIN = 60.0  # s: the projector checks the whole new file before it answers from it
READ_AHEAD = 4_000  # messages held while the other process is busy
Progress = Callable[[int, int], None]
Raw = tuple[str, dict[str, str] | None, bytes, int, int]  # subject, headers, body, sequence, ns since 1970
_packer = msgspec.msgpack.Encoder()
_unpacker = msgspec.msgpack.Decoder(list[Raw])


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild did: events folded, messages that cannot be read, seconds, and the position per stream."""

    events: int
    unreadable: int
    seconds: float
    positions: dict[str, int]


class _Folded(msgspec.Struct):
    """What the folding process says at its end; `trouble` is empty where all went well."""

    events: int = 0
    unreadable: int = 0
    trouble: str = ""


async def rebuild(nc: Client, into: Path, progress: Progress, until: Mapping[str, int] | None = None) -> Rebuilt:
    """Build `into` (replaced once the new one is whole) from what the streams hold now; `until` may bound them.

    `progress` is told (events read, events there are). Raises Unavailable where the log falls silent, UsherError
    where the new file cannot be written.
    """
    bounds = until or {}
    ends = {stream: await last_sequence(nc, stream) for stream in FOLDS}
    ends = {stream: min(end, bounds.get(stream, end)) for stream, end in ends.items()}
    began, read = time.perf_counter(), 0
    building = into.with_name(f"{into.name}.building")
    with _folding(building) as pipe:
        for stream, end in ends.items():
            async for batch in StreamReader(nc, stream, end).batches():
                await _send(pipe, _packer.encode(batch))
                read += len(batch)
                progress(read, sum(ends.values()))
        await _send(pipe, b"")
        folded = msgspec.msgpack.decode(await asyncio.to_thread(_received, pipe), type=_Folded)
    if folded.trouble:
        raise UsherError(f"{building} cannot be written: {folded.trouble}. The live file is as it was.")
    _drop(into)
    await asyncio.to_thread(os.replace, building, into)
    return Rebuilt(folded.events, folded.unreadable, time.perf_counter() - began, ends)


async def renew(nc: Client, live: Path, progress: Progress) -> tuple[Rebuilt, bool]:
    """Rebuild beside the live file and put it in its place; whether a running projector took it over.

    Raises Unavailable, UsherError.
    """
    beside = rebuilt_beside(live)
    done = await rebuild(nc, beside, progress)
    try:
        await asking.ask(nc, "usher.projector.adopt", within=SWAP_WITHIN)
    except asking.Nobody:
        swap(beside, live)
        return done, False
    except asking.Refused as refused:
        raise Unavailable(str(refused)) from None
    except Unavailable:
        raise Unavailable(f"the projector did not take the new file over: it waits at {beside}") from None
    return done, True


async def _send(pipe: Connection, data: bytes) -> None:
    """A folding process that ended says why when it is asked for its result."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        await asyncio.to_thread(pipe.send_bytes, data)


def _received(pipe: Connection) -> bytes:
    try:
        return pipe.recv_bytes()
    except EOFError:
        return msgspec.msgpack.encode(_Folded(trouble="the process that writes it was ended"))


@contextmanager
def _folding(file: Path) -> Iterator[Connection]:
    """The folding process, and the end of its pipe."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_fold, args=(theirs, file), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(10)
        process.kill()


def _drop(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def _fold(pipe: Connection, file: Path) -> None:
    """Fold batches into a new file until an empty one comes; answer what was done."""
    done = _Folded()
    try:
        _drop(file)
        projection = Projection(file)
        with projection.unguarded():
            while data := pipe.recv_bytes():
                records = [
                    decode(s, h, body, sequence, moment(ns)) for s, h, body, sequence, ns in _unpacker.decode(data)
                ]
                readable = [record for record in records if isinstance(record, Recorded)]
                lost = [record for record in records if isinstance(record, Unreadable)]
                projection.apply(readable, {record.stream: records[-1].sequence for record in lost})
                done.events, done.unreadable = done.events + len(readable), done.unreadable + len(lost)
        projection.close()
        with file.open("rb+") as handle:
            os.fsync(handle.fileno())
    except EOFError:  # the reading process is gone: nobody waits for this file
        return
    except Exception as broken:  # it has no terminal of its own: the reading process tells the person
        done.trouble = repr(broken)
    with contextlib.suppress(OSError):
        pipe.send_bytes(msgspec.msgpack.encode(done))


async def last_sequence(nc: Client, stream: str) -> int:
    """The stream's last sequence now; 0 where it holds nothing (any more)."""
    reply = await nc.request(f"$JS.API.STREAM.INFO.{stream}", b"", timeout=5)
    state = json.loads(reply.data)["state"]
    return int(state["last_seq"]) if state["messages"] else 0


class StreamReader:
    """Everything of one stream up to a sequence, in batches."""

    def __init__(self, nc: Client, stream: str, end: int) -> None:
        self._nc, self._stream, self._end = nc, stream, end
        self._read: list[Raw] = []
        self._some, self._room = asyncio.Event(), asyncio.Event()

    async def _take(self, message: Msg) -> None:
        self._read.append((message.subject, message.headers, message.data, *place_of(message)))
        self._some.set()
        if len(self._read) >= READ_AHEAD:
            self._room.clear()
            await self._room.wait()

    async def batches(self, patience: float = 15.0) -> AsyncIterator[list[Raw]]:
        """Lists of messages in stream order. Raises Unavailable."""
        if self._end == 0:
            return
        subscription = await self._nc.jetstream().subscribe(
            f"{self._stream[:-1].lower()}.>",
            stream=self._stream,
            ordered_consumer=True,
            config=api.ConsumerConfig(deliver_policy=api.DeliverPolicy.ALL),
            cb=self._take,
            pending_msgs_limit=-1,
            pending_bytes_limit=-1,
        )
        try:
            reached = 0
            while reached < self._end:
                try:
                    await asyncio.wait_for(self._some.wait(), patience)
                except TimeoutError:
                    why = f"{self._stream} fell silent at {reached} of {self._end}"
                    raise Unavailable(f"{why}: is NATS up? The live file is as it was.") from None
                batch, self._read = self._read, []
                self._some.clear()
                self._room.set()
                reached = batch[-1][3]
                yield [raw for raw in batch if raw[3] <= self._end]
        finally:
            await subscription.unsubscribe()
