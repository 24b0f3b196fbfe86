"""The rule book of a job: which command is allowed when (`decide`), and what each event changes (`evolve`).

Pure: no clock, no I/O, no randomness; what a rule needs to know comes in with the command.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from events import job as j
from events import orders as o
from events.folds import evolve
from events.state import DIAGRAM, FINAL, TAKEN, WAITING, Job, Status

__all__ = ["DIAGRAM", "FINAL", "RULES", "TAKEN", "WAITING", "Decision", "Job", "Refusal", "Status", "decide", "evolve"]


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


def _create(c: o.CreateJob, job: Job) -> Decision:
    return [j.Created(user=c.user, wish=c.wish, watch_until=c.watch_until)]


def _start_watching(c: o.StartWatching, job: Job) -> Decision:
    return [j.WatchStarted(group=c.group)]


def _detect(c: o.DetectTickets, job: Job) -> Decision:
    if c.wish != job.wish:
        return Refusal("the wish changed meanwhile", "look again")
    fresh = tuple(s for s in c.shows if job.rejected.get(s.show_id) != s.fingerprint())
    if not fresh or fresh == job.offers:  # nothing new: the booker has this offer in its queue
        return []
    return [j.TicketsDetected(shows=fresh, look=c.look, seen_at=c.seen_at)]


def _mismatch(c: o.ReportMismatch, job: Job) -> Decision:
    if c.wish != job.wish:
        return Refusal("the wish changed meanwhile", "look again")
    if c.fingerprint == job.answered:
        return []
    return [
        j.PreferencesMismatched(missing=c.missing, on_sale=c.on_sale, fingerprint=c.fingerprint, look=c.look),
    ]


def _change(c: o.ChangePreferences, job: Job) -> Decision:
    return [j.PreferencesChanged(wish=c.wish, why=c.why, by=c.by, watch_until=c.watch_until)]


def _start_booking(c: o.StartBooking, job: Job) -> Decision:
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


def _reject_show(c: o.RejectShow, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job):
        return no
    offer = job.offer(c.show)
    print_ = offer.fingerprint() if offer else ""
    return [j.ShowRejected(attempt=c.attempt, show=c.show, reason=c.reason, detail=c.detail, fingerprint=print_)]


def _unpaid(job: Job) -> Refusal | None:
    if job.submitted:
        return Refusal("payment was already sent", "read the order history first")
    return None


def _request_consent(c: o.RequestConsent, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job):
        return no
    offer = job.offer(c.show)
    print_ = offer.fingerprint() if offer else ""
    return [j.ConsentRequested(c.attempt, c.show, c.plan, c.deadline, print_, c.artifact)]


def _hold(c: o.HoldSeats, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job):
        return no
    show = job.offer(c.show)
    if job.wish and job.wish.cap is not None and c.amount > job.wish.cap.amount:
        return Refusal("the order's total is over this job's cap", "raise the cap or choose other seats")
    where = {"cinema": show.cinema, "film": show.film, "starts": show.starts} if show else {}
    return [
        j.SeatsHeld(c.attempt, c.show, c.plan, c.amount, c.currency, c.hold_ends, c.reference, **where)  # type: ignore[arg-type]
    ]


def _request_payment(c: o.RequestPayment, job: Job) -> Decision:
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


def _submit(c: o.SubmitPayment, job: Job) -> Decision:
    if no := _own(c.attempt, job) or _unpaid(job) or _price(c.amount, job):
        return no
    return [j.PaymentSubmitted(c.attempt, c.amount, c.currency, c.cards, c.reference)]


def _booked(c: o.ConfirmBooking | o.ReconcileBooked, job: Job) -> j.Booked:
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


def _confirm(c: o.ConfirmBooking, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    if not job.submitted and job.status is not Status.AWAITING_PAYMENT:
        return Refusal("no payment was sent", "submit it first")
    return [_booked(c, job)]


def _fail_booking(c: o.FailBooking, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    return [j.BookingFailed(c.attempt, c.reason, c.detail, c.watching)]


def _lose(c: o.LoseOutcome, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    if not job.submitted:
        return Refusal("no payment was sent", "start a new attempt")
    return [j.OutcomeUnknown(c.attempt, c.why, c.next_read)]


def _reconcile_booked(c: o.ReconcileBooked, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    return [j.Reconciled(c.attempt, "booked", c.source), _booked(c, job)]


def _reconcile_not(c: o.ReconcileNotBooked, job: Job) -> Decision:
    if no := _own(c.attempt, job):
        return no
    return [j.Reconciled(c.attempt, "not_booked", c.source, c.detail)]


def _challenge(c: o.MeetChallenge, job: Job) -> Decision:
    if job.status is Status.BOOKING and (no := _own(c.attempt or 0, job) or _unpaid(job)):
        return no
    return [j.ChallengeMet(kind=c.kind, where=c.where, artifact=c.artifact)]


def _pause(c: o.PauseJob, job: Job) -> Decision:
    return [j.Paused(why=c.why, by=c.by)]


def _cancel(c: o.CancelJob, job: Job) -> Decision:
    if job.submitted:
        return Refusal("payment was already sent, so it cannot be cancelled here", "wait for the outcome")
    return [j.Cancelled(by=c.by, why=c.why)]


def _expire(c: o.ExpireJob, job: Job) -> Decision:
    return [j.Expired(why=c.why)]


# What may be said in which state, and by which rule: a command or state that is not here is refused.
RULES: dict[type[o.Order], tuple[frozenset[Status], Callable[[Any, Job], Decision]]] = {
    o.CreateJob: (frozenset({Status.NONE}), _create),
    o.StartWatching: (frozenset({Status.PENDING}), _start_watching),
    o.DetectTickets: (frozenset({Status.WATCHING, Status.AWAITING_INPUT}), _detect),
    o.ReportMismatch: (frozenset({Status.WATCHING}), _mismatch),
    o.ChangePreferences: (WAITING - {Status.AWAITING_CONSENT}, _change),
    o.KeepWaiting: (frozenset({Status.AWAITING_INPUT}), lambda c, _: [j.WatchResumed(by=c.by)]),
    o.StartBooking: (frozenset({Status.WATCHING, Status.BOOKING}), _start_booking),
    o.RejectShow: (frozenset({Status.BOOKING}), _reject_show),
    o.RequestConsent: (frozenset({Status.BOOKING}), _request_consent),
    o.GiveConsent: (frozenset({Status.AWAITING_CONSENT}), lambda c, _: [j.ConsentGiven(by=c.by)]),
    o.DeclineConsent: (frozenset({Status.AWAITING_CONSENT}), lambda c, _: [j.ConsentDeclined(by=c.by)]),
    o.ExpireConsent: (frozenset({Status.AWAITING_CONSENT}), lambda c, _: [j.ConsentExpired()]),
    o.HoldSeats: (frozenset({Status.BOOKING}), _hold),
    o.RequestPayment: (frozenset({Status.BOOKING}), _request_payment),
    o.SubmitPayment: (frozenset({Status.BOOKING}), _submit),
    o.ConfirmBooking: (TAKEN, _confirm),
    o.FailBooking: (TAKEN, _fail_booking),
    o.LoseOutcome: (TAKEN | {Status.UNCERTAIN}, _lose),
    o.ReconcileBooked: (frozenset({Status.UNCERTAIN}), _reconcile_booked),
    o.ReconcileNotBooked: (frozenset({Status.UNCERTAIN}), _reconcile_not),
    o.MeetChallenge: (frozenset({Status.WATCHING, Status.BOOKING}), _challenge),
    o.PassChallenge: (frozenset({Status.PAUSED}), lambda c, _: [j.ChallengePassed(by=c.by)]),
    o.PauseJob: (WAITING - {Status.PAUSED}, _pause),
    o.ResumeJob: (frozenset({Status.PAUSED}), lambda c, _: [j.Resumed(by=c.by)]),
    o.CancelJob: (WAITING | TAKEN | {Status.UNCERTAIN}, _cancel),
    o.ExpireJob: (WAITING, _expire),
    o.FailJob: (WAITING, lambda c, _: [j.Failed(reason=c.reason)]),
}


def decide(command: o.Command, job: Job) -> Decision:
    """Say what a command makes happen, or why it must not. An empty list means: nothing new."""
    states, rule = RULES[type(command)]
    return rule(command, job) if job.status in states else refuse(job)
