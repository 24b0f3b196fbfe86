"""A job's life told event by event: what each changed, what caused it, how long it took. Pure: the rules' own fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from events.chain import Stored, recorded
from events.codec import Recorded, Unreadable
from events.folds import evolve
from events.state import Job

PICTURES = ("artifact", "map")  # fields that name an object of the bucket `artifacts`
Changes = dict[str, tuple[Any, Any]]


class Step(msgspec.Struct, frozen=True):
    """One event of a life. `size` is its body in bytes, `after` the seconds since the event before it (None: first).

    `cause` is the sequence of the event that led to it, where that is one of the same job; `depth` counts causes back
    to the first one. `trouble` says why it cannot be read or applied, and is empty for every other event; the state
    after such an event is the one before it.
    """

    record: Recorded | None
    sequence: int
    name: str
    time: datetime | None
    size: int
    after: float | None
    cause: int | None
    depth: int
    before: Job
    job: Job
    trouble: str = ""

    @property
    def pictures(self) -> tuple[str, ...]:
        """Names of the event's pictures in the object store."""
        found = (getattr(self.record.event, name, None) for name in PICTURES) if self.record else ()
        return tuple(name for name in found if name)

    @property
    def changes(self) -> Changes:
        """What the event changed in the job's state: field → (before, after), as JSON would have them."""
        return differences(self.before, self.job)


def steps(messages: Sequence[Stored]) -> Iterator[Step]:
    """Fold a life, oldest message first."""
    job, last = Job(), None
    known: dict[str, tuple[int, int]] = {}  # event id → (sequence, depth)
    for message in messages:
        found = recorded(message)
        if isinstance(found, Unreadable):
            name = found.subject.split(".")[1]
            at = datetime.fromisoformat((message.headers or {})["Nats-Time-Stamp"])
            yield Step(None, found.sequence, name, at, len(message.data), None, None, 0, job, job, found.why)
            continue
        cause, depth = known.get(found.causation or "", (None, -1))
        known[found.event_id] = (found.sequence, depth + 1)
        after = (found.time - last).total_seconds() if last else None
        before, trouble, last = job, "", found.time
        try:
            job = evolve(job, found.event)
        except Exception as broken:  # whatever a fold's defect is, the reader wants the rest of the life too
            trouble = f"it cannot be applied: {broken!r}"
        size = len(message.data)
        yield Step(found, found.sequence, found.name, found.time, size, after, cause, depth + 1, before, job, trouble)


def differences(before: msgspec.Struct, after: msgspec.Struct) -> Changes:
    """Fields of two states of one type that differ: name → (before, after), as JSON would have them."""
    return {
        name: (msgspec.to_builtins(old), msgspec.to_builtins(new))
        for name in before.__struct_fields__
        if (old := getattr(before, name)) != (new := getattr(after, name))
    }


def path_to_wish(life: Sequence[Step], step: Step) -> list[Step]:
    """The event and what led to it back to the wish, newest first.

    Where the cause is no event of this job (a look, a timer, a person), it goes on with the wish that a look was
    matched with, or else with the event before.
    """
    place = next(n for n, one in enumerate(life) if one.sequence == step.sequence)
    path = [step]
    while place > 0:
        place = _led_by(life, place)
        path.append(life[place])
    return path


def _led_by(life: Sequence[Step], place: int) -> int:
    step = life[place]
    earlier = range(place - 1, -1, -1)
    if step.cause is not None:
        return next(n for n in earlier if life[n].sequence == step.cause)
    if step.record is not None and hasattr(step.record.event, "look"):
        return next((n for n in earlier if life[n].job.wish != life[n].before.wish), place - 1)
    return place - 1


def as_data(step: Step) -> dict[str, Any]:
    """A step for programs: the event with its headers, the state it left, and what it changed."""
    record = step.record
    row: dict[str, Any] = {"sequence": step.sequence, "type": step.name, "size": step.size}
    if record is None:
        return row | {"time": step.time.isoformat() if step.time else None, "trouble": step.trouble}
    row |= {"time": record.time.isoformat(), "actor": record.actor, "event_id": record.event_id}
    row |= {"schema": record.schema, "causation": record.causation, "cause": step.cause, "depth": step.depth}
    row |= {"after": step.after, "pictures": list(step.pictures), "status": str(step.job.status)}
    row |= {"body": msgspec.to_builtins(record.event), "changes": step.changes}
    return row | ({"trouble": step.trouble} if step.trouble else {})
