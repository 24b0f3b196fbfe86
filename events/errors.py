"""What can go wrong, as a tree; every text says what was wrong, what is allowed and what to do next.

UsherError              something a person can act on; its text is safe to show
├── BadInput            a value that cannot be taken; names the field
├── NotFound            an id or name that nobody knows
├── NotAllowed          somebody asked who may not
├── TooMany             somebody asks more often than a person does
├── Conflict            somebody else appended first; reload and decide again
├── OutcomeUnknown      a write whose answer was lost: it may be stored or not
├── Unavailable         NATS, the site or the disk is not there just now; try later
├── BrokenHistory       a history with a gap, or with an event that this version cannot read
├── StreamMismatch      a stream exists with settings that cannot be changed safely
└── ServerTooOld        the NATS server lacks what the log needs
"""

from __future__ import annotations


class UsherError(Exception):
    """Something a person can act on. The text is written for them and holds no secret."""


class BadInput(UsherError):
    """A value that cannot be taken. `field` names it as the person wrote it."""

    def __init__(self, field: str, wrong: str, allowed: str, example: str = "") -> None:
        self.field, self.wrong, self.allowed, self.example = field, wrong, allowed, example
        super().__init__(f"{field}: {wrong}. Allowed: {allowed}." + (f" Example: {example}." if example else ""))


class NotFound(UsherError):
    """An id or name that nobody knows, or that fits several."""


class NotAllowed(UsherError):
    """Whoever asks has no right to it. `code` names the reason, for whoever tells it in another language."""

    def __init__(self, text: str, code: str = "") -> None:
        self.code = code
        super().__init__(text)


class TooMany(UsherError):
    """More commands than a person gives; the text says how long to wait."""


class Conflict(UsherError):
    """The expected sequence was not the last one: another writer was faster. Nothing was stored."""


class OutcomeUnknown(UsherError):
    """The answer to a write was lost: it may be stored, now or later."""


class Unavailable(UsherError):
    """Something we need is not there now. Nothing was stored."""


class BrokenHistory(UsherError):
    """A history with a gap, or with an event that this version cannot read: no state can be folded from it. It must
    keep nobody else's work waiting."""


class StreamMismatch(UsherError):
    """A stream or bucket differs from its declaration in a way that would lose data or rights."""


class ServerTooOld(UsherError):
    """The NATS server is older than the floor."""
