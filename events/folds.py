"""What each event changes in a job's state. Pure and total: what has happened is never refused."""

from __future__ import annotations

from typing import Any

import msgspec

from events import job as j
from events.state import Job, Status, Told
from events.wish import group_of

NOTHING: dict[str, Any] = {
    "lease_until": None,
    "deadline": None,
    "unanswered": False,
    "offers": (),
    "consented": False,
    "votes": {},
    "plan": None,
    "held_map": None,
    "submitted": False,
    "requested": False,
    "claimed": False,
    "cancelling": "",
    "withdrawn": False,
    "asked_outcome": False,
    "told": None,
}


def _to(job: Job, status: Status, **changes: Any) -> Job:
    return msgspec.structs.replace(job, status=status, **changes)


def _watching(job: Job, **changes: Any) -> Job:
    """Back to watching: nothing is taken, held or asked any more."""
    return _to(job, Status.WATCHING, **(NOTHING | changes))


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
            fresh: dict[str, Any] = {"rejected": {}, "answered": "", "asked": "", "consent": None}
            return _to(_watching(job, **fresh), kept, wish=wish, watch_until=until, group=group_of(wish))
        case j.ChallengeMet(kind=kind):
            return _to(_watching(job), Status.PAUSED, challenge=kind)
        case j.Paused(by=by):
            return _to(job, Status.PAUSED, unanswered=by == "usher", deadline=None)
        case j.Cancelled():
            return _to(job, Status.CANCELLED, lease_until=None)
        case j.Expired():
            return _to(job, Status.EXPIRED)
        case j.Failed():
            return _to(job, Status.FAILED)
    return None


def _fold_consent(job: Job, event: j.Event) -> Job | None:
    match event:
        case j.ConsentRequested(show=show, plan=plan, fingerprint=print_, deadline=until):
            asked: dict[str, Any] = {"consent": plan, "consent_show": show, "consent_print": print_}
            return _to(job, Status.AWAITING_CONSENT, lease_until=None, deadline=until, votes={}, **asked)
        case j.ConsentVoted(by=by, yes=yes, other=other):
            return _to(job, job.status, votes=job.votes | {by: "yes" if yes else "other" if other else "no"})
        case j.ConsentGiven():
            return _to(job, Status.BOOKING, consented=True, lease_until=None, deadline=None)
        case j.ConsentDeclined() | j.ConsentExpired():
            left = job.offers if isinstance(event, j.ConsentDeclined) and event.other else ()
            rejected = job.rejected | {job.consent_show: job.consent_print}
            return _watching(job, consent=None, rejected=rejected, offers=left)
    return None


def _fold_payment(job: Job, event: j.Event) -> Job | None:
    match event:
        case j.PaymentRequested(deadline=until):
            return _to(job, Status.AWAITING_PAYMENT, requested=True, deadline=until)
        case j.PaymentClaimed():
            return _to(job, job.status, claimed=True)
        case j.PaymentSubmitted():
            return _to(job, Status.BOOKING, submitted=True)
        case j.CancelRequested(by=by):
            return _to(job, Status.UNCERTAIN, cancelling=by, deadline=None, lease_until=None)
        case j.OutcomeUnknown():
            return _to(job, Status.UNCERTAIN, lease_until=None, deadline=None, withdrawn=bool(job.cancelling))
        case j.OutcomeAsked():
            return _to(job, job.status, asked_outcome=True)
        case j.OutcomeTold(booked=booked, number=number):
            return _to(job, job.status, told=Told(booked, number))
        case j.Reconciled(outcome=outcome):
            return job if outcome == "booked" else _watching(job, failures=job.failures + 1)
    return None


def evolve(job: Job, event: j.Event) -> Job:
    """Fold one event. Total and without opinion: what has happened is never refused."""
    folded = _fold_watch(job, event) or _fold_consent(job, event) or _fold_payment(job, event)
    if folded is not None:
        return folded
    match event:
        case j.BookingStarted(attempt=attempt, booker=booker, lease_until=until):
            return _to(job, Status.BOOKING, attempt=attempt, booker=booker, lease_until=until, plan=None, held_map=None)
        case j.ShowRejected(show=show, fingerprint=print_):
            return _to(job, job.status, rejected=job.rejected | {show: print_}, plan=None)
        case j.SeatsHeld(show=show, plan=plan, amount=amount, currency=currency, reference=reference):
            held: dict[str, Any] = {"held_show": show, "plan": plan, "amount": amount, "currency": currency}
            return _to(job, Status.BOOKING, reference=reference, held_map=event.map, **held)
        case j.Rehearsed():
            return _to(job, Status.REHEARSED, lease_until=None, plan=None)
        case j.Booked(confirmation=confirmation, amount=amount):
            return _to(job, Status.SUCCESS, confirmation=confirmation, amount=amount, lease_until=None)
        case j.BookingFailed(reason=reason, watching=watching):
            # full halls are no failure: the wish goes on for as long as it is watched
            back = _watching(job, failures=job.failures + (reason != j.NO_SHOW_LEFT))
            return back if watching else _to(back, Status.PAUSED)
    return _never(event)


def _never(event: Any) -> Job:
    raise AssertionError(f"no fold for {type(event).__name__}")
