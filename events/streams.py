"""Every stream, bucket and consumer as data, and `ensure`, which brings a server to that state."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.errors import NoRespondersError

from events.errors import ServerTooOld, StreamMismatch, Unavailable

FLOOR = (2, 14, 0)
DAY = 86_400_000_000_000  # ns
SECOND = 1_000_000_000  # ns
NOT_FOUND, NO_PEERS = 10059, 10005  # error codes of the JetStream API
MISSING = "missing: `usher up` creates it"
PIN = 2.0  # s: how long a pinned client may be silent
GROUP = "active"


class Stream(msgspec.Struct, frozen=True):
    """A JetStream stream; `config` is the server's own configuration, times in nanoseconds."""

    name: str
    config: dict[str, Any]


class Consumer(msgspec.Struct, frozen=True):
    """A durable pull consumer of one actor on one stream.

    A pinned one serves one client; when that has not asked for `PIN` seconds, the next one that asks takes over. It is
    no lock: the expected sequence of an append still decides.
    """

    stream: str
    name: str
    filters: tuple[str, ...]
    ack_wait: float = 30.0  # s
    max_ack_pending: int = 256
    deliver: str = "all"
    pinned: bool = False  # one client works, the others stand by (facts: priority groups, server 2.11)


def _log(name: str, *subjects: str, **more: Any) -> Stream:
    return Stream(name, {"subjects": list(subjects), "storage": "file", "allow_direct": True} | more)


def _bucket(name: str, history: int = 1, max_age: int = 0) -> Stream:
    config = {"max_msgs_per_subject": history, "allow_rollup_hdrs": True, "deny_delete": True, "discard": "new"}
    return _log(f"KV_{name}", f"$KV.{name}.>", max_age=max_age, **config)


_FOR_EVER: dict[str, Any] = {"deny_delete": True, "deny_purge": True, "allow_atomic": True}

STREAMS: tuple[Stream, ...] = (
    _log("JOBS", "job.*.*", **_FOR_EVER),
    _log("USERS", "user.*.*", **_FOR_EVER),
    _log("LOOKS", "look.*.>", max_age=30 * DAY),
    _log(
        "TIMERS",
        "timer.>",
        "due.>",
        allow_msg_schedules=True,
        allow_msg_ttl=True,
        allow_rollup_hdrs=True,
        max_msgs_per_subject=1,
    ),
    _log("PARKED", "parked.>", "retry.>", "settled.>", max_age=30 * DAY),
    _bucket("watchlist"),
    _bucket("sites"),
    _bucket("vault"),
    _bucket("chat", max_age=7 * DAY),
    _bucket("commands", max_age=DAY),  # answers by command id: a repetition is answered alike
    _bucket("shown"),  # message ids of cards: a job may be watched for longer than a dialogue is kept
    _log(
        "OBJ_artifacts",
        "$O.artifacts.C.>",
        "$O.artifacts.M.>",
        max_age=7 * DAY,
        allow_rollup_hdrs=True,
        discard="new",
    ),
)

CONSUMERS: tuple[Consumer, ...] = (
    Consumer("JOBS", "scheduler", ("job.*.*",), ack_wait=12.0, pinned=True),
    Consumer(
        "TIMERS",
        "scheduler",
        ("due.job.window.*", "due.job.expiry.*", "due.job.consent.*", "due.job.input.*"),
        ack_wait=12.0,
        pinned=True,
    ),
    Consumer("TIMERS", "watcher", ("due.look.*",), ack_wait=60.0, max_ack_pending=64),
    Consumer(
        "JOBS",
        "booker",
        (
            "job.tickets_detected.*",
            "job.consent_given.*",
            "job.consent_declined.*",
            "job.payment_claimed.*",
            "job.cancel_requested.*",
            "job.outcome_told.*",
        ),
        ack_wait=15.0,
        max_ack_pending=64,
    ),
    Consumer("TIMERS", "booker", ("due.job.booking.*",), ack_wait=15.0, max_ack_pending=64),
    Consumer("JOBS", "notifier", ("job.*.*",), ack_wait=12.0, pinned=True),
    Consumer("USERS", "notifier", ("user.*.*",), ack_wait=12.0, pinned=True),
    Consumer("TIMERS", "notifier", ("due.chat.*",), ack_wait=12.0, pinned=True),
    Consumer("LOOKS", "notifier", ("look.blocked.*", "look.unreadable.*"), ack_wait=12.0, pinned=True),
    *(Consumer("PARKED", actor, (f"retry.{actor}.>",)) for actor in ("scheduler", "watcher", "booker", "notifier")),
)

PINNED = frozenset((consumer.stream, consumer.name) for consumer in CONSUMERS if consumer.pinned)

# What may be changed on a living stream without losing data or rights.
_SAFE = {"max_age", "allow_direct", "max_msgs_per_subject", "subjects", "allow_atomic", "num_replicas"}


