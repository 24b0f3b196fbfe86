"""Reads the log from its start into a new projection file: a thread here reads, another process folds."""

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

from events.bulk import Bulk, Raw
from events.connection import wire_beside
from events.errors import Unavailable, UsherError
from projections.projector import FOLDS
from projections.rebuild import swap
from services import asking
from services.folding import Batch, Clock, Folded, drop, fold, folded_of, packed, plain
from services.following import rebuilt_beside

PATIENCE = 15.0  # s of silence until a read is given up
SWAP_WITHIN = 60.0  # s: the projector checks the whole new file before it answers from it
Progress = Callable[[int, int], None]


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild did: events folded, messages that cannot be read, seconds, and the position per stream."""

    events: int
    unreadable: int
    seconds: float
    positions: dict[str, int]


async def rebuild(nc: Client, into: Path, progress: Progress, until: Mapping[str, int] | None = None) -> Rebuilt:
    """Build `into` (replaced once the new one is whole) from what the streams hold now; `until` may bound them.

    `progress` is told (events read, events there are). Raises Unavailable where the log falls silent, UsherError
    where the new file cannot be written.
    """
    bounds, loop = until or {}, asyncio.get_running_loop()
    ends = {stream: await last_sequence(nc, stream) for stream in FOLDS}
    ends = {stream: min(end, bounds.get(stream, end)) for stream, end in ends.items()}
    began, total = time.perf_counter(), sum(ends.values())
    building = into.with_name(f"{into.name}.building")

    def told(read: int) -> None:
        loop.call_soon_threadsafe(progress, read, total)

    with _folding(building) as pipe:
        await asyncio.to_thread(_pump, nc, ends, pipe, told)
        folded = folded_of(await asyncio.to_thread(_received, pipe))
    if folded.trouble:
        raise UsherError(f"{building} cannot be written: {folded.trouble}. The live file is as it was.")
    drop(into)
    await asyncio.to_thread(os.replace, building, into)
    return Rebuilt(folded.events, folded.unreadable, time.perf_counter() - began, ends)


def _pump(nc: Client, ends: Mapping[str, int], pipe: Connection, told: Callable[[int], None]) -> None:
    """Every message of every stream into the pipe, then an empty one. Blocking. Raises Unavailable."""
    read, clock = 0, Clock()
    with contextlib.suppress(OSError):  # a folding process that ended says why when it is asked for its result
        for stream, end in ends.items():
            for batch in _whole(nc, stream, end):
                pipe.send_bytes(packed(Batch(stream, [plain(raw, clock) for raw in batch])))
                read += len(batch)
                told(read)
        pipe.send_bytes(b"")


def _whole(nc: Client, stream: str, end: int) -> Iterator[list[Raw]]:
    try:
        with wire_beside(nc, PATIENCE) as wire:
            yield from Bulk(wire, stream, end).batches()
    except Unavailable as away:
        raise Unavailable(f"{stream} was not read to its end: {away}. The live file is as it was.") from None


async def batches(nc: Client, stream: str, end: int) -> AsyncIterator[list[Raw]]:
    """Everything of one stream up to a sequence, in its order. Raises Unavailable."""
    found = _whole(nc, stream, end)
    try:
        while (batch := await asyncio.to_thread(next, found, None)) is not None:
            yield batch
    finally:
        found.close()  # type: ignore[attr-defined]  # a generator


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


def _received(pipe: Connection) -> bytes:
    try:
        return pipe.recv_bytes()
    except (EOFError, OSError):
        return packed(Folded(trouble="the process that writes it was ended"))


@contextmanager
def _folding(file: Path) -> Iterator[Connection]:
    """The folding process, and the end of its pipe."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=fold, args=(theirs, file), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(10)
        process.kill()


async def last_sequence(nc: Client, stream: str) -> int:
    """The stream's last sequence now; 0 where it holds nothing (any more)."""
    reply = await nc.request(f"$JS.API.STREAM.INFO.{stream}", b"", timeout=5)
    state = json.loads(reply.data)["state"]
    return int(state["last_seq"]) if state["messages"] else 0
