"""A flight record: one job's archive, flown again with today's rules and no network."""

from __future__ import annotations

from pathlib import Path

import msgspec

from events.archive import Stored
from events.chain import recorded
from events.codec import Recorded
from events.errors import BadInput
from events.story import steps
from events.wire import Kept
from services.archiving import read_archive
from sites.hindsight import rejudge


class Flight(msgspec.Struct, frozen=True):
    """What a record says when it is read today. `troubles` cannot be read or applied; `differences` are decisions that
    come out otherwise: looks matched with the wish, and seats chosen where the hall's map is in the record.
    """

    job: str
    events: tuple[str, ...]
    status: str
    decisions: int
    troubles: tuple[str, ...]
    differences: tuple[str, ...]


def as_kept(message: Stored) -> Kept:
    """An archived message as a direct get would answer it."""
    place = {"Nats-Subject": message.subject, "Nats-Sequence": str(message.sequence)}
    return Kept(message.headers | place | {"Nats-Time-Stamp": message.time.isoformat()}, message.data)


def fly_again(file: Path) -> Flight:
    """Read, fold and judge a record again. Raises BadInput where it is not one of a single job."""
    messages: dict[str, list[Kept]] = {"JOBS": [], "LOOKS": []}
    objects: dict[str, bytes] = {}
    for one in read_archive(file):
        if isinstance(one, Stored):
            messages.setdefault(one.stream, []).append(as_kept(one))
        else:
            objects[one[0]] = one[1]
    life = list(steps(messages["JOBS"]))
    events = [step.record for step in life if step.record]
    if not events or len({record.key for record in events}) > 1:
        raise BadInput("file", f"{file} does not hold one job", "a file that `usher export ID` wrote")
    looks = [look for look in map(recorded, messages["LOOKS"]) if isinstance(look, Recorded)]
    judged = rejudge(events, looks, objects)
    return Flight(
        job=events[0].key,
        events=tuple(step.name for step in life),
        status=str(life[-1].job.status),
        decisions=judged.decisions,
        troubles=tuple(f"{step.sequence} {step.name}: {step.trouble}" for step in life if step.trouble),
        differences=tuple(f"{one.time:%H:%M:%S} {one.recorded} → {one.now}" for one in judged.differences),
    )
