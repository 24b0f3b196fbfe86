"""The rules of money: hold, pay, tell what came of it. Between a payment and the site's word nothing new is paid."""

from __future__ import annotations

from datetime import datetime

from events import job as j
from events import orders as o
from events import spending
from events.state import Decision, Job, Refusal, Status, refuse

HISTORY_FIRST = "read the order history first"


def own(attempt: int, job: Job) -> Refusal | None:
    """Fencing: only the attempt that holds the job may act."""
    if attempt != job.attempt:
        return Refusal(f"attempt {attempt} lost the job to attempt {job.attempt}", "stop and release the hold")
    return None


def unpaid(job: Job) -> Refusal | None:
    """Nothing new once a payment was sent or a code was shown."""
    return Refusal("a payment may have been made already", HISTORY_FIRST) if job.exposed else None


def hold(c: o.HoldSeats, job: Job) -> Decision:
    """Seats are held at a total that the cap allows."""
    if no := own(c.attempt, job) or unpaid(job):
        return no
    if job.wish and job.wish.cap is not None and c.amount > job.wish.cap.amount:
        return Refusal("the order's total is over this job's cap", "raise the cap or choose other seats")
    show = job.offer(c.show)
    return [
        j.SeatsHeld(
            attempt=c.attempt,
            show=c.show,
            plan=c.plan,
            amount=c.amount,
            currency=c.currency,
            hold_ends=c.hold_ends,
            reference=c.reference,
            cinema=show.cinema if show else "",
            film=show.film if show else "",
            starts=show.starts if show else None,
            map=c.map,
        )
    ]


def _payable(c: o.RequestPayment | o.SubmitPayment | o.Rehearse, job: Job) -> Refusal | None:
    """All that must hold before money may move, in a dry run too."""
    if no := own(c.attempt, job) or unpaid(job):
        return no
    if job.plan is None:
        return Refusal("no seats are held", "hold seats first")
    if c.amount != job.amount:
        return Refusal("the price is not the one that was held", "stop before paying")
    if c.budget is not None and (why := spending.excess(c.amount, c.budget)):
        return Refusal(why, spending.ways_on())
    return None


def _dry(job: Job) -> bool:
    return job.wish is not None and job.wish.dry_run


def request_payment(c: o.RequestPayment, job: Job) -> Decision:
    """Show the code. Decided before anybody sees it, as the click is."""
    if no := _payable(c, job):
        return no
    if _dry(job):
        return Refusal("this job is a rehearsal", "stop before paying")
    return [j.PaymentRequested(c.attempt, c.amount, c.currency, c.deadline, c.artifact)]


def claim(c: o.ClaimPayment, job: Job) -> Decision:
    """The person says that the code is paid: look at once."""
    if not job.requested:
        return Refusal("no code was shown: payment was sent with gift cards", HISTORY_FIRST, "no_code")
    return [] if job.claimed else [j.PaymentClaimed(c.by)]


def submit(c: o.SubmitPayment, job: Job) -> Decision:
    """The intent, before the irreversible click."""
    if no := _payable(c, job):
        return no
    if _dry(job):
        return Refusal("this job is a rehearsal", "stop before paying")
    return [j.PaymentSubmitted(c.attempt, c.amount, c.currency, c.cards, c.reference)]


def rehearse(c: o.Rehearse, job: Job) -> Decision:
    """The end of a dry run, where a payment would have been decided."""
    if no := _payable(c, job):
        return no
    if not _dry(job):
        return Refusal("this job is no rehearsal", "pay, or give the hold back")
    return [j.Rehearsed(c.attempt, c.amount, c.currency, c.cards)]


def _booked(c: o.ConfirmBooking | o.ReconcileBooked, job: Job) -> j.Booked:
    show = job.offer(job.held_show)
    return j.Booked(
        attempt=c.attempt,
        confirmation=c.confirmation,
        show=job.held_show,
        film=show.film if show else (job.wish.film if job.wish else ""),
        cinema=show.cinema if show else "",
        starts=show.starts if show else (job.lease_until or datetime.min),
        seats=c.seats,
        amount=c.amount,
        currency=c.currency,
        artifact=c.artifact,
        map=job.held_map,
    )


def confirm(c: o.ConfirmBooking, job: Job) -> Decision:
    """The confirmation page is proof, even where the outcome had been given up as unknown."""
    if no := own(c.attempt, job):
        return no
    if not job.exposed:
        return Refusal("no payment was sent", "submit it first")
    return [_booked(c, job)]


def fail(c: o.FailBooking, job: Job) -> Decision:
    """End the attempt without a booking. After a click only the site's own "not charged" leads here."""
    return own(c.attempt, job) or [j.BookingFailed(c.attempt, c.reason, c.detail, c.watching)]


def lose(c: o.LoseOutcome, job: Job) -> Decision:
    """Nobody knows (yet) what came of the payment."""
    if no := own(c.attempt, job):
        return no
    if not job.exposed:
        return Refusal("no payment was sent", "start a new attempt")
    return [j.OutcomeUnknown(c.attempt, c.why, c.next_read, c.unreadable)]


def ask_outcome(c: o.AskOutcome, job: Job) -> Decision:
    """Ask the person, once."""
    if no := own(c.attempt, job):
        return no
    return [] if job.asked_outcome else [j.OutcomeAsked(c.attempt, c.why, c.artifact)]


def tell_outcome(c: o.TellOutcome, job: Job) -> Decision:
    """The person's word is asked for only where the site gives none."""
    if not job.asked_outcome:
        return Refusal("the order history is being read", "wait: you are asked if it stays unreadable", "reading")
    if job.told is not None and (job.told.booked, job.told.number) == (c.booked, c.number):
        return []
    return [j.OutcomeTold(c.by, c.booked, c.number)]


def _told(source: str, booked: bool, job: Job) -> Refusal | None:
    if source == "user" and (job.told is None or job.told.booked is not booked):
        return Refusal("the person did not say so", HISTORY_FIRST)
    return None


def reconcile_booked(c: o.ReconcileBooked, job: Job) -> Decision:
    """A ticket that was paid is never lost, not even by a cancel that came after it."""
    if no := own(c.attempt, job) or _told(c.source, True, job):
        return no
    if not job.exposed:
        return refuse(job)
    detail = "it was paid before the cancel took effect" if job.cancelling else ""
    return [j.Reconciled(c.attempt, "booked", c.source, detail), _booked(c, job)]


def reconcile_not_booked(c: o.ReconcileNotBooked, job: Job) -> Decision:
    """Not paid: watching goes on, except where a person let a code lapse (seats are not held for nobody again and
    again) or gave it up."""
    if no := own(c.attempt, job) or _told(c.source, False, job):
        return no
    reconciled = j.Reconciled(c.attempt, "not_booked", c.source, c.detail)
    if job.cancelling:
        return [reconciled, j.Cancelled(by=job.cancelling, why="the code was not paid")]
    if job.requested:
        late = "nobody paid with the code in time; the site sends back what is paid later"
        return [reconciled, j.BookingFailed(c.attempt, "not_paid", late, watching=False)]
    return [reconciled]


def cancel(c: o.CancelJob, job: Job) -> Decision:
    """At once where no money is under way; a payment by code is first withdrawn and looked for."""
    if job.submitted:
        return Refusal("payment was already sent, so it cannot be cancelled here", "wait for the outcome", "paid")
    if job.requested:
        return [] if job.cancelling else [j.CancelRequested(by=c.by, why=c.why)]
    if job.status is Status.UNCERTAIN:
        return refuse(job)
    return [j.Cancelled(by=c.by, why=c.why)]
