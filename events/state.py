"""What a rule may ask about a job: its states, the drawn diagram between them, and its events folded."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from events.job import Event
from events.wish import SeatPlan, Show, Wish


class Status(enum.StrEnum):
    """Where a job stands; the last five are final."""

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
    REHEARSED = "REHEARSED"


FINAL = frozenset({Status.SUCCESS, Status.FAILED, Status.CANCELLED, Status.EXPIRED, Status.REHEARSED})
TAKEN = frozenset({Status.BOOKING, Status.AWAITING_PAYMENT})
WAITING = frozenset({Status.PENDING, Status.WATCHING, Status.AWAITING_INPUT, Status.AWAITING_CONSENT, Status.PAUSED})


class Told(msgspec.Struct, frozen=True):
    """What the person said about an outcome that usher cannot read."""

    booked: bool
    number: str = ""


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
    votes: dict[str, str] = {}  # user id → yes, no or other
    deadline: datetime | None = None  # of the open question: consent or payment by code
    unanswered: bool = False  # paused because nobody answered a question
    plan: SeatPlan | None = None
    held_show: str = ""
    held_map: str | None = None
    amount: int = 0
    currency: str = "INR"
    reference: str = ""
    submitted: bool = False
    requested: bool = False  # a code to pay was shown: it may be paid at any moment, and after its deadline too
    claimed: bool = False
    cancelling: str = ""  # who gave the payment by code up
    withdrawn: bool = False
    asked_outcome: bool = False
    told: Told | None = None
    failures: int = 0
    challenge: str = ""
    confirmation: str = ""

    @property
    def exposed(self) -> bool:
        """Whether money may have gone, or may still go: nothing new is held or paid until the site has told."""
        return self.submitted or self.requested

    @property
    def electorate(self) -> frozenset[str]:
        """Who may answer a question about poor seats."""
        return frozenset({self.user, *(self.wish.voters if self.wish else ())})

    @property
    def open_offers(self) -> tuple[Show, ...]:
        """The offers that are still worth trying, best first."""
        return tuple(show for show in self.offers if not self.tried(show))

    def tried(self, show: Show) -> bool:
        """Whether the show was tried in vain, and still looks as it did then."""
        return show.show_id in self.rejected and self.rejected[show.show_id] == show.fingerprint()

    def offer(self, show_id: str) -> Show | None:
        """The offered show of that id."""
        return next((s for s in self.offers if s.show_id == show_id), None)


POSSIBLE = {
    Status.NONE: "check the id with `usher jobs`",
    Status.PENDING: "pause, change or cancel it",
    Status.WATCHING: "pause, change or cancel it",
    Status.BOOKING: "wait for the booking's end, or cancel before payment is sent",
    Status.AWAITING_INPUT: "change the wish, keep waiting, pause or cancel",
    Status.AWAITING_CONSENT: "accept or decline the seats, change the wish, pause or cancel",
    Status.AWAITING_PAYMENT: "pay with the code, say that it is paid, or cancel",
    Status.PAUSED: "resume, change or cancel it",
    Status.UNCERTAIN: "wait until the site's order history is read, or answer the question",
    Status.SUCCESS: "look at its ticket with `usher job show`",
    Status.FAILED: "create a new job",
    Status.CANCELLED: "create a new job",
    Status.EXPIRED: "create a new job",
    Status.REHEARSED: "create the same job without --dry-run",
}


class Refusal(msgspec.Struct, frozen=True):
    """A command the rules do not allow now. Data, not an exception: people cause it every day.

    `code` is a stable name of the reason, for whoever tells it in another language; "" where only programs meet it.
    """

    why: str
    instead: str
    code: str = ""


Decision = list[Event] | Refusal


def refuse(job: Job) -> Refusal:
    """The everyday no: the job's state does not allow it."""
    name = "no such job" if job.status is Status.NONE else f"the job is {job.status}"
    return Refusal(name, POSSIBLE[job.status], f"state.{job.status}")


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
            Status.REHEARSED,
        }
    ),
    Status.AWAITING_INPUT: frozenset({Status.WATCHING, Status.PAUSED, Status.CANCELLED, Status.EXPIRED, Status.FAILED}),
    Status.AWAITING_CONSENT: frozenset(
        {Status.BOOKING, Status.WATCHING, Status.PAUSED, Status.CANCELLED, Status.EXPIRED, Status.FAILED}
    ),
    Status.AWAITING_PAYMENT: frozenset({Status.SUCCESS, Status.UNCERTAIN}),
    Status.PAUSED: frozenset({Status.WATCHING, Status.CANCELLED, Status.EXPIRED, Status.FAILED}),
    Status.UNCERTAIN: frozenset({Status.SUCCESS, Status.WATCHING}),
    Status.SUCCESS: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.REHEARSED: frozenset(),
}
