"""Checks the whole log, message by message, and the read model against one made anew from it."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
from nats.aio.client import Client

from events.audit import Audit, Finding, rolled
from events.codec import Unreadable, decode
from events.reading import moment
from projections.rebuild import compare
from services.rebuilding import Progress, batches, last_sequence, rebuild

ORDER = ("LOOKS", "USERS", "JOBS")  # causes before what they caused
MOST = 1_000  # findings kept; the rest is counted


class Mark(msgspec.Struct, frozen=True):
    """A log's rolling hash (hex) up to a sequence. `first` is where it began: looks are kept for a while only."""

    first: int
    sequence: int
    hash: str


class Verified(msgspec.Struct):
    """What a check found. `more` findings are not listed; `rows` differ between the read model and a rebuilt one;
    `excused` messages cannot be read, but somebody saw and dropped them.
    """

    events: int = 0
    findings: list[Finding] = []
    more: int = 0
    excused: int = 0
    rows: list[str] = []
    marks: dict[str, Mark] = {}
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether everything is as it must be."""
        return not self.findings and not self.rows

    def found(self, finding: Finding) -> None:
        """Keep a finding, or count it."""
        if len(self.findings) < MOST:
            self.findings.append(finding)
        else:
            self.more += 1


async def verify_log(
    nc: Client, known: Mapping[str, Mark], progress: Progress, dropped: Collection[tuple[str, int]] = ()
) -> Verified:
    """Every message of the logs: readable, chained, caused, said by who may say it, and along the drawn diagram.

    `known` are marks of an earlier check: the past before them must not have changed. `dropped`: (stream, sequence) of
    unreadable messages that a person gave up. Raises Unavailable.
    """
    began, done, audit = time.perf_counter(), Verified(), Audit()
    ends = {stream: await last_sequence(nc, stream) for stream in ORDER}
    for stream, end in ends.items():
        digest, first, reached = b"", 0, 0
        mark = known.get(stream)
        async for batch in batches(nc, stream, end):
            for subject, headers, body, sequence, nanoseconds in batch:
                if stream != "LOOKS" and sequence != reached + 1:
                    done.found(Finding(stream, sequence, f"{sequence - reached - 1} messages before it are missing"))
                first, reached = first or sequence, sequence
                digest = rolled(digest, subject, headers, body, sequence)
                if mark and (mark.first, mark.sequence) == (first, sequence) and mark.hash != digest.hex():
                    done.found(Finding(stream, sequence, "the log up to here is not the one that was checked before"))
                record = decode(subject, headers, body, sequence, moment(nanoseconds))
                if isinstance(record, Unreadable) and (stream, sequence) in dropped:
                    done.excused += 1
                    continue
                for what in audit.check(record):
                    done.found(Finding(stream, sequence, what))
            done.events += len(batch)
            progress(done.events, sum(ends.values()))
        done.marks[stream] = Mark(first, reached, digest.hex())
        if mark and mark.sequence > reached:
            done.found(Finding(stream, 0, f"it ends at {reached}, but {mark.sequence} was checked before"))
    done.seconds = time.perf_counter() - began
    return done


async def verify_model(nc: Client, live: Path, progress: Progress) -> list[str]:
    """Every row of the read model that a rebuild to the same position would not have, or has otherwise.

    The live file may be written meanwhile: a copy of it is compared. Raises Unavailable.
    """
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=live.parent) as folder:
        copy, anew = Path(folder) / "live.sqlite3", Path(folder) / "rebuilt.sqlite3"
        _copy(live, copy)
        positions = _positions(copy)
        await rebuild(nc, anew, progress, positions)
        oldest = await _oldest_look(nc)
        _forget_old_looks(copy, oldest)
        return compare(copy, anew)


def _copy(live: Path, copy: Path) -> None:
    source, target = sqlite3.connect(f"file:{live}?mode=ro", uri=True), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


def _positions(file: Path) -> dict[str, int]:
    with sqlite3.connect(file) as db:
        return dict(db.execute("SELECT stream, sequence FROM checkpoints"))


async def _oldest_look(nc: Client) -> int:
    reply = await nc.request("$JS.API.STREAM.INFO.LOOKS", b"", timeout=5)
    return int(msgspec.json.decode(reply.data)["state"]["first_seq"])


def _forget_old_looks(copy: Path, oldest: int) -> None:
    """The stream keeps looks for a while, the read model for ever: only what both have can be compared."""
    with sqlite3.connect(copy) as db:
        db.execute("DELETE FROM looks WHERE sequence < ?", (oldest,))
        db.execute("DELETE FROM watch_groups WHERE watch_group NOT IN (SELECT watch_group FROM looks)")
