"""The rule book of a job: which command is allowed when (`decide`), and what each event changes (`evolve`).

Pure: no clock, no I/O, no randomness; what a rule needs to know comes in with the command.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from events import consents, payments
from events import job as j
from events import orders as o
from events.folds import evolve
from events.payments import own, unpaid
from events.state import DIAGRAM, FINAL, POSSIBLE, TAKEN, WAITING, Decision, Job, Refusal, Status, refuse

__all__ = ["DIAGRAM", "FINAL", "RULES", "TAKEN", "WAITING", "Decision", "Job", "Refusal", "Status", "decide", "evolve"]
MOST_SHOWS = 20  # of one offer


def _create(c: o.CreateJob, job: Job) -> Decision:
    return [j.Created(user=c.user, wish=c.wish, watch_until=c.watch_until)]


def _start_watching(c: o.StartWatching, job: Job) -> Decision:
    return [j.WatchStarted(group=c.group)]


def _detect(c: o.DetectTickets, job: Job) -> Decision:
    if c.wish != job.wish:
        return Refusal("the wish changed meanwhile", "look again")
    # cut after what was tried is left out: the best twenty, once they are full, must not hide the others
    fresh = tuple(islice((show for show in c.shows if not job.tried(show)), MOST_SHOWS))
    if not fresh or fresh == job.offers:  # nothing new: the booker has this offer in its queue
        return []
    return [j.TicketsDetected(shows=fresh, look=c.look, seen_at=c.seen_at)]


def _mismatch(c: o.ReportMismatch, job: Job) -> Decision:
    if c.wish != job.wish:
        return Refusal("the wish changed meanwhile", "look again")
    if c.fingerprint == job.answered:
        return []
    return [j.PreferencesMismatched(c.missing, c.on_sale, c.fingerprint, c.look, c.nearest)]


def _change(c: o.ChangePreferences, job: Job) -> Decision:
    changed = j.PreferencesChanged(wish=c.wish, why=c.why, by=c.by, watch_until=c.watch_until)
    return [changed, j.Resumed(by=c.by)] if _unanswered(job) else [changed]


def _unanswered(job: Job) -> bool:
    """A late answer to the question that paused the job sets it going again."""
    return job.status is Status.PAUSED and job.unanswered


def _keep_waiting(c: o.KeepWaiting, job: Job) -> Decision:
    if job.status is Status.AWAITING_INPUT:
        return [j.WatchResumed(by=c.by)]
    return [j.Resumed(by=c.by)] if _unanswered(job) else refuse(job)


def _start_booking(c: o.StartBooking, job: Job) -> Decision:
    """Take the job; or continue it when the attempt that is named was left behind."""
    if job.status is Status.BOOKING and job.lease_until is not None and c.abandoned != job.attempt:
        return Refusal(f"{job.booker} is booking it", "wait for its end")
    if no := unpaid(job):
        return no
    show = job.consent_show if job.consented else next((s.show_id for s in job.open_offers), "")
    if not show:
        return Refusal("no show is left to try", "wait for the next look")
    left = job.reference if job.status is Status.BOOKING and job.plan is not None else ""
    return [j.BookingStarted(job.attempt + 1, show, c.booker, c.lease_until, left)]


def _reject_show(c: o.RejectShow, job: Job) -> Decision:
    if no := own(c.attempt, job) or unpaid(job):
        return no
    offer = job.offer(c.show)
    print_ = offer.fingerprint() if offer else ""
    return [j.ShowRejected(attempt=c.attempt, show=c.show, reason=c.reason, detail=c.detail, fingerprint=print_)]


def _challenge(c: o.MeetChallenge, job: Job) -> Decision:
    if job.status is Status.BOOKING and (no := own(c.attempt or 0, job) or unpaid(job)):
        return no
    return [j.ChallengeMet(kind=c.kind, where=c.where, artifact=c.artifact)]


def _pass_challenge(c: o.PassChallenge, job: Job) -> Decision:
    if not job.challenge:
        return Refusal("no challenge is open", POSSIBLE[job.status], "no_challenge")
    return [j.ChallengePassed(by=c.by)]


def _pause(c: o.PauseJob, job: Job) -> Decision:
    return [j.Paused(why=c.why, by=c.by)]


def _expire(c: o.ExpireJob, job: Job) -> Decision:
    return [j.Expired(why=c.why)]


# What may be said in which state, and by which rule: a command or state that is not here is refused.
RULES: dict[type[o.Order], tuple[frozenset[Status], Callable[[Any, Job], Decision]]] = {
    o.CreateJob: (frozenset({Status.NONE}), _create),
    o.StartWatching: (frozenset({Status.PENDING}), _start_watching),
    o.DetectTickets: (frozenset({Status.WATCHING, Status.AWAITING_INPUT}), _detect),
    o.ReportMismatch: (frozenset({Status.WATCHING}), _mismatch),
    o.ChangePreferences: (WAITING, _change),
    o.KeepWaiting: (frozenset({Status.AWAITING_INPUT, Status.PAUSED}), _keep_waiting),
    o.StartBooking: (frozenset({Status.WATCHING, Status.BOOKING}), _start_booking),
    o.RejectShow: (frozenset({Status.BOOKING}), _reject_show),
    o.RequestConsent: (frozenset({Status.BOOKING}), consents.request),
    o.GiveConsent: (frozenset({Status.AWAITING_CONSENT}), consents.answer),
    o.DeclineConsent: (frozenset({Status.AWAITING_CONSENT}), consents.answer),
    o.ExpireConsent: (frozenset({Status.AWAITING_CONSENT}), lambda c, _: [j.ConsentExpired()]),
    o.HoldSeats: (frozenset({Status.BOOKING}), payments.hold),
    o.RequestPayment: (frozenset({Status.BOOKING}), payments.request_payment),
    o.ClaimPayment: (frozenset({Status.AWAITING_PAYMENT, Status.UNCERTAIN}), payments.claim),
    o.SubmitPayment: (frozenset({Status.BOOKING}), payments.submit),
    o.Rehearse: (frozenset({Status.BOOKING}), payments.rehearse),
    o.ConfirmBooking: (TAKEN | {Status.UNCERTAIN}, payments.confirm),
    o.FailBooking: (frozenset({Status.BOOKING}), payments.fail),
    o.LoseOutcome: (TAKEN | {Status.UNCERTAIN}, payments.lose),
    o.AskOutcome: (frozenset({Status.UNCERTAIN}), payments.ask_outcome),
    o.TellOutcome: (frozenset({Status.UNCERTAIN}), payments.tell_outcome),
    o.ReconcileBooked: (frozenset({Status.AWAITING_PAYMENT, Status.UNCERTAIN}), payments.reconcile_booked),
    o.ReconcileNotBooked: (frozenset({Status.UNCERTAIN}), payments.reconcile_not_booked),
    o.MeetChallenge: (frozenset({Status.WATCHING, Status.BOOKING}), _challenge),
    o.PassChallenge: (frozenset({Status.PAUSED}), _pass_challenge),
    o.PauseJob: (WAITING - {Status.PAUSED}, _pause),
    o.ResumeJob: (frozenset({Status.PAUSED}), lambda c, _: [j.Resumed(by=c.by)]),
    o.CancelJob: (WAITING | TAKEN | {Status.UNCERTAIN}, payments.cancel),
    o.ExpireJob: (WAITING, _expire),
    o.FailJob: (WAITING, lambda c, _: [j.Failed(reason=c.reason)]),
}


def decide(command: o.Command, job: Job) -> Decision:
    """Say what a command makes happen, or why it must not. An empty list means: nothing new."""
    states, rule = RULES[type(command)]
    return rule(command, job) if job.status in states else refuse(job)
