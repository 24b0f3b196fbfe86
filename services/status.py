"""How usher stands: actors with their lag, streams, parked events, and the alarms that follow from them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from nats.aio.client import Client

from events.errors import Unavailable
from events.reading import DirectReader
from events.streams import CONSUMERS, STREAMS, Consumer, api
from services import asking
from services.parking import read_cases

LATE = 1000  # messages that wait for one consumer
SERVICES = {"desk": "usher", "projector": "usher-query", "watcher": "usher-site"}


class Lag(msgspec.Struct, frozen=True):
    """One consumer of an actor. `pulls` 0 with nothing in work means that nobody takes its messages; `delivered` counts
    all deliveries since it was made."""

    actor: str
    stream: str
    pending: int
    in_work: int
    redelivered: int
    pulls: int
    delivered: int = 0

    @property
    def alive(self) -> bool:
        """Whether somebody asks for this consumer's messages or works on some."""
        return self.pulls > 0 or self.in_work > 0


class StreamState(msgspec.Struct, frozen=True):
    """One stream or bucket: messages, bytes, last sequence."""

    name: str
    messages: int
    size: int
    last: int


class Alarm(msgspec.Struct, frozen=True):
    """Something a person should look at. `name` is stable, `what` is for people, `instead` says what to do; `about`
    names the actor, consumer or group, `count` the messages, payments or so."""

    name: str
    what: str
    instead: str
    about: str = ""
    count: int = 0

    @property
    def key(self) -> str:
        """One and the same for this alarm at any time."""
        return f"{self.name}.{self.about}" if self.about else self.name


class Status(msgspec.Struct, frozen=True):
    """All of it at one moment. `services` names the micro services that answer; `answered` is False where the read
    model did not: then nothing is known of `counts` and `blind`."""

    lags: tuple[Lag, ...]
    streams: tuple[StreamState, ...]
    services: tuple[str, ...]
    counts: dict[str, int]
    blind: tuple[str, ...]
    parked: int = 0
    left_over: int = 0  # holds of bookers that died in them, ever; the next attempt gives each back
    alarms: tuple[Alarm, ...] = ()
    answered: bool = True


async def status_of(nc: Client) -> Status:
    """Ask the server, the services and the read model. Raises Unavailable where NATS does not answer."""
    lags, streams, services = await asyncio.gather(
        asyncio.gather(*(_lag(nc, consumer) for consumer in CONSUMERS)),
        asyncio.gather(*(_stream(nc, stream.name) for stream in STREAMS)),
        asyncio.gather(*(_answers(nc, name) for name in SERVICES.values())),
    )
    models = await _models(nc)
    counts, groups, left_over = models or ({}, [], 0)
    blind = tuple(row["watch_group"] for row in groups if row["trouble"])
    answering = tuple(name for name, there in zip(SERVICES.values(), services, strict=True) if there)
    parked = sum(case.open for case in await read_cases(DirectReader(nc)))
    known = models is not None
    found = Status(tuple(lags), tuple(streams), answering, counts, blind, parked, left_over, answered=known)
    return msgspec.structs.replace(found, alarms=alarms(found))


async def _models(nc: Client) -> tuple[dict[str, int], list[dict[str, Any]], int] | None:
    """Jobs by status, the watch groups and the holds left over; None where nobody answers from the read model."""
    try:
        counts, groups, left_over = await asyncio.gather(
            *(asking.ask(nc, f"usher.query.{what}", within=2.0) for what in ("counts", "groups", "left_over"))
        )
        return counts, groups, int(left_over)
    except (Unavailable, asking.Refused):
        return None


async def _lag(nc: Client, consumer: Consumer) -> Lag:
    info = await api(nc, f"CONSUMER.INFO.{consumer.stream}.{consumer.name}")
    names = ("num_pending", "num_ack_pending", "num_redelivered", "num_waiting")
    pending, in_work, redelivered, pulls = (int(info.get(name, 0)) for name in names)
    delivered = int(info.get("delivered", {}).get("consumer_seq", 0))
    return Lag(consumer.name, consumer.stream, pending, in_work, redelivered, pulls, delivered)


async def _stream(nc: Client, name: str) -> StreamState:
    state = (await api(nc, f"STREAM.INFO.{name}")).get("state", {})
    return StreamState(name, state.get("messages", 0), state.get("bytes", 0), state.get("last_seq", 0))


async def _answers(nc: Client, name: str) -> bool:
    try:
        await asking.ask(nc, f"$SRV.PING.{name}", within=1.0)
    except (Unavailable, asking.Refused):
        return False
    return True


async def runs(nc: Client, actor: str) -> bool:
    """Whether somebody takes this actor's messages. Raises Unavailable."""
    lags = await asyncio.gather(*(_lag(nc, consumer) for consumer in CONSUMERS if consumer.name == actor))
    return all(lag.alive for lag in lags)


def alarms(found: Status) -> tuple[Alarm, ...]:
    """What a person should look at, worst first."""
    told: list[Alarm] = []
    if uncertain := found.counts.get("UNCERTAIN", 0):
        what = f"the outcome of {uncertain} {'payment' if uncertain == 1 else 'payments'} is unknown"
        told.append(Alarm("uncertain", what, "see `usher jobs --list waiting`", count=uncertain))
    told += [_gone_alarm(name) for name in _gone(found)]
    for lag in found.lags:
        if lag.pending > LATE:
            what = f"{lag.actor} is {lag.pending:,} messages behind on {lag.stream}"
            instead, about = f"start another: `usher run {lag.actor}`", f"{lag.actor}-{lag.stream}"
            told.append(Alarm("lag", what, instead, about, lag.pending))
    if found.parked:
        what = f"{found.parked} {'message is' if found.parked == 1 else 'messages are'} parked"
        told.append(Alarm("parked", what, "see `usher parked list`", count=found.parked))
    told += [Alarm("blind", f"{group} cannot be looked at", "see `usher doctor`", group) for group in found.blind]
    return tuple(told)


def _gone_alarm(actor: str) -> Alarm:
    return Alarm("actor", f"no {actor} is running", f"start it: `usher run {actor}`", actor)


NOTIFIER_GONE = _gone_alarm("notifier")  # told by the chat: the others are told by the notifier


def _gone(found: Status) -> Sequence[str]:
    missing = {lag.actor for lag in found.lags if not lag.alive}
    missing |= {actor for actor, service in SERVICES.items() if service not in found.services}
    return sorted(missing)


def as_row(found: Status) -> dict[str, Any]:
    """For programs; with `alive` beside each lag."""
    row: dict[str, Any] = msgspec.to_builtins(found)
    for told, lag in zip(row["lags"], found.lags, strict=True):
        told["alive"] = lag.alive
    return row
