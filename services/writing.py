"""One acknowledged write into a stream that is no event log: a bucket, an object store, a timer."""

from __future__ import annotations

import json
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.errors import Conflict, Unavailable
from events.store import CONFLICT


async def write(nc: Client, what: str, subject: str, data: bytes, headers: dict[str, str] | None = None) -> int:
    """Publish and wait for the stream's ack; its sequence. `what` names the place for people.

    Raises Conflict where the expected revision is not the last one, Unavailable.
    """
    try:
        reply = await nc.request(subject, data, timeout=5, headers=headers or None)
    except (NatsError, TimeoutError):
        raise Unavailable(f"{what} does not answer: is NATS up?") from None
    ack: dict[str, Any] = json.loads(reply.data)
    if error := ack.get("error"):
        if error.get("err_code") == CONFLICT:
            raise Conflict(f"{what}: {subject} was changed by another")
        raise Unavailable(f"{what} refused {subject}: {error.get('description')}")
    return int(ack["seq"])
