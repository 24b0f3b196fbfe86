"""What the bot is to hear of: a queue that forgets only what was confirmed, and the long poll on it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

from sandbox.telegram.errors import CONFLICT, ApiError
from sandbox.telegram.store import Json, Store, dumped, loaded

LONGEST = 50  # seconds of one long poll
KEPT = 24 * 3600  # seconds
PRESS_KEPT = 150  # seconds
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}


class _Turn:
    """One waiting getUpdates."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.ended = False


class Updates:
    """The bot's queue. Ids ascend by one from a random start; an offset forgets all below it."""

    def __init__(self, store: Store, now: Callable[[], float], strict: bool) -> None:
        self._store = store
        self._now = now
        self._strict = strict
        self._turn: _Turn | None = None
        self._closing = False
        self._conflict_free_at = 0.0
        self._last: tuple[int, float] = (0, -10.0)  # offset and start of the call before
        self._heard_at = -1e9
        self._polled = asyncio.Event()

    def push(self, kind: str, body: Json, *, force: bool = False) -> int | None:
        """Queue an update and wake the poller; None where the bot did not ask for this kind."""
        if not force and not self._wanted(kind):
            return None
        start = 100_000_000 + secrets.randbelow(800_000_000)
        number = self._store.count("update_id", start)
        self._store.run(
            "INSERT INTO updates VALUES (:id, :kind, :body, :at)",
            id=number,
            kind=kind,
            body=dumped(body),
            at=self._now(),
        )
        if self._turn:
            self._turn.woken.set()
        return number

    def _wanted(self, kind: str) -> bool:
        allowed = self.allowed()
        return kind in allowed if allowed else kind not in NOT_BY_DEFAULT

    def allowed(self) -> list[str]:
        """The kinds last asked for; empty: the default ones."""
        kinds: list[str] = loaded(self._store.kept("allowed_updates", lambda: "[]"))
        return kinds

    def allow(self, kinds: list[str]) -> None:
        """Remember the kinds asked for, until others are."""
        self._store.keep("allowed_updates", dumped(kinds))

    @property
    def waiting(self) -> bool:
        """Whether a long poll is open."""
        return self._turn is not None

    @property
    def heard(self) -> bool:
        """Whether the bot is listening, as far as one can tell."""
        return self.waiting or time.monotonic() - self._heard_at < 15

    async def until_waiting(self, timeout: float) -> bool:
        """Wait until a long poll is open, at most so many seconds; whether one is."""
        try:
            await asyncio.wait_for(self._polled.wait(), timeout)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """End the long poll."""
        self._closing = True
        if self._turn:
            self._turn.woken.set()

    def clear(self) -> None:
        """Forget every update (drop_pending_updates)."""
        self._store.run("DELETE FROM updates")

    def pending(self, offset: int = 0, limit: int = 100) -> list[Json]:
        """Updates from an offset on, oldest first; what is too old to matter is gone."""
        self._store.run(
            "DELETE FROM updates WHERE at < :old OR kind = 'callback_query' AND at < :stale",
            old=self._now() - KEPT,
            stale=self._now() - PRESS_KEPT,
        )
        sql = "SELECT * FROM updates WHERE id >= :offset ORDER BY id LIMIT :limit"
        rows = self._store.all(sql, offset=offset, limit=limit)
        return [{"update_id": row["id"], row["kind"]: loaded(row["body"])} for row in rows]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            last = self._store.value("SELECT max(id) FROM updates") or 0
            offset = last + offset + 1
        if offset > 0:
            self._store.run("DELETE FROM updates WHERE id < :offset", offset=offset)

    async def take(self, offset: int, limit: int, timeout: float, gone: Callable[[], bool]) -> list[Json]:
        """What getUpdates answers. `gone` tells whether the client has left. Raises 409 when another poll waits."""
        began, (last_offset, last_began) = time.monotonic(), self._last
        if self._strict and offset == last_offset and timeout < 3 and began < last_began + 3:
            timeout = 3
        if self._strict and offset == last_offset and began < last_began + 0.5:
            limit = 1
        self._last = (offset, began)
        self._confirm(offset)
        found = self.pending(0, limit)
        self._heard_at = time.monotonic()
        if found or timeout <= 0:
            return found
        return await self._wait(limit, timeout, gone)

    async def _wait(self, limit: int, timeout: float, gone: Callable[[], bool]) -> list[Json]:
        if self._turn:
            self._turn.ended = True
            self._turn.woken.set()
        turn = self._turn = _Turn()
        self._polled.set()
        deadline = time.monotonic() + timeout
        try:
            while not self._closing:
                left = deadline - time.monotonic()
                if left <= 0 or gone():
                    return []
                try:
                    await asyncio.wait_for(turn.woken.wait(), min(left, 1.0))
                except TimeoutError:
                    continue
                turn.woken.clear()
                if turn.ended:
                    await self._say_conflict()
                if found := self.pending(0, limit):
                    return found
            return []
        finally:
            self._heard_at = time.monotonic()
            if self._turn is turn:
                self._turn = None
                self._polled.clear()

    async def _say_conflict(self) -> None:
        """409, at most once in 3 s; others hear of it 3 s later."""
        now = time.monotonic()
        if now < self._conflict_free_at:
            await asyncio.sleep(3)
        else:
            self._conflict_free_at = now + 3
        raise ApiError(409, CONFLICT)
