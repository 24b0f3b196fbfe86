"""What may be asked of a job: every command, as data. Decided by events.lifecycle, never stored."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from events.spending import Budget
from events.wish import MaskedCard, SeatPlan, Show, Wish


class Order(msgspec.Struct, frozen=True):
    """A request to change one job. Decided, never stored."""


class CreateJob(Order, frozen=True):
    user: str
    wish: Wish
    watch_until: datetime


class StartWatching(Order, frozen=True):
    group: str


class DetectTickets(Order, frozen=True):
    """`wish` is the one that was matched: a job whose wish changed meanwhile refuses."""

    wish: Wish
    shows: tuple[Show, ...]
    look: str
    seen_at: datetime


class ReportMismatch(Order, frozen=True):
    wish: Wish
    missing: tuple[str, ...]
    on_sale: tuple[Show, ...]
    fingerprint: str
    look: str
    nearest: tuple[str, ...] = ()


class ChangePreferences(Order, frozen=True):
    wish: Wish
    why: str
    by: str
    watch_until: datetime


class KeepWaiting(Order, frozen=True):
    by: str


class StartBooking(Order, frozen=True):
    """Take the job, or take it over when `abandoned` is the attempt whose booker is gone."""

    booker: str
    lease_until: datetime
    abandoned: int | None = None


class RejectShow(Order, frozen=True):
    attempt: int
    show: str
    reason: str
    detail: str = ""


class RequestConsent(Order, frozen=True):
    attempt: int
    show: str
    plan: SeatPlan
    deadline: datetime
    artifact: str | None = None
    map: str | None = None


class GiveConsent(Order, frozen=True):
    by: str


class DeclineConsent(Order, frozen=True):
    """`other`: refuse these seats of this show, and try the other shows now."""

    by: str
    other: bool = False


class ExpireConsent(Order, frozen=True):
    pass


class HoldSeats(Order, frozen=True):
    attempt: int
    show: str
    plan: SeatPlan
    amount: int
    currency: str
    hold_ends: datetime
    reference: str
    map: str | None = None


class RequestPayment(Order, frozen=True):
    """`budget`: what it must fit into; None where the person set no limit."""

    attempt: int
    amount: int
    currency: str
    deadline: datetime
    artifact: str
    budget: Budget | None = None


class ClaimPayment(Order, frozen=True):
    by: str


class SubmitPayment(Order, frozen=True):
    """`budget`: as in RequestPayment."""

    attempt: int
    amount: int
    currency: str
    cards: tuple[MaskedCard, ...]
    reference: str
    budget: Budget | None = None


class Rehearse(Order, frozen=True):
    """Instead of SubmitPayment or RequestPayment in a dry run, under the same rules."""

    attempt: int
    amount: int
    currency: str
    cards: tuple[MaskedCard, ...] = ()
    budget: Budget | None = None


class ConfirmBooking(Order, frozen=True):
    """What the confirmation page or the order history says."""

    attempt: int
    confirmation: str
    seats: tuple[str, ...]
    amount: int
    currency: str
    artifact: str | None = None


class FailBooking(Order, frozen=True):
    attempt: int
    reason: str
    detail: str = ""
    watching: bool = True


class LoseOutcome(Order, frozen=True):
    attempt: int
    why: str
    next_read: datetime
    unreadable: bool = False


class AskOutcome(Order, frozen=True):
    attempt: int
    why: str
    artifact: str | None = None


class TellOutcome(Order, frozen=True):
    """The person's word on an outcome that the site does not let us read."""

    by: str
    booked: bool
    number: str = ""


class ReconcileBooked(Order, frozen=True):
    """The order history (or the person) shows the booking."""

    attempt: int
    source: Literal["order_history", "user"]
    confirmation: str
    seats: tuple[str, ...]
    amount: int
    currency: str
    artifact: str | None = None


class ReconcileNotBooked(Order, frozen=True):
    attempt: int
    source: Literal["order_history", "user"]
    detail: str = ""


class MeetChallenge(Order, frozen=True):
    """`attempt` is the booker's; None from a watcher."""

    kind: str
    where: str
    artifact: str | None = None
    attempt: int | None = None


class PassChallenge(Order, frozen=True):
    by: str


class PauseJob(Order, frozen=True):
    why: str
    by: str


class ResumeJob(Order, frozen=True):
    by: str


class CancelJob(Order, frozen=True):
    by: str
    why: str = ""


class ExpireJob(Order, frozen=True):
    why: str = "Watch period expired"


class FailJob(Order, frozen=True):
    reason: str


Command = (
    CreateJob
    | StartWatching
    | DetectTickets
    | ReportMismatch
    | ChangePreferences
    | KeepWaiting
    | StartBooking
    | RejectShow
    | RequestConsent
    | GiveConsent
    | DeclineConsent
    | ExpireConsent
    | HoldSeats
    | RequestPayment
    | ClaimPayment
    | SubmitPayment
    | Rehearse
    | ConfirmBooking
    | FailBooking
    | LoseOutcome
    | AskOutcome
    | TellOutcome
    | ReconcileBooked
    | ReconcileNotBooked
    | MeetChallenge
    | PassChallenge
    | PauseJob
    | ResumeJob
    | CancelJob
    | ExpireJob
    | FailJob
)
