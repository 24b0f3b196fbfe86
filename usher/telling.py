"""An event of a job in one line, for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from events.story import Step
from events.wish import CITY_ZONE, Money
from usher.tables import clock, lasted

HEADS = ("#seq", "time", "#after", "event", "#because of", "actor", "#bytes", "state", "says")
QUIET = {
    "event",
    "shows",
    "wish",
    "on_sale",
    "fingerprint",
    "look",
    "attempt",
    "currency",
}  # too long, or said elsewhere


DEEPEST = 6  # levels of the tree; below them the column of causes tells


def row_of(step: Step) -> tuple[str, ...]:
    deep = min(step.depth, DEEPEST)  # twenty shows tried in a row are a chain of twenty causes
    branch = "  " * (deep - 1) + ("└─" if step.depth == deep else "⋯ ") if deep else ""
    record = step.record
    return (
        str(step.sequence),
        clock(step.time),
        lasted(step.after),
        branch + step.name,
        str(step.cause or ""),
        record.actor if record else "",
        str(step.size),
        str(step.job.status),
        says(step),
    )


def says(step: Step) -> str:
    if step.trouble:
        return f"✗ {step.trouble}"
    assert step.record is not None
    event = step.record.event
    told = []
    if shows := getattr(event, "shows", None) or getattr(event, "on_sale", None):
        told.append(f"{len(shows)} show{'s' if len(shows) > 1 else ''}")
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name in QUIET or value in (None, "", ()) or isinstance(value, msgspec.Struct):
            continue
        if name == "amount":
            value = str(Money(value))
        if isinstance(value, datetime):
            value = f"{value.astimezone(CITY_ZONE):%d %b %H:%M:%S}"
        told.append(f"{name}={_plain(value)}")
    return ", ".join(told)


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_plain(one) for one in value)
    if isinstance(value, msgspec.Struct):
        return ":".join(_plain(getattr(value, name)) for name in value.__struct_fields__)
    return str(value)


def troubles(life: Sequence[Step]) -> int:
    for step in life:
        if step.trouble:
            sys.stderr.write(f"usher: event {step.sequence} ({step.name}): {step.trouble}\n")
    return 1 if any(step.trouble for step in life) else 0
