"""When the next message may go: Telegram's limits, kept by ourselves, for each chat and for all of them together."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

OVERALL, BURST = 30, 3  # messages a second in all; in one chat at once
GROUP_MINUTE, KEPT_BACK = 20, 3  # messages a minute in a group; of them for what is urgent
PRIVATE_EVERY, GROUP_EVERY = 1.0, 3.0  # s between messages that are not urgent


@dataclass
class _Chat:
    level: float
    at: float
    last: float = float("-inf")
    until: float = float("-inf")
    minute: deque[float] = field(default_factory=deque)


class Pace:
    """Says how long to wait; counts what was sent. Edits of a card are calm: they leave the burst to urgent ones."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._chats: dict[int, _Chat] = {}
        self._all: deque[float] = deque()

    def wait(self, chat: int, calm: bool) -> float:
        """Seconds until a message may go to the chat; 0 where it may now."""
        now, found = self._clock(), self._chat(chat)
        waits = [found.until - now, (1 - found.level) * _every(chat)]
        while self._all and self._all[0] <= now - 1:
            self._all.popleft()
        if len(self._all) >= OVERALL - (KEPT_BACK if calm else 0):
            waits.append(self._all[0] + 1 - now)
        if calm:
            waits.append(found.last + _every(chat) - now)
        if chat < 0:
            most = GROUP_MINUTE - (KEPT_BACK if calm else 0)
            while found.minute and found.minute[0] <= now - 60:
                found.minute.popleft()
            if len(found.minute) >= most:
                waits.append(found.minute[len(found.minute) - most] + 60 - now)
        return max(0.0, *waits)

    def spend(self, chat: int) -> None:
        """Count a message that goes now."""
        now, found = self._clock(), self._chat(chat)
        found.level -= 1
        found.last = now
        self._all.append(now)
        if chat < 0:
            found.minute.append(now)

    def pause(self, chat: int, seconds: float) -> None:
        """Telegram wants silence in this chat; the others go on."""
        found = self._chat(chat)
        found.until = max(found.until, self._clock() + seconds)

    def _chat(self, chat: int) -> _Chat:
        now = self._clock()
        found = self._chats.setdefault(chat, _Chat(BURST, now))
        found.level = min(BURST, found.level + (now - found.at) / _every(chat))
        found.at = now
        return found


def _every(chat: int) -> float:
    return GROUP_EVERY if chat < 0 else PRIVATE_EVERY
