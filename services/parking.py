"""What could not be read or handled waits in PARKED, until a person lets it be tried again or drops it.

parked.<actor>.<subject>    the message, and why it is here
retry.<actor>.<subject>     somebody wants the actor to try it again: the actor's own consumer brings it
settled.<actor>.<subject>   how it ended: retried, failed (and parked anew), dropped
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from events.catalogue import STREAM_OF
from events.chain import sequence_of
from events.errors import NotFound, UsherError
from events.wire import Wire
from events.wish import CITY_ZONE

if TYPE_CHECKING:
    from events.reading import DirectReader

MOST = 10_000  # messages of PARKED that are looked at; it keeps thirty days
How = Literal["retried", "failed", "dropped"]


class Parked(msgspec.Struct, frozen=True):
    """A message that an actor gave up. `sequence` is its place in `stream`; `data` its body as text."""

    subject: str
    why: str
    stream: str = ""
    consumer: str = ""
    sequence: int = 0
    headers: dict[str, str] = {}
    data: str = ""
    traceback: str = ""
    parked_at: datetime | None = None

    @property
    def key(self) -> str:
        """The job, user or group it is about."""
        return self.subject.rsplit(".", 1)[1]


class Retry(msgspec.Struct, frozen=True):
    """The wish that an actor tries a parked message again; `parked` is its sequence in PARKED."""

    parked: int
    by: str
    asked_at: datetime
    message: Parked


class Settled(msgspec.Struct, frozen=True):
    """How a parked message ended."""

    parked: int
    how: How
    by: str
    why: str
    at: datetime


class Case(msgspec.Struct, frozen=True):
    """A parked message with what became of it. `number` is its sequence in PARKED."""

    number: int
    actor: str
    message: Parked
    asked: Retry | None = None
    settled: Settled | None = None

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.settled is None


def cases(messages: Iterable[tuple[int, str, bytes]]) -> list[Case]:
    """All that PARKED tells, oldest first, from its (sequence, subject, body)s in order. What is no such body, is
    a case all the same: its text says so."""
    found: dict[int, Case] = {}
    for sequence, subject, body in messages:
        kind, actor, _ = subject.split(".", 2)
        try:
            if kind == "parked":
                found[sequence] = Case(sequence, actor, msgspec.json.decode(body, type=Parked))
            elif kind == "retry":
                order = msgspec.json.decode(body, type=Retry)
                if order.parked in found:
                    found[order.parked] = msgspec.structs.replace(found[order.parked], asked=order)
            elif kind == "settled":
                end = msgspec.json.decode(body, type=Settled)
                if end.parked in found:
                    found[end.parked] = msgspec.structs.replace(found[end.parked], settled=end)
        except msgspec.MsgspecError as wrong:
            if kind == "parked":
                found[sequence] = Case(sequence, actor, Parked(subject, f"its own record cannot be read: {wrong}"))
    return list(found.values())


def known_cases(log: Wire) -> list[Case]:
    """All that PARKED holds. Raises Unavailable."""
    found = ((sequence_of(m), (m.headers or {})["Nats-Subject"], m.data) for m in log.scan("PARKED", ">"))
    return cases(found)


async def read_cases(reader: DirectReader) -> list[Case]:
    """The same over nats-py. Raises Unavailable."""
    found = await reader.ask("PARKED", {"seq": 1, "next_by_subj": ">", "batch": MOST})
    return cases((sequence_of(m), (m.headers or {})["Nats-Subject"], m.data) for m in found)


def case_of(number: int, known: Iterable[Case]) -> Case:
    """The open case of that number. Raises NotFound, UsherError where it has ended."""
    case = next((case for case in known if case.number == number), None)
    if case is None:
        raise NotFound(f"nothing is parked under {number}: see `usher parked list`")
    if case.settled is not None:
        how = {"failed": "tried again in vain, and parked anew,"}.get(case.settled.how, case.settled.how)
        at = case.settled.at.astimezone(CITY_ZONE)
        raise UsherError(f"{number} was {how} by {case.settled.by} on {at:%d %b %H:%M}")
    return case


def older_of(case: Case, known: Iterable[Case]) -> list[Case]:
    """The open cases of the same actor and key whose messages are older, oldest first."""
    older = (c for c in known if c.open and c.number != case.number and _place(c) < _place(case))
    return sorted((c for c in older if (c.actor, c.message.key) == (case.actor, case.message.key)), key=_place)


def next_of(case: Case, known: Iterable[Case]) -> None:
    """Refuse to retry out of order: an older message of the same job and actor goes first. Raises UsherError."""
    for other in older_of(case, known):
        raise UsherError(
            f"{other.number} of the same job was parked for {case.actor} before it: retry that first, or all with "
            f"`usher parked retry --all`"
        )


def given_up(known: Iterable[Case]) -> set[tuple[str, int]]:
    """(stream, sequence) of the messages that somebody dropped."""
    ended = (case.message for case in known if case.settled is not None and case.settled.how == "dropped")
    return {(m.stream or STREAM_OF.get(m.subject.split(".", 1)[0], ""), m.sequence) for m in ended}


def in_order(known: Iterable[Case]) -> list[Case]:
    """The open cases in the order in which their messages were written."""
    return sorted((case for case in known if case.open), key=_place)


def _place(case: Case) -> tuple[str, int]:
    return case.message.stream, case.message.sequence
