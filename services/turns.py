"""The order of loud messages in a chat: what happened first is told first, whatever is tried again in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.runtime import Later

REST = 60.0  # s that others wait for one that failed and comes again; the runtime's longest pause is shorter
AGAIN = 0.5  # s until a message whose turn has not come is looked at again


@dataclass
class Turn:
    """One event that is to be told. `chat` is None until it is known; `rests` since it failed, until it comes again."""

    sequence: int
    chat: int | None = None
    rests: float | None = None
    left: asyncio.Event = field(
        default_factory=asyncio.Event
    )  # set when its chat is known, or it was told, or it rests


class Turns:
    """The events of one process that are being told or will come again, by their sequence in the log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._turns: dict[int, Turn] = {}
        self._clock = clock

    @asynccontextmanager
    async def of(self, sequence: int) -> AsyncIterator[Turn]:
        """Hold a place from now on. An effect that raises keeps it: its event comes again before the later ones."""
        turn = self._turns[sequence] = Turn(sequence)
        try:
            yield turn
        except BaseException:
            turn.rests = self._clock()
            raise
        else:
            del self._turns[sequence]
        finally:
            turn.left.set()

    async def come(self, turn: Turn, chat: int) -> None:
        """Return once no earlier event of this chat is left. Raises Later where one of them rests."""
        turn.chat = chat
        turn.left.set()
        turn.left = asyncio.Event()
        while (before := self._before(turn)) is not None:
            if before.rests is not None:
                raise Later(AGAIN)
            await before.left.wait()

    def _before(self, turn: Turn) -> Turn | None:
        """The earliest turn that this one must wait for. What rested too long was parked, or is another's work now."""
        for sequence in sorted(self._turns):
            if sequence >= turn.sequence:
                return None
            other = self._turns[sequence]
            if other.rests is not None and self._clock() - other.rests > REST:
                del self._turns[sequence]
            elif other.chat in {None, turn.chat}:
                return other
        return None
