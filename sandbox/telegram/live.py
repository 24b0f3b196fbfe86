"""What has changed, in order, for whoever watches: the page over a WebSocket, tests by waiting."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

KEPT = 5000  # changes held for watchers that come back


class Live:
    """Numbered changes. Numbers grow over restarts too, so a watcher of an earlier run sees that it missed some."""

    def __init__(self) -> None:
        self.now = int(time.time() * 1000)
        self._first = self.now
        self._changes: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._woken = asyncio.Event()
        self.closing = False

    def emit(self, kind: str, **said: object) -> None:
        """Tell every watcher."""
        self.now += 1
        self._changes.append({"n": self.now, "kind": kind, **said})
        self._wake()

    def close(self) -> None:
        """Let every watcher go."""
        self.closing = True
        self._wake()

    def _wake(self) -> None:
        self._woken.set()
        self._woken = asyncio.Event()

    def missed(self, after: int) -> bool:
        """Whether changes after this number are no longer held, or the number is of another run."""
        oldest = self._changes[0]["n"] - 1 if len(self._changes) == KEPT else self._first
        return after < oldest or after > self.now

    def since(self, after: int) -> list[dict[str, Any]]:
        """The changes after a number, oldest first."""
        return [change for change in self._changes if change["n"] > after]

    async def wait(self, after: int, timeout: float) -> list[dict[str, Any]]:
        """The changes after a number; waits for the first one, at most `timeout` seconds."""
        woken = self._woken
        found = self.since(after)
        if found or self.closing:
            return found
        try:
            await asyncio.wait_for(woken.wait(), timeout)
        except TimeoutError:
            return []
        return self.since(after)
