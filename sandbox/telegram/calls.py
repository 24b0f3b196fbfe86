"""A record of the bot's calls, so that tests can count sends and edits."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 20_000


@dataclass(frozen=True)
class Call:
    """One call of the Bot API. `at`: unix seconds; `ms`: how long it took; `description`: the refusal's text."""

    seq: int
    at: float
    method: str
    chat: str
    message: str
    ms: float
    status: int
    ok: bool
    description: str
    fault: str


class Calls:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._last = 0

    def note(self, **said: Any) -> None:
        """Record one call."""
        self._last += 1
        self._calls.append(Call(seq=self._last, **said))

    def listed(self, after: int = 0, method: str = "", chat: str = "") -> list[dict[str, Any]]:
        """The calls after a number, of one method or chat where given."""
        return [
            asdict(call)
            for call in self._calls
            if call.seq > after and method.lower() in {"", call.method.lower()} and chat in {"", call.chat}
        ]

    def clear(self) -> None:
        """Forget the calls; numbers go on."""
        self._calls.clear()
