"""The writing half of a rebuild, a process of its own: messages come through a pipe and are folded into a new file."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from events.bulk import Raw
from events.codec import ACTOR, CAUSATION, ID, JUST_BEFORE, PREVIOUS, SCHEMA, TIME, body_reader, moment
from projections.line import Line
from projections.projector import Projection

UNREADABLE = -1  # in the place of a schema version
# subject, id, schema version, actor, cause, time (ISO 8601), sequence, body: little enough to go through a pipe fast
Plain = tuple[str, str, int, str, str | None, str, int, bytes]


class Batch(msgspec.Struct, array_like=True, gc=False):
    """Messages of one stream, in its order."""

    stream: str
    messages: list[Plain]


class Folded(msgspec.Struct):
    """What the folding process says at its end; `trouble` is empty where all went well."""

    events: int = 0
    unreadable: int = 0
    trouble: str = ""


packed = msgspec.msgpack.Encoder().encode
_batch_of = msgspec.msgpack.Decoder(Batch).decode
folded_of = msgspec.msgpack.Decoder(Folded).decode


def plain(raw: Raw, clock: Clock) -> Plain:
    """A message without what folding does not need; what `events.codec.decode` would refuse is marked."""
    subject, headers, body, sequence, nanoseconds = raw
    try:
        if headers is None:
            raise KeyError(SCHEMA)
        if (before := headers.get(PREVIOUS, "0")) != JUST_BEFORE:
            int(before)
        at = datetime.fromisoformat(headers[TIME]).isoformat() if TIME in headers else clock.text(nanoseconds)
        schema, cause = int(headers[SCHEMA]), headers.get(CAUSATION)
        return subject, headers[ID], schema, headers.get(ACTOR, ""), cause, at, sequence, body
    except (KeyError, ValueError):
        return subject, "", UNREADABLE, "", None, "", sequence, b""


class Clock:
    """Nanoseconds as ISO 8601 UTC, as `moment(…).isoformat()` says it. Within a second only the fraction is new."""

    def __init__(self) -> None:
        self._second, self._text = -1, ""

    def text(self, nanoseconds: int) -> str:
        """The moment, cut to microseconds."""
        second, rest = divmod(nanoseconds, 1_000_000_000)
        if second != self._second:
            self._second, self._text = second, moment(second * 1_000_000_000).isoformat()[:19]
        fraction = rest // 1000
        return f"{self._text}.{fraction:06}+00:00" if fraction else f"{self._text}+00:00"


def lines_of(batch: Batch) -> tuple[list[Line], int]:
    """The events as lines, and the number of messages that cannot be read."""
    found, lost, stream = list[Line](), 0, batch.stream
    readers: dict[tuple[str, int], Callable[[bytes], msgspec.Struct]] = {}
    for subject, event_id, schema, actor, cause, at, sequence, body in batch.messages:
        try:
            if schema == UNREADABLE:
                raise ValueError
            family, name, key = subject.split(".", 2)
            if (read := readers.get((name, schema))) is None:
                read = readers[name, schema] = body_reader(f"{family}.{name}", schema)
            event = read(body)
        except (KeyError, ValueError, TypeError, ArithmeticError):
            lost += 1
        else:
            found.append(Line(event, event_id, key, sequence, at, actor, cause, name, stream))
    return found, lost


def fold(pipe: Connection, file: Path) -> None:
    """Fold batches into a new file until an empty one comes; answer what was done."""
    done = Folded()
    gc.disable()  # nothing here refers to itself, and looking for it takes a tenth of the time
    try:
        drop(file)
        projection = Projection(file)
        with projection.unguarded():
            _fold_all(projection, _received(pipe), done)
        projection.close()
        with file.open("rb+") as handle:
            os.fsync(handle.fileno())
    except EOFError:  # the reading process is gone: nobody waits for this file
        return
    except Exception as broken:  # it has no terminal of its own: the reading process tells the person
        done.trouble = repr(broken)
    with contextlib.suppress(OSError):
        pipe.send_bytes(packed(done))


def _received(pipe: Connection) -> Iterable[Batch]:
    while data := pipe.recv_bytes():
        yield _batch_of(data)


def _fold_all(projection: Projection, batches: Iterable[Batch], done: Folded) -> None:
    for batch in batches:
        lines, lost = lines_of(batch)
        projection.write(lines, {batch.stream: batch.messages[-1][6]} if lost else None)
        done.events, done.unreadable = done.events + len(lines), done.unreadable + lost


def drop(file: Path) -> None:
    """Remove a SQLite file with what lies beside it."""
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
