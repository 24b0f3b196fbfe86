"""How fast a bot may write: one message a second in a chat, twenty a minute in a group, thirty a second in all.

Telegram's own thresholds are not published and differ by chat; these are the ones its FAQ names.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from sandbox.telegram.errors import too_many

BURST = 5  # messages a chat takes at once before one a second holds
GROUP_A_MINUTE = 20
OVERALL_A_SECOND = 30


class _Bucket:
    """So many at once, then `rate` a second."""

    def __init__(self, size: float, rate: float, now: float) -> None:
        self.size, self.rate, self.level, self.at = size, rate, size, now

    def lacks(self, count: int, now: float) -> float:
        """Seconds until `count` may pass; 0 where they may now."""
        self.level = min(self.size, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now
        return max(0.0, (min(count, self.size) - self.level) / self.rate)

    def take(self, count: int) -> None:
        self.level -= count


class Limits:
    """Counts what the bot sends and edits. `strict` False: counts nothing and refuses nothing."""

    def __init__(self, now: Callable[[], float], strict: bool) -> None:
        self.strict = strict
        self._now = now
        self._all = _Bucket(OVERALL_A_SECOND, OVERALL_A_SECOND, now())
        self._chats: dict[int, _Bucket] = {}
        self._groups: dict[int, deque[float]] = {}

    def spend(self, chat: int, count: int = 1) -> None:
        """Count sends or edits in a chat. Raises 429, and counts nothing then."""
        if not self.strict:
            return
        now = self._now()
        bucket = self._chats.setdefault(chat, _Bucket(BURST, 1.0, now))
        wait = max(self._all.lacks(count, now), bucket.lacks(count, now), self._group_lacks(chat, count, now))
        if wait > 0:
            raise too_many(max(1, math.ceil(wait - 1e-6)))
        self._all.take(count)
        bucket.take(count)
        if chat < 0:
            self._groups[chat].extend([now] * count)

    def _group_lacks(self, chat: int, count: int, now: float) -> float:
        if chat > 0:
            return 0.0
        sent = self._groups.setdefault(chat, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        over = len(sent) + count - GROUP_A_MINUTE
        return sent[min(over, len(sent)) - 1] + 60 - now if over > 0 else 0.0
