"""How a process of usher joins NATS, as one of its users, and leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import nats
import structlog
from nats.aio.client import Client

from events.connection import QuickClient
from events.errors import NotAllowed, Unavailable
from usher.identities import Identities

log = structlog.get_logger()


async def connect(url: str, name: str, keys: Identities) -> Client:
    """A connection as NATS user `name`. It buffers nothing while it is away: a write then fails at once instead of
    arriving later. Raises Unavailable where nobody answers within five seconds, NotAllowed.
    """

    async def on_error(error: Exception) -> None:
        denied = "permissions violation" in str(error)
        (log.warning if denied else log.debug)("nats.trouble", user=name, why=str(error))

    async def on_lost() -> None:
        if not (nc.is_draining or nc.is_closed):  # leaving is no loss
            log.warning("nats.lost", user=name, url=url)

    async def on_back() -> None:
        log.info("nats.back", user=name, url=url)

    nc = QuickClient()
    connecting = nc.connect(
        url.split(","),
        name=f"usher {name}",
        pending_size=0,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.2,
        drain_timeout=5,
        error_cb=on_error,
        disconnected_cb=on_lost,
        reconnected_cb=on_back,
        **keys.options(name),
    )
    try:
        await within(5, connecting)
        return nc
    except (TimeoutError, OSError, nats.errors.Error) as wrong:
        unknown = f"NATS at {url} does not know {keys.path(name)}: put the user's seed there"
        away = f"NATS does not answer at {url}. Start it (`usher up`), or set USHER_NATS_URL."
        raise failure(nc, url, wrong, unknown, away) from None


async def within(seconds: float, connecting: Coroutine[Any, Any, None]) -> None:
    """Wait for a connection that by itself would try for minutes. Raises TimeoutError, and what it raised."""
    task = asyncio.create_task(connecting)
    try:
        await asyncio.wait({task}, timeout=seconds)  # wait_for waits for its end, and nats-py may miss the cancelling
        if not task.done():
            raise TimeoutError
        task.result()
    finally:
        task.cancel()


def failure(nc: Client, url: str, wrong: Exception, unknown: str, away: str) -> NotAllowed | Unavailable:
    """What a connection that failed with `wrong` is told as: `unknown` where the user is, a certificate that is not
    trusted, else `away`."""
    if "authorization" in f"{wrong} {nc.last_error}".lower():
        return NotAllowed(unknown)
    if "certificate" in f"{wrong} {nc.last_error}":
        return Unavailable(f"the certificate of NATS at {url} is not trusted: {nc.last_error}")
    return Unavailable(away)


async def leave(nc: Client) -> None:
    """Send what is on its way and close, within five seconds."""
    try:
        await asyncio.wait_for(nc.drain(), 5)
    except (TimeoutError, nats.errors.Error):
        await nc.close()