async def api(nc: Client, subject: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One JetStream API request; the answer as a dict, errors included. Raises Unavailable."""
    try:
        reply = await nc.request(f"$JS.API.{subject}", json.dumps(body or {}).encode(), timeout=5)
    except (TimeoutError, NoRespondersError):
        raise Unavailable("JetStream does not answer: is the NATS server started with JetStream?") from None
    answer: dict[str, Any] = json.loads(reply.data)
    return answer


def check_version(version: tuple[int, int, int]) -> None:
    """Refuse a server below the floor. Raises ServerTooOld."""
    if version < FLOOR:
        found, floor = (".".join(map(str, numbers)) for numbers in (version, FLOOR))
        raise ServerTooOld(f"nats-server {found} is too old. Needed: {floor} or newer. Upgrade the server.")


def differences(declared: dict[str, Any], found: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Settings that differ: name → (found, declared)."""
    return {k: (found.get(k), v) for k, v in declared.items() if (found.get(k) or None) != (v or None)}


async def _patiently(nc: Client, subject: str, body: dict[str, Any], within: float) -> dict[str, Any]:
    """An API request, asked again for so many seconds where a cluster has no leader or too few peers yet.

    Raises Unavailable.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + within
    while True:
        try:
            answer = await api(nc, subject, body)
            error = answer.get("error", {})
            if error.get("code") != 503 and error.get("err_code") != NO_PEERS:
                return answer
            raise Unavailable(f"the cluster is not ready ({error.get('description')}): are most of its servers up?")
        except Unavailable:
            if loop.time() > until:
                raise
        await asyncio.sleep(0.5)


async def ensure(nc: Client, replicas: int = 1) -> list[str]:
    """Create what is missing, update safe differences; returns what was done. A cluster that starts is waited for.

    Raises StreamMismatch with the diff, Unavailable, ServerTooOld.
    """
    server = nc.connected_server_version
    check_version((server.major, server.minor, server.patch))
    done: list[str] = []
    for stream in STREAMS:
        done += await _ensure_stream(nc, stream, replicas)
    for consumer in CONSUMERS:
        await ensure_consumer(nc, consumer, patience(replicas))
    return done


def patience(replicas: int) -> float:
    """Seconds that a server may take to answer the JetStream API: a cluster elects, a single server is there."""
    return 60.0 if replicas > 1 else 2.0


async def _ensure_stream(nc: Client, stream: Stream, replicas: int) -> list[str]:
    declared = stream.config | {"num_replicas": replicas}
    within = patience(replicas)
    answer = await _patiently(nc, f"STREAM.INFO.{stream.name}", {}, within)
    if answer.get("error", {}).get("err_code") == NOT_FOUND:
        body = {"name": stream.name, "retention": "limits"} | declared
        _raise(await _patiently(nc, f"STREAM.CREATE.{stream.name}", body, within), stream.name)
        return [f"created {stream.name}"]
    _raise(answer, stream.name)
    differing = differences(declared, answer["config"])
    if not differing:
        return []
    unsafe = {name: pair for name, pair in differing.items() if name not in _SAFE}
    if unsafe:
        lines = "; ".join(f"{name} is {a!r}, declared {b!r}" for name, (a, b) in unsafe.items())
        raise StreamMismatch(f"stream {stream.name} differs: {lines}. Back it up and recreate it, or use another home.")
    _raise(await api(nc, f"STREAM.UPDATE.{stream.name}", answer["config"] | declared), stream.name)
    return [f"updated {stream.name}: {', '.join(differing)}"]


def _raise(answer: dict[str, Any], name: str) -> None:
    if error := answer.get("error"):
        raise StreamMismatch(f"{name}: {error.get('description')} (code {error.get('err_code')})")


async def ensure_consumer(nc: Client, consumer: Consumer, within: float = 5.0) -> None:
    """Create or update one durable consumer; its position stays. Raises StreamMismatch, Unavailable."""
    config = {
        "durable_name": consumer.name,
        "name": consumer.name,
        "ack_policy": "explicit",
        "deliver_policy": consumer.deliver,
        "filter_subjects": list(consumer.filters),
        "ack_wait": int(consumer.ack_wait * SECOND),
        "max_ack_pending": consumer.max_ack_pending,
        "max_deliver": -1,
    }
    if consumer.pinned:
        config |= {"priority_groups": [GROUP], "priority_policy": "pinned_client"}
        config |= {"priority_timeout": int(PIN * SECOND)}
    body = {"stream_name": consumer.stream, "config": config}
    answer = await _patiently(nc, f"CONSUMER.CREATE.{consumer.stream}.{consumer.name}", body, within)
    _raise(answer, f"consumer {consumer.stream}/{consumer.name}")


async def inspect(nc: Client, replicas: int = 1) -> list[tuple[str, str]]:
    """(name, what is wrong) of each declared stream and consumer; "" means as declared. Raises Unavailable."""
    rows: list[tuple[str, str]] = []
    for stream in STREAMS:
        answer = await api(nc, f"STREAM.INFO.{stream.name}")
        if "error" in answer:
            rows.append((stream.name, MISSING))
            continue
        found = differences(stream.config | {"num_replicas": replicas}, answer["config"])
        told = "; ".join(f"{name} is {a!r}, declared {b!r}" for name, (a, b) in found.items())
        cure = "back it up and recreate it" if found.keys() - _SAFE else "`usher up` puts it right"
        rows.append((stream.name, f"{told}: {cure}" if told else ""))
    for consumer in CONSUMERS:
        answer = await api(nc, f"CONSUMER.INFO.{consumer.stream}.{consumer.name}")
        rows.append((f"{consumer.stream}/{consumer.name}", MISSING if "error" in answer else ""))
    return rows
