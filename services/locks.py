"""One booking at a time per site account, over all bookers: a lease in the bucket `sites`.

It keeps two of our own visits from cancelling each other's hold. It guards no money: the log does.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec

from events.errors import Conflict, Unavailable
from events.settings import Clock
from services.buckets import Bucket
from services.runtime import Later


class Lease(msgspec.Struct):
    """Who holds an account until when (UTC)."""

    holder: str
    until: datetime


LAST_RENEWAL = 2.0  # s that a renewal under way may take at the end


class _Held(msgspec.Struct):
    """The revision of the lease that we wrote last, and whether the booking is over."""

    revision: int
    over: asyncio.Event


class AccountLock:
    """Takes an account for one booking. While it is held a heartbeat renews it, so a free lock means a dead booker.

    A lease whose end lies far ahead was written by another clock (ours jumped back, or its holder's is wrong): then a
    holder counts as gone once it has not renewed for `within` seconds of `elapsed`.
    """

    def __init__(
        self, bucket: Bucket, now: Clock, within: float = 10.0, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._bucket, self._within, self._now, self._elapsed = bucket, within, now, elapsed
        self._seen: dict[str, tuple[int, float]] = {}  # key → a lease's revision, and since when we see it
        self._given_back: dict[str, int] = {}  # key → the revision at which we gave it up last

    def _lease(self, holder: str) -> bytes:
        return msgspec.json.encode(Lease(holder, self._now() + timedelta(seconds=self._within)))

    @asynccontextmanager
    async def held(self, user: str) -> AsyncIterator[None]:
        """Hold the user's account inside the block. Raises Later where another booking holds it."""
        key, holder = f"account.{user}", secrets.token_hex(6)
        held = _Held(await self._take(key, holder), asyncio.Event())
        beat = asyncio.create_task(self._renew(key, holder, held))
        try:
            yield
        finally:
            held.over.set()  # no cancelling: what is being written could not be deleted, and Python 3.11 may lose it
            await asyncio.wait({beat}, timeout=LAST_RENEWAL)
            beat.cancel()
            with contextlib.suppress(Unavailable, Conflict):  # it runs out by itself, or another has it by now
                self._given_back[key] = await self._bucket.delete(key, held.revision)

    async def _take(self, key: str, holder: str) -> int:
        """The revision of our lease. Where nobody had the account since we did, without reading it first."""
        if known := self._given_back.pop(key, 0):
            with contextlib.suppress(Conflict):
                return await self._bucket.put(key, self._lease(holder), known)
        value, revision = await self._bucket.current(key)
        lease = msgspec.json.decode(value, type=Lease) if value else None
        if lease is not None and lease.until > self._now() and self._renewed(key, revision):
            raise Later(1.0)
        self._seen.pop(key, None)
        try:
            return await self._bucket.put(key, self._lease(holder), revision)
        except Conflict:
            raise Later(0.5) from None

    def _renewed(self, key: str, revision: int) -> bool:
        """Whether the lease was renewed within its time, as far as this process has watched it."""
        if self._seen.get(key, (0, 0.0))[0] != revision:
            self._seen[key] = (revision, self._elapsed())
        return self._elapsed() - self._seen[key][1] < self._within

    async def _renew(self, key: str, holder: str, held: _Held) -> None:
        """Renew only what is still ours: a process that was frozen must not overwrite its follower's lease."""
        with contextlib.suppress(Conflict):
            while not await _set_within(held.over, self._within / 4):
                with contextlib.suppress(Unavailable):
                    held.revision = await self._bucket.put(key, self._lease(holder), held.revision)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, or not longer; whether it came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
