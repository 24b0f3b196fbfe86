"""Is the log whole? Every message against the ones before it, and a rolling hash over all. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from events.catalogue import BY_STRUCT
from events.codec import ACTOR, CAUSATION, CORRELATION, ID, PREVIOUS, SCHEMA, Recorded, Unreadable
from events.folds import evolve
from events.state import DIAGRAM, FINAL, Job

HEADERS = (ID, SCHEMA, ACTOR, CAUSATION, CORRELATION, PREVIOUS)  # an import keeps these, and so the hash
OVER = {status: Job(status=status) for status in FINAL}  # of a job that has ended no more is kept than this


class Finding(msgspec.Struct, frozen=True):
    """Something that must not be. `sequence` is 0 where it is about no single message."""

    stream: str
    sequence: int
    what: str


class Audit:
    """Takes the messages of all logs in order, LOOKS and USERS before JOBS, and says what is wrong with each.

    Holds 100 bytes an event (its id), and the state of jobs that have not ended.
    """

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._jobs: dict[str, Job] = {}
        self._ends: dict[str, int] = {}  # sequence of the last event of each key
        self._oldest_look: datetime | None = (
            None  # looks are kept for a while only: a cause before this one may be gone
        )

    def check(self, record: Recorded | Unreadable) -> Iterable[str]:
        """What is wrong with the next message; nothing where it is as it must be."""
        if isinstance(record, Unreadable):
            yield f"{record.subject} cannot be read: {record.why}"
            return
        number = _number(record.event_id)
        if number in self._ids:
            yield f"event id {record.event_id} was there before"
        self._ids.add(number)
        if record.actor not in BY_STRUCT[type(record.event)].owners:
            yield f"{record.name} was written by {record.actor or 'nobody'}, which may not say it"
        if record.stream == "LOOKS":
            self._oldest_look = self._oldest_look or record.time
            return
        yield from self._chain(record)
        if record.causation is not None and not self._caused(record):
            yield f"its cause {record.causation} is in no log"
        if record.stream == "JOBS":
            yield from self._life(record)

    def _chain(self, record: Recorded) -> Iterable[str]:
        place = f"{record.stream}.{record.key}"
        before = self._ends.get(place, 0)
        if record.previous != before:
            said, true = record.previous or "none", before or "none"
            yield f"{record.key}: its previous event is {true}, but it says {said}"
        self._ends[place] = record.sequence

    def _caused(self, record: Recorded) -> bool:
        number = _number(record.causation or "")
        if number in self._ids or self._oldest_look is None:
            return True
        return number >> 80 < self._oldest_look.timestamp() * 1000  # an id (UUIDv7) begins with its milliseconds

    def _life(self, record: Recorded) -> Iterable[str]:
        job = self._jobs.get(record.key, Job())
        try:
            after = evolve(job, record.event)
        except Exception as broken:  # whatever a fold's defect is, it is a finding
            yield f"{record.key}: {record.name} cannot be applied: {broken!r}"
            return
        if after.status is not job.status and after.status not in DIAGRAM[job.status]:
            yield f"{record.key}: {record.name} leads from {job.status} to {after.status}, which the rules do not know"
        self._jobs[record.key] = OVER.get(after.status, after)


def _number(event_id: str) -> int:
    """An id as a number: a third of its text's memory."""
    try:
        return int(event_id.replace("-", ""), 16)
    except ValueError:
        return hash(event_id)


def rolled(before: bytes, subject: str, headers: Mapping[str, str] | None, body: bytes, sequence: int) -> bytes:
    """The hash of a log up to a message: SHA-256 over the hash before it, its place, our headers and its body."""
    ours = "\n".join(f"{name}:{headers[name]}" for name in HEADERS if name in headers) if headers else ""
    return hashlib.sha256(b"%b%d\n%b\n%b\n\n%b" % (before, sequence, subject.encode(), ours.encode(), body)).digest()
