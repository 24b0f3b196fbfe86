"""The rule book of a job: which command is allowed when, and what each event changes.

Pure: no clock, no I/O, no randomness; what a rule needs to know comes in with the command.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from events import job as j
from events.wish import SeatPlan, Show, Wish, group_of


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


class Refusal(msgspec.Struct, frozen=True):
    """A command the rules do not allow now. Data, not an exception: people cause it every day."""

    why: str
    instead: str


Decision = list[j.Event] | Refusal

POSSIBLE = {
    Status.NONE: "check the id with `usher jobs`",
    Status.PENDING: "pause, change or cancel it",
    Status.WATCHING: "pause, change or cancel it",
    Status.BOOKING: "wait for the booking's end, or cancel before payment is sent",
    Status.AWAITING_INPUT: "change the wish, keep waiting, pause or cancel",
    Status.AWAITING_CONSENT: "accept or decline the seats, pause or cancel",
    Status.AWAITING_PAYMENT: "pay with the code, or cancel",
    Status.PAUSED: "resume, change or cancel it",
    Status.UNCERTAIN: "wait until the site's order history is read, or answer the question",
    Status.SUCCESS: "look at its ticket with `usher job show`",
    Status.FAILED: "create a new job",
    Status.CANCELLED: "create a new job",
    Status.EXPIRED: "create a new job",
}


def refuse(job: Job) -> Refusal:
    """The everyday no: the job's state does not allow it."""
    name = "no such job" if job.status is Status.NONE else f"the job is {job.status}"
    return Refusal(name, POSSIBLE[job.status])


def _create(c: j.CreateJob, job: Job) -> Decision:
    return [j.Created(user=c.user, wish=c.wish, watch_until=c.watch_until)]


def _start_watching(c: j.StartWatching, job: Job) -> Decision:
    return [j.WatchStarted(group=c.group)]


def _detect(c: j.DetectTickets, job: Job) -> Decision:
    if c.wish != job.wish:
        return Refusal("the wish changed meanwhile", "look again")
    fresh = tuple(s for s in c.shows if job.rejected.get(s.show_id) != s.fingerprint())
    if not fresh or fresh == job.offers:  # nothing new: the booker has this offer in its queue
        return []
    return [j.TicketsDetected(shows=fresh, look=c.look, seen_at=c.seen_at)]


def _mismatch(c: j.ReportMismatch, job: Job) -> Decision:
    if c.wish != job.wish:
        return Refusal("the wish changed meanwhile", "look again")
    if c.fingerprint == job.answered:
        return []
    return [
        j.PreferencesMismatched(missing=c.missing, on_sale=c.on_sale, fingerprint=c.fingerprint, look=c.look),
    ]


def _change(c: j.ChangePreferences, job: Job) -> Decision:
    return [j.PreferencesChanged(wish=c.wish, why=c.why, by=c.by, watch_until=c.watch_until)]


def _start_booking(c: j.StartBooking, job: Job) -> Decision:
    """Take the job; or continue it when the attempt that is named was left behind."""
    if job.status is Status.BOOKING and job.lease_until is not None and c.abandoned != job.attempt:
        return Refusal(f"{job.booker} is booking it", "wait for its end")
    if job.submitted:
        return Refusal("payment was sent and its outcome is unknown", "read the order history first")
    if job.status is Status.AWAITING_CONSENT:
        return refuse(job)
    show = job.consent_show if job.consented else next((s.show_id for s in job.open_offers), "")
    if not show:
        return Refusal("no show is left to try", "wait for the next look")
    return [j.BookingStarted(attempt=job.attempt + 1, show=show, booker=c.booker, lease_until=c.lease_until)]


def _own(attempt: int, job: Job) -> Refusal | None:
    """Fencing: only the attempt that holds the job may act, and not once its payment was sent."""
    if attempt != job.attempt:
        return Refusal(f"attempt {attempt} lost the job to attempt {job.attempt}", "stop and release the hold")
    return None


