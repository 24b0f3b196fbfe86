"""One question to a micro service over NATS, and its answer as data."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from itertools import count
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from events.errors import Unavailable, UsherError

WITHIN = 10.0  # s
_origin: ContextVar[Iterator[str]] = ContextVar("origin")


class Refused(UsherError):
    """The desk or the librarian said no; `body` is the whole answer: `error`, `kind`, maybe `field`."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        super().__init__(str(body["error"]))


class Nobody(Unavailable):
    """No micro service listens at that subject."""


def commanding(origin: str) -> None:
    """From here on this task's commands are what `origin` (a press, a message) asks for: handled once more, each is
    recognised by the desk and not done again."""
    _origin.set(f"{origin}/{n}" for n in count(1))


def next_command() -> str:
    """The id of the next command: of the task's origin, else a new one."""
    numbered = _origin.get(None)
    return next(numbered) if numbered is not None else secrets.token_hex(12)


async def ask(
    nc: Client, subject: str, body: Mapping[str, Any] | None = None, within: float = WITHIN, command: str = ""
) -> Any:
    """One request; its answer. A `command` id lets it be repeated safely. Raises Refused, Unavailable."""
    headers = {"Nats-Msg-Id": command} if command else None
    try:
        reply = await nc.request(subject, msgspec.json.encode(dict(body or {})), timeout=within, headers=headers)
    except NoRespondersError:
        raise Nobody(f"nobody answers {subject}: is `usher up` running?") from None
    except (TimeoutError, NatsError):
        raise Unavailable(f"no answer for {subject}: see `usher doctor`") from None
    answer = msgspec.json.decode(reply.data)
    if isinstance(answer, dict) and "error" in answer:
        raise Refused(answer)
    return answer


async def newest(nc: Client, *streams: str) -> dict[str, int]:
    """Each stream's last sequence now: a query after it sees all that was written until here. Raises Unavailable."""
    found: dict[str, int] = {}
    for stream in streams:
        info = await ask(nc, f"$JS.API.STREAM.INFO.{stream}")
        found[stream] = int(info["state"]["last_seq"])
    return found
