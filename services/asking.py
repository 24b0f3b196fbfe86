"""One question to a micro service over NATS, and its answer as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from events.errors import Unavailable, UsherError

WITHIN = 10.0  # s


class Refused(UsherError):
    """The desk or the librarian said no; `body` is the whole answer: `error`, `kind`, maybe `field`."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        super().__init__(str(body["error"]))


class Nobody(Unavailable):
    """No micro service listens at that subject."""


async def ask(nc: Client, subject: str, body: Mapping[str, Any] | None = None, within: float = WITHIN) -> Any:
    """One request; its answer. Raises Refused, Unavailable."""
    try:
        reply = await nc.request(subject, msgspec.json.encode(dict(body or {})), timeout=within)
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