def _reject_show(c: j.RejectShow, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job):
        return no
    offer = job.offer(c.show)
    print_ = offer.fingerprint() if offer else ""
    return [j.ShowRejected(attempt=c.attempt, show=c.show, reason=c.reason, detail=c.detail, fingerprint=print_)]


def _unpaid(job: Job) -> Refusal | None:
    if job.submitted:
        return Refusal("payment was already sent", "read the order history first")
    return None


def _request_consent(c: j.RequestConsent, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job):
        return no
    offer = job.offer(c.show)
    print_ = offer.fingerprint() if offer else ""
    return [j.ConsentRequested(c.attempt, c.show, c.plan, c.deadline, print_, c.artifact)]


def _hold(c: j.HoldSeats, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job):
        return no
    show = job.offer(c.show)
    if job.wish and job.wish.cap is not None and c.amount > job.wish.cap.amount:
        return Refusal("the order's total is over this job's cap", "raise the cap or choose other seats")
    where = {"cinema": show.cinema, "film": show.film, "starts": show.starts} if show else {}
    return [
        j.SeatsHeld(c.attempt, c.show, c.plan, c.amount, c.currency, c.hold_ends, c.reference, **where)  # type: ignore[arg-type]
    ]


def _request_payment(c: j.RequestPayment, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job) or _price(c.amount, job):
        return no
    return [j.PaymentRequested(c.attempt, c.amount, c.currency, c.deadline, c.artifact)]


def _price(amount: int, job: Job) -> Refusal | None:
    if job.plan is None:
        return Refusal("no seats are held", "hold seats first")
    if amount != job.amount:
        return Refusal("the price is not the one that was held", "stop before paying")
    if job.wish is not None and job.wish.dry_run:
        return Refusal("this job is a rehearsal", "stop before paying")
    return None


def _submit(c: j.SubmitPayment, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job) or _price(c.amount, job):
        return no
    return [j.PaymentSubmitted(c.attempt, c.amount, c.currency, c.cards, c.reference)]


def _booked(c: j.ConfirmBooking | j.ReconcileBooked, job: Job) -> j.Booked:
    show = job.offer(job.held_show)
    starts = show.starts if show else (job.lease_until or datetime.min)
    film = show.film if show else (job.wish.film if job.wish else "")
    cinema = show.cinema if show else ""
    return j.Booked(
        attempt=c.attempt,
        confirmation=c.confirmation,
        show=job.held_show,
        film=film,
        cinema=cinema,
        starts=starts,
        seats=c.seats,
        amount=c.amount,
        currency=c.currency,
        artifact=c.artifact,
    )


