"""One table: event type → struct, schema version, the actor that may publish it, upcasters from older versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from events import job, look, user

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class EventType(msgspec.Struct, frozen=True):
    """`subject` is `<family>.<name>`; `upcasters[n]` turns the body of version n into version n + 1; `since` is the
    release of usher that wrote the type first.
    """

    subject: str
    struct: type[msgspec.Struct]
    version: int
    owners: tuple[str, ...]
    upcasters: dict[int, Upcaster] = {}
    since: str = "0.1.0"


def _detected_with_time(body: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of tickets_detected did not say when the look ended; the look's id (UUIDv7) holds its time."""
    milliseconds = int(str(body["look"]).replace("-", "")[:12], 16)
    return body | {"seen_at": msgspec.to_builtins(_utc(milliseconds))}


def _more_optional(body: dict[str, Any]) -> dict[str, Any]:
    """Only fields with defaults were added: the struct fills them in."""
    return body


def _utc(milliseconds: int) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(milliseconds / 1000, UTC)


_JOB: tuple[tuple[type[job.Fact], int, tuple[str, ...], dict[int, Upcaster]], ...] = (
    (job.Created, 2, ("desk",), {1: _more_optional}),
    (job.WatchStarted, 1, ("scheduler",), {}),
    (job.WatchResumed, 1, ("desk",), {}),
    (job.TicketsDetected, 2, ("watcher",), {1: _detected_with_time}),
    (job.PreferencesMismatched, 2, ("watcher",), {1: _more_optional}),
    (job.PreferencesChanged, 2, ("desk",), {1: _more_optional}),
    (job.BookingStarted, 2, ("booker",), {1: _more_optional}),
    (job.ShowRejected, 1, ("booker",), {}),
    (job.ConsentRequested, 2, ("booker",), {1: _more_optional}),
    (job.ConsentVoted, 1, ("desk",), {}),
    (job.ConsentGiven, 1, ("desk",), {}),
    (job.ConsentDeclined, 2, ("desk",), {1: _more_optional}),
    (job.ConsentExpired, 1, ("scheduler",), {}),
    (job.SeatsHeld, 2, ("booker",), {1: _more_optional}),
    (job.PaymentRequested, 1, ("booker",), {}),
    (job.PaymentClaimed, 1, ("desk",), {}),
    (job.PaymentSubmitted, 1, ("booker",), {}),
    (job.Rehearsed, 1, ("booker",), {}),
    (job.Booked, 2, ("booker",), {1: _more_optional}),
    (job.BookingFailed, 1, ("booker",), {}),
    (job.OutcomeUnknown, 2, ("booker",), {1: _more_optional}),
    (job.OutcomeAsked, 1, ("booker",), {}),
    (job.OutcomeTold, 1, ("desk",), {}),
    (job.Reconciled, 1, ("booker",), {}),
    (job.ChallengeMet, 1, ("watcher", "booker"), {}),
    (job.ChallengePassed, 1, ("desk",), {}),
    (job.Paused, 1, ("desk", "scheduler"), {}),
    (job.Resumed, 1, ("desk",), {}),
    (job.CancelRequested, 1, ("desk",), {}),
    (job.Cancelled, 1, ("desk", "booker"), {}),
    (job.Expired, 1, ("scheduler",), {}),
    (job.Failed, 1, ("scheduler",), {}),
)


def _without_chat(body: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of registered knew no chats."""
    return body | {"telegram": None, "chat": None}


_USER: tuple[tuple[type[user.UserFact], int, dict[int, Upcaster]], ...] = (
    (user.Registered, 2, {1: _without_chat}),
    (user.Approved, 1, {}),
    (user.Removed, 1, {}),
    (user.ContactSet, 1, {}),
    (user.CardAdded, 1, {}),
    (user.CardLabelled, 1, {}),
    (user.CardRemoved, 1, {}),
    (user.CardsOrdered, 1, {}),
    (user.SettingsChanged, 1, {}),
    (user.Forgotten, 1, {}),
)
_LOOK = (look.Seen, look.LookBlocked, look.LookUnreadable)


def tag_of(struct: type[msgspec.Struct]) -> str:
    """The event's name on the wire."""
    return str(struct.__struct_config__.tag)


CATALOGUE: dict[str, EventType] = {
    entry.subject: entry
    for entry in (
        *(EventType(f"job.{tag_of(s)}", s, v, owners, up) for s, v, owners, up in _JOB),
        *(EventType(f"user.{tag_of(s)}", s, v, ("desk",), up) for s, v, up in _USER),
        *(EventType(f"look.{tag_of(s)}", s, 1, ("watcher",)) for s in _LOOK),
    )
}
BY_STRUCT: dict[type[msgspec.Struct], EventType] = {entry.struct: entry for entry in CATALOGUE.values()}
STREAM_OF = {"job": "JOBS", "user": "USERS", "look": "LOOKS"}


def rights_of(actor: str) -> tuple[str, ...]:
    """The event subjects that only this actor (or its co-owners) may publish."""
    return tuple(entry.subject for entry in CATALOGUE.values() if actor in entry.owners)
