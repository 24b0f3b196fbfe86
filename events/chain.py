"""One key's events out of direct gets: the last of each type, then the chain of previous sequences. Pure; no I/O.

A generator that says which sequences it lacks and is sent them, so that a blocking and an awaiting reader share it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from events.codec import JUST_BEFORE, PREVIOUS, Recorded, Unreadable, decode
from events.errors import BrokenHistory


class Stored(Protocol):
    """A message as a direct get answers it: subject, sequence and time stand in its headers."""

    @property
    def headers(self) -> Any:
        """dict[str, str] or None; nats-py's own annotation is loose."""

    @property
    def data(self) -> bytes:
        """The body."""


Chain = Generator[tuple[int, ...], Sequence[Stored | None], list[Stored]]


def sequence_of(message: Stored) -> int:
    """Stream sequence of a message from a direct get."""
    return int((message.headers or {})["Nats-Sequence"])


def broken_off(headers: Mapping[str, str]) -> bool:
    """Whether the server ends an answer because it cannot load a message that its index names."""
    return headers.get("Status") == "404" and headers.get("Description") != "No Results"


def recorded(message: Stored) -> Recorded | Unreadable:
    """A direct get's message as an event."""
    headers = message.headers or {}
    time = datetime.fromisoformat(headers["Nats-Time-Stamp"])
    return decode(headers["Nats-Subject"], headers, message.data, int(headers["Nats-Sequence"]), time)


def _before(message: Stored) -> int:
    text = (message.headers or {}).get(PREVIOUS, "0")
    if text == JUST_BEFORE:
        return sequence_of(message) - 1
    return int(text) if text.isdecimal() else 0


def chain(stream: str, subject: str, newest: Sequence[Stored]) -> Chain:
    """Every message of one key, oldest first, from the last one of each type. Yields the sequences it lacks.

    Raises BrokenHistory where the chain has a gap.
    """
    known = {sequence_of(message): message for message in newest}
    new = list(known.values())
    while missing := tuple({_before(message) for message in new} - known.keys() - {0}):
        new = []
        for sequence, message in zip(missing, (yield missing), strict=True):
            if message is None:
                raise BrokenHistory(f"event {sequence} of {subject} is missing from {stream}: run `usher verify`")
            known[sequence] = message
            new.append(message)
    return [known[sequence] for sequence in sorted(known)]


def readable(subject: str, messages: Sequence[Stored]) -> list[Recorded]:
    """The messages as events. Raises BrokenHistory where this version cannot read one."""
    events: list[Recorded] = []
    for message in messages:
        event = recorded(message)
        if isinstance(event, Unreadable):
            raise BrokenHistory(f"event {event.sequence} of {subject} cannot be read: {event.why}")
        events.append(event)
    return events