def _confirm(c: j.ConfirmBooking, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    if not job.submitted and job.status is not Status.AWAITING_PAYMENT:
        return Refusal("no payment was sent", "submit it first")
    return [_booked(c, job)]


def _fail_booking(c: j.FailBooking, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    return [j.BookingFailed(c.attempt, c.reason, c.detail, c.watching)]


def _lose(c: j.LoseOutcome, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    if not job.submitted:
        return Refusal("no payment was sent", "start a new attempt")
    return [j.OutcomeUnknown(c.attempt, c.why, c.next_read)]


def _reconcile_booked(c: j.ReconcileBooked, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    return [j.Reconciled(c.attempt, "booked", c.source), _booked(c, job)]


def _reconcile_not(c: j.ReconcileNotBooked, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    return [j.Reconciled(c.attempt, "not_booked", c.source, c.detail)]


def _challenge(c: j.MeetChallenge, job: Job) -> Decision:
    if job.status is Status.BOOKING and (no := _own(c.attempt or 0, job) or _unpaid(job)):
        return no
    return [j.ChallengeMet(kind=c.kind, where=c.where, artifact=c.artifact)]


def _pause(c: j.PauseJob, job: Job) -> Decision:
    return [j.Paused(why=c.why, by=c.by)]


def _cancel(c: j.CancelJob, job: Job) -> Decision:
    if job.submitted:
        return Refusal("payment was already sent, so it cannot be cancelled here", "wait for the outcome")
    return [j.Cancelled(by=c.by, why=c.why)]


def _expire(c: j.ExpireJob, job: Job) -> Decision:
    return [j.Expired(why=c.why)]


# What may be said in which state, and by which rule: a command or state that is not here is refused.
RULES: dict[type[j.Order], tuple[frozenset[Status], Callable[[Any, Job], Decision]]] = {
    j.CreateJob: (frozenset({Status.NONE}), _create),
    j.StartWatching: (frozenset({Status.PENDING}), _start_watching),
    j.DetectTickets: (frozenset({Status.WATCHING, Status.AWAITING_INPUT}), _detect),
    j.ReportMismatch: (frozenset({Status.WATCHING}), _mismatch),
    j.ChangePreferences: (WAITING - {Status.AWAITING_CONSENT}, _change),
    j.KeepWaiting: (frozenset({Status.AWAITING_INPUT}), lambda c, _: [j.WatchResumed(by=c.by)]),
    j.StartBooking: (frozenset({Status.WATCHING, Status.BOOKING}), _start_booking),
    j.RejectShow: (frozenset({Status.BOOKING}), _reject_show),
    j.RequestConsent: (frozenset({Status.BOOKING}), _request_consent),
    j.GiveConsent: (frozenset({Status.AWAITING_CONSENT}), lambda c, _: [j.ConsentGiven(by=c.by)]),
    j.DeclineConsent: (frozenset({Status.AWAITING_CONSENT}), lambda c, _: [j.ConsentDeclined(by=c.by)]),
    j.ExpireConsent: (frozenset({Status.AWAITING_CONSENT}), lambda c, _: [j.ConsentExpired()]),
    j.HoldSeats: (frozenset({Status.BOOKING}), _hold),
    j.RequestPayment: (frozenset({Status.BOOKING}), _request_payment),
    j.SubmitPayment: (frozenset({Status.BOOKING}), _submit),
    j.ConfirmBooking: (TAKEN, _confirm),
    j.FailBooking: (TAKEN, _fail_booking),
    j.LoseOutcome: (TAKEN | {Status.UNCERTAIN}, _lose),
    j.ReconcileBooked: (frozenset({Status.UNCERTAIN}), _reconcile_booked),
    j.ReconcileNotBooked: (frozenset({Status.UNCERTAIN}), _reconcile_not),
    j.MeetChallenge: (frozenset({Status.WATCHING, Status.BOOKING}), _challenge),
    j.PassChallenge: (frozenset({Status.PAUSED}), lambda c, _: [j.ChallengePassed(by=c.by)]),
    j.PauseJob: (WAITING - {Status.PAUSED}, _pause),
    j.ResumeJob: (frozenset({Status.PAUSED}), lambda c, _: [j.Resumed(by=c.by)]),
    j.CancelJob: (WAITING | TAKEN | {Status.UNCERTAIN}, _cancel),
    j.ExpireJob: (WAITING, _expire),
    j.FailJob: (WAITING, lambda c, _: [j.Failed(reason=c.reason)]),
}


def decide(command: j.Command, job: Job) -> Decision:
    """Say what a command makes happen, or why it must not. An empty list means: nothing new."""
    states, rule = RULES[type(command)]
    return rule(command, job) if job.status in states else refuse(job)


def _to(job: Job, status: Status, **changes: Any) -> Job:
    return msgspec.structs.replace(job, status=status, **changes)


def _watching(job: Job, **changes: Any) -> Job:
    """Back to watching: nothing is taken, held or asked any more."""
    cleared: dict[str, Any] = {"lease_until": None, "plan": None, "submitted": False, "consented": False, "offers": ()}
    return _to(job, Status.WATCHING, **(cleared | changes))


def _fold_watch(job: Job, event: j.Event) -> Job | None:
    match event:
        case j.Created(user=user, wish=wish, watch_until=until):
            return _to(job, Status.PENDING, user=user, wish=wish, watch_until=until, group=group_of(wish))
        case j.WatchStarted(group=group):
            return _to(job, Status.WATCHING, group=group)
        case j.WatchResumed() | j.Resumed() | j.ChallengePassed():
            return _watching(job, answered=job.asked or job.answered, challenge="")
        case j.TicketsDetected(shows=shows):
            return _watching(job, offers=shows)
        case j.PreferencesMismatched(fingerprint=asked):
            return _to(job, Status.AWAITING_INPUT, asked=asked)
        case j.PreferencesChanged(wish=wish, watch_until=until):
            kept = job.status if job.status in {Status.PENDING, Status.PAUSED} else Status.WATCHING
            fresh: dict[str, Any] = {"offers": (), "rejected": {}, "answered": "", "asked": ""}
            return _to(job, kept, wish=wish, watch_until=until, group=group_of(wish), **fresh)
        case j.ChallengeMet(kind=kind):
            return _to(_watching(job), Status.PAUSED, challenge=kind)
        case j.Paused():
            return _to(job, Status.PAUSED)
        case j.Cancelled():
            return _to(job, Status.CANCELLED, lease_until=None)
        case j.Expired():
            return _to(job, Status.EXPIRED)
        case j.Failed():
            return _to(job, Status.FAILED)
    return None


def _fold_consent(job: Job, event: j.Event) -> Job | None:
    match event:
        case j.ConsentRequested(show=show, plan=plan, fingerprint=print_):
            asked: dict[str, Any] = {"consent": plan, "consent_show": show, "consent_print": print_}
            return _to(job, Status.AWAITING_CONSENT, lease_until=None, **asked)
        case j.ConsentGiven():
            return _to(job, Status.BOOKING, consented=True, lease_until=None)
        case j.ConsentDeclined() | j.ConsentExpired():
            return _watching(job, consent=None, rejected=job.rejected | {job.consent_show: job.consent_print})
    return None


def evolve(job: Job, event: j.Event) -> Job:
    """Fold one event. Total and without opinion: what has happened is never refused."""
    folded = _fold_watch(job, event) or _fold_consent(job, event)
    if folded is not None:
        return folded
    match event:
        case j.BookingStarted(attempt=attempt, booker=booker, lease_until=until):
            return _to(job, Status.BOOKING, attempt=attempt, booker=booker, lease_until=until, plan=None)
        case j.ShowRejected(show=show, fingerprint=print_):
            return _to(job, job.status, rejected=job.rejected | {show: print_}, plan=None)
        case j.SeatsHeld(show=show, plan=plan, amount=amount, currency=currency, reference=reference):
            held: dict[str, Any] = {"held_show": show, "plan": plan, "amount": amount, "currency": currency}
            return _to(job, Status.BOOKING, reference=reference, **held)
        case j.PaymentRequested():
            return _to(job, Status.AWAITING_PAYMENT)
        case j.PaymentSubmitted():
            return _to(job, Status.BOOKING, submitted=True)
        case j.Booked(confirmation=confirmation, amount=amount):
            return _to(job, Status.SUCCESS, confirmation=confirmation, amount=amount, lease_until=None)
        case j.BookingFailed(watching=watching):
            back = _watching(job, failures=job.failures + 1)
            return back if watching else _to(back, Status.PAUSED)
        case j.OutcomeUnknown():
            return _to(job, Status.UNCERTAIN, lease_until=None)
        case j.Reconciled(outcome=outcome):
            return job if outcome == "booked" else _watching(job, failures=job.failures + 1)
    return _never(event)


def _never(event: Any) -> Job:
    raise AssertionError(f"no fold for {type(event).__name__}")


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
