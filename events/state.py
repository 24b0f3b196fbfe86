"""What a rule may ask about a job: its states, the drawn diagram between them, and its events folded."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from events.wish import SeatPlan, Show, Wish


class Status(enum.StrEnum):
    """Where a job stands; the last four are final."""

    NONE = "NONE"
    PENDING = "PENDING"
    WATCHING = "WATCHING"
    BOOKING = "BOOKING"
    AWAITING_INPUT = "AWAITING_INPUT"
    AWAITING_CONSENT = "AWAITING_CONSENT"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    PAUSED = "PAUSED"
    UNCERTAIN = "UNCERTAIN"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


FINAL = frozenset({Status.SUCCESS, Status.FAILED, Status.CANCELLED, Status.EXPIRED})
WAITING = frozenset({Status.PENDING, Status.WATCHING, Status.AWAITING_INPUT, Status.AWAITING_CONSENT, Status.PAUSED})
TAKEN = frozenset({Status.BOOKING, Status.AWAITING_PAYMENT})


class Job(msgspec.Struct, frozen=True):
    """All that a rule may ask about a job: its events, folded."""

    status: Status = Status.NONE
    user: str = ""
    wish: Wish | None = None
    group: str = ""
    watch_until: datetime | None = None
    offers: tuple[Show, ...] = ()
    rejected: dict[str, str] = {}  # show id → what it looked like when it was refused
    answered: str = ""  # fingerprint of the mismatch the person has seen
    asked: str = ""
    attempt: int = 0
    booker: str = ""
    lease_until: datetime | None = None
    consent: SeatPlan | None = None
    consent_show: str = ""
    consent_print: str = ""
    consented: bool = False
    plan: SeatPlan | None = None
    held_show: str = ""
    amount: int = 0
    currency: str = "INR"
    reference: str = ""
    submitted: bool = False
    failures: int = 0
    challenge: str = ""
    confirmation: str = ""

    @property
    def open_offers(self) -> tuple[Show, ...]:
        """The offers that are still worth trying, best first."""
        return tuple(s for s in self.offers if self.rejected.get(s.show_id) != s.fingerprint())

    def offer(self, show_id: str) -> Show | None:
        """The offered show of that id."""
        return next((s for s in self.offers if s.show_id == show_id), None)


# The drawn diagram: docs/architecture.md is generated from it and the model test walks it.
DIAGRAM: dict[Status, frozenset[Status]] = {
    Status.NONE: frozenset({Status.PENDING}),
    Status.PENDING: frozenset({Status.WATCHING, Status.PAUSED, Status.CANCELLED, Status.EXPIRED, Status.FAILED}),
    Status.WATCHING: frozenset(
        {
            Status.BOOKING,
            Status.AWAITING_INPUT,
            Status.PAUSED,
            Status.CANCELLED,
            Status.EXPIRED,
            Status.FAILED,
        }
    ),
    Status.BOOKING: frozenset(
        {
            Status.WATCHING,
            Status.AWAITING_CONSENT,
            Status.AWAITING_PAYMENT,
            Status.UNCERTAIN,
            Status.PAUSED,
            Status.SUCCESS,
            Status.CANCELLED,
        }
    ),
    Status.AWAITING_INPUT: frozenset({Status.WATCHING, Status.PAUSED, Status.CANCELLED, Status.EXPIRED, Status.FAILED}),
    Status.AWAITING_CONSENT: frozenset(
        {Status.BOOKING, Status.WATCHING, Status.PAUSED, Status.CANCELLED, Status.EXPIRED, Status.FAILED}
    ),
    Status.AWAITING_PAYMENT: frozenset(
        {Status.SUCCESS, Status.WATCHING, Status.PAUSED, Status.UNCERTAIN, Status.CANCELLED}
    ),
    Status.PAUSED: frozenset({Status.WATCHING, Status.CANCELLED, Status.EXPIRED, Status.FAILED}),
    Status.UNCERTAIN: frozenset({Status.SUCCESS, Status.WATCHING}),
    Status.SUCCESS: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}
