"""What looks report, per group: only when the listing changed, or when the site could not be read."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from events.wish import Listing


class LookFact(msgspec.Struct, frozen=True, tag_field="event", forbid_unknown_fields=True):
    """Something a look found out about one group."""


class Seen(LookFact, frozen=True, tag="seen"):
    """The listing changed; the whole of it. `open` is False where the site says that nothing is on sale yet."""

    look: str
    group: str
    listing: Listing
    open: bool
    seen_at: datetime
    ms: int


class LookBlocked(LookFact, frozen=True, tag="blocked"):
    """The site does not want us now, or wants a person. `in_a_row` counts failed looks of the group."""

    look: str
    group: str
    kind: Literal["blocked", "rate_limited", "challenge", "down"]
    detail: str
    in_a_row: int


class LookUnreadable(LookFact, frozen=True, tag="unreadable"):
    """The page was there, but not in a shape we know."""

    look: str
    group: str
    detail: str
    in_a_row: int


LookEvent = Seen | LookBlocked | LookUnreadable
