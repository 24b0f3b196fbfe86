"""Event ⇄ message: headers and JSON. What cannot be read becomes `Unreadable`, never a guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from events.catalogue import BY_STRUCT, CATALOGUE, STREAM_OF

ID, SCHEMA, ACTOR = "Nats-Msg-Id", "Usher-Schema", "Usher-Actor"
CAUSATION, CORRELATION, PREVIOUS = "Usher-Causation", "Usher-Correlation", "Usher-Previous"
TRACEPARENT = "traceparent"  # W3C Trace Context
TIME = "Usher-Time"  # only on imported events: when the log they come from stored them (ISO 8601 UTC)
EXPECTED, EXPECTED_SUBJECT = "Nats-Expected-Last-Subject-Sequence", "Nats-Expected-Last-Subject-Sequence-Subject"
JUST_BEFORE = "+1"  # Usher-Previous inside an atomic batch: the message directly before this one


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event as the log keeps it. `key` is the job, user or group; `time` is the server's (UTC), the first one's
    where the event was imported."""

    event: Any
    event_id: str
    key: str
    sequence: int
    time: datetime
    actor: str
    schema: int
    causation: str | None
    correlation: str | None
    previous: int
    stream: str

    @property
    def name(self) -> str:
        """The event's name: `tickets_detected`."""
        return str(type(self.event).__struct_config__.tag)


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """A message that this version cannot read: unknown type, newer version, or malformed. It is parked."""

    subject: str
    sequence: int
    why: str

    @property
    def stream(self) -> str:
        """The stream that holds it."""
        return STREAM_OF[self.subject.split(".", 1)[0]]


_encoder = msgspec.json.Encoder()


def encode(event: msgspec.Struct) -> bytes:
    """The event's JSON body, its name in the field `event`."""
    return _encoder.encode(event)


def subject_of(event: msgspec.Struct, key: str) -> str:
    """`job.tickets_detected.<job>` and the like."""
    return f"{BY_STRUCT[type(event)].subject}.{key}"


def headers_of(
    event: msgspec.Struct,
    event_id: str,
    *,
    actor: str,
    previous: int | str,
    causation: str | None,
    correlation: str | None,
) -> dict[str, str]:
    """The headers of DESIGN.md §3 without the expected sequence."""
    headers = {ID: event_id, SCHEMA: str(BY_STRUCT[type(event)].version), ACTOR: actor, PREVIOUS: str(previous)}
    headers[CORRELATION] = correlation or event_id
    headers[TRACEPARENT] = f"00-{trace_id(correlation or event_id)}-{span_id(event_id)}-01"
    if causation:
        headers[CAUSATION] = causation
    return headers


def trace_id(correlation: str) -> str:
    """The W3C trace id of a correlation: the whole UUID."""
    return correlation.replace("-", "").rjust(32, "0")[-32:]


def span_id(event_id: str) -> str:
    """The W3C span id of an event: the random end of its UUIDv7."""
    return trace_id(event_id)[-16:]


def moment(nanoseconds: int) -> datetime:
    """Nanoseconds since 1970 as UTC, cut to microseconds."""
    whole = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    return whole.replace(microsecond=nanoseconds % 1_000_000_000 // 1000)


def decode_body(subject: str, schema: int, data: bytes) -> msgspec.Struct:
    """Read a body of any version up to ours. Raises ValueError saying why it cannot be read."""
    family, name, *_ = subject.split(".", 2)
    return body_reader(f"{family}.{name}", schema)(data)


@lru_cache(maxsize=256)
def body_reader(kind_name: str, schema: int) -> Callable[[bytes], msgspec.Struct]:
    """What reads the bodies of an event type's version. Raises ValueError where this usher knows none."""
    kind = CATALOGUE.get(kind_name)
    if kind is None:
        raise ValueError(f"unknown event type {kind_name!r}")
    if schema > kind.version:
        raise ValueError(f"{kind.subject} version {schema} is newer than {kind.version}: upgrade usher")
    if schema == kind.version:
        return msgspec.json.Decoder(kind.struct).decode

    def upcast(data: bytes) -> msgspec.Struct:
        body = msgspec.json.decode(data)
        for version in range(schema, kind.version):
            body = kind.upcasters[version](body)
        return msgspec.convert(body, kind.struct, strict=True)

    return upcast


def decode(
    subject: str, headers: Mapping[str, str] | None, data: bytes, sequence: int, time: datetime
) -> Recorded | Unreadable:
    """A stored message as a Recorded event, or Unreadable with the reason."""
    found = headers or {}
    try:
        family, _, key = subject.split(".", 2)
        event = decode_body(subject, int(found[SCHEMA]), data)
        before = found.get(PREVIOUS, "0")
        return Recorded(
            event=event,
            event_id=found[ID],
            key=key,
            sequence=sequence,
            time=datetime.fromisoformat(found[TIME]) if TIME in found else time,
            actor=found.get(ACTOR, ""),
            schema=int(found[SCHEMA]),
            causation=found.get(CAUSATION),
            correlation=found.get(CORRELATION),
            previous=sequence - 1 if before == JUST_BEFORE else int(before),
            stream=STREAM_OF[family],
        )
    except KeyError as missing:
        return Unreadable(subject, sequence, f"header {missing} is missing")
    except (ValueError, TypeError, ArithmeticError, RecursionError) as wrong:
        return Unreadable(subject, sequence, str(wrong))
