"""One event as the tables take it: what a fold needs, without what only an actor needs."""

from __future__ import annotations

from typing import Any

import msgspec

from events.codec import Recorded


class Line(msgspec.Struct, frozen=True, gc=False):
    """`at` is the event's time as the tables write it: ISO 8601, UTC, no fraction where it is zero."""

    event: Any
    event_id: str
    key: str
    sequence: int
    at: str
    actor: str
    causation: str | None
    name: str
    stream: str


def line_of(record: Recorded) -> Line:
    """A recorded event as a line."""
    return Line(
        record.event,
        record.event_id,
        record.key,
        record.sequence,
        record.time.isoformat(),
        record.actor,
        record.causation,
        record.name,
        record.stream,
    )
