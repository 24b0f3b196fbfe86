"""Jobs, their timelines and their booking attempts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from events import job as j
from events.codec import Recorded
from events.wish import group_of

# The state an event leaves a job in; None: as it was. `events.lifecycle.evolve` says the same (tests compare them).
STATUS: dict[type[j.Fact], str | None] = {
    j.Created: "PENDING",
    j.WatchStarted: "WATCHING",
    j.WatchResumed: "WATCHING",
    j.TicketsDetected: "WATCHING",
    j.PreferencesMismatched: "AWAITING_INPUT",
    j.PreferencesChanged: None,
    j.BookingStarted: "BOOKING",
    j.ShowRejected: None,
    j.ConsentRequested: "AWAITING_CONSENT",
    j.ConsentGiven: "BOOKING",
    j.ConsentDeclined: "WATCHING",
    j.ConsentExpired: "WATCHING",
    j.SeatsHeld: "BOOKING",
    j.PaymentRequested: "AWAITING_PAYMENT",
    j.PaymentSubmitted: "BOOKING",
    j.Booked: "SUCCESS",
    j.BookingFailed: None,
    j.OutcomeUnknown: "UNCERTAIN",
    j.Reconciled: None,
    j.ChallengeMet: "PAUSED",
    j.ChallengePassed: "WATCHING",
    j.Paused: "PAUSED",
    j.Resumed: "WATCHING",
    j.Cancelled: "CANCELLED",
    j.Expired: "EXPIRED",
    j.Failed: "FAILED",
}


def on_event(db: sqlite3.Connection, record: Recorded) -> None:
    """Write what every event writes: the timeline and the job's state; then what this one adds."""
    event, job_id = record.event, record.key
    body = msgspec.json.encode(event).decode()
    row = (job_id, record.sequence, record.event_id, record.name, _at(record), record.actor, record.causation, body)
    db.execute("INSERT OR REPLACE INTO timeline VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    if isinstance(event, j.Created):
        on_created(db, record, event)
        return
    db.execute(
        """
        UPDATE jobs
           SET status = coalesce(:status, status), updated_at = :at, last_sequence = :sequence
         WHERE job_id = :job_id
        """,
        {"status": STATUS[type(event)], "at": _at(record), "sequence": record.sequence, "job_id": job_id},
    )
    if more := ADDS.get(type(event)):
        more(db, job_id, event)


def _at(record: Recorded) -> str:
    return record.time.isoformat()


def on_created(db: sqlite3.Connection, record: Recorded, event: j.Created) -> None:
    db.execute(
        """
        INSERT OR REPLACE INTO jobs
               (job_id, user, status, film, city, watch_group, wish, watch_from, watch_until,
                created_at, updated_at, last_sequence)
        VALUES (:job_id, :user, 'PENDING', :film, :city, :watch_group, :wish, :watch_from, :watch_until,
                :at, :at, :sequence)
        """,
        {
            "job_id": record.key,
            "user": event.user,
            "film": event.wish.film,
            "city": event.wish.city,
            "watch_group": group_of(event.wish),
            "wish": msgspec.json.encode(event.wish).decode(),
            "watch_from": event.wish.watch_from.isoformat() if event.wish.watch_from else None,
            "watch_until": event.watch_until.isoformat(),
            "at": _at(record),
            "sequence": record.sequence,
        },
    )


def on_preferences_changed(db: sqlite3.Connection, job_id: str, event: j.PreferencesChanged) -> None:
    db.execute(
        """
        UPDATE jobs
           SET wish = :wish, film = :film, city = :city, watch_group = :watch_group, watch_until = :until,
               status = CASE WHEN status IN ('PENDING', 'PAUSED') THEN status ELSE 'WATCHING' END
         WHERE job_id = :job_id
        """,
        {
            "wish": msgspec.json.encode(event.wish).decode(),
            "film": event.wish.film,
            "city": event.wish.city,
            "watch_group": group_of(event.wish),
            "until": event.watch_until.isoformat(),
            "job_id": job_id,
        },
    )


def on_booking_started(db: sqlite3.Connection, job_id: str, event: j.BookingStarted) -> None:
    _attempt(db, job_id, event.attempt, "started", show=event.show)
    db.execute("UPDATE jobs SET attempt = ? WHERE job_id = ?", (event.attempt, job_id))


def _attempt(db: sqlite3.Connection, job_id: str, attempt: int, status: str, **more: Any) -> None:
    row = {"show": None, "seats": None, "amount": None, "confirmation": None} | more
    db.execute(
        """
        INSERT INTO bookings (job_id, attempt, status, show, seats, amount, confirmation)
        VALUES (:job_id, :attempt, :status, coalesce(:show, ''), :seats, :amount, :confirmation)
            ON CONFLICT (job_id, attempt) DO UPDATE
           SET status = :status, show = coalesce(:show, show), seats = coalesce(:seats, seats),
               amount = coalesce(:amount, amount), confirmation = coalesce(:confirmation, confirmation)
        """,
        {"job_id": job_id, "attempt": attempt, "status": status} | row,
    )


def on_seats_held(db: sqlite3.Connection, job_id: str, event: j.SeatsHeld) -> None:
    seats = ", ".join(event.plan.seats)
    _attempt(db, job_id, event.attempt, "held", show=event.show, seats=seats, amount=event.amount)
    db.execute(
        """
        UPDATE jobs
           SET show = :show, cinema = :cinema, starts = :starts, seats = :seats, score = :score,
               amount = :amount, currency = :currency, hold_ends = :ends
         WHERE job_id = :job_id
        """,
        {
            "show": event.show,
            "cinema": event.cinema,
            "starts": event.starts.isoformat() if event.starts else None,
            "seats": seats,
            "score": event.plan.score,
            "amount": event.amount,
            "currency": event.currency,
            "ends": event.hold_ends.isoformat(),
            "job_id": job_id,
        },
    )


def on_payment_submitted(db: sqlite3.Connection, job_id: str, event: j.PaymentSubmitted) -> None:
    _attempt(db, job_id, event.attempt, "submitted", amount=event.amount)


def on_booked(db: sqlite3.Connection, job_id: str, event: j.Booked) -> None:
    seats, number = ", ".join(event.seats), event.confirmation
    _attempt(db, job_id, event.attempt, "booked", seats=seats, amount=event.amount, confirmation=number)
    db.execute(
        """
        UPDATE jobs
           SET confirmation = :number, seats = :seats, amount = :amount, currency = :currency, show = :show,
               cinema = :cinema, starts = :starts, artifact = :artifact, reason = NULL
         WHERE job_id = :job_id
        """,
        {
            "number": number,
            "seats": seats,
            "amount": event.amount,
            "currency": event.currency,
            "show": event.show,
            "cinema": event.cinema,
            "starts": event.starts.isoformat(),
            "artifact": event.artifact,
            "job_id": job_id,
        },
    )


def on_booking_failed(db: sqlite3.Connection, job_id: str, event: j.BookingFailed) -> None:
    _attempt(db, job_id, event.attempt, "failed")
    status = "WATCHING" if event.watching else "PAUSED"
    reason = f"{event.reason}: {event.detail}" if event.detail else event.reason
    db.execute("UPDATE jobs SET status = ?, reason = ? WHERE job_id = ?", (status, reason, job_id))


def on_outcome_unknown(db: sqlite3.Connection, job_id: str, event: j.OutcomeUnknown) -> None:
    _attempt(db, job_id, event.attempt, "unknown")
    _reason(db, job_id, event.why)


def on_reconciled(db: sqlite3.Connection, job_id: str, event: j.Reconciled) -> None:
    if event.outcome == "not_booked":
        _attempt(db, job_id, event.attempt, "failed")
        db.execute("UPDATE jobs SET status = 'WATCHING' WHERE job_id = ?", (job_id,))


def _reason(db: sqlite3.Connection, job_id: str, reason: str | None) -> None:
    db.execute("UPDATE jobs SET reason = ? WHERE job_id = ?", (reason, job_id))


ADDS: dict[type[j.Fact], Callable[[sqlite3.Connection, str, Any], None]] = {
    j.PreferencesChanged: on_preferences_changed,
    j.BookingStarted: on_booking_started,
    j.SeatsHeld: on_seats_held,
    j.PaymentSubmitted: on_payment_submitted,
    j.Booked: on_booked,
    j.BookingFailed: on_booking_failed,
    j.OutcomeUnknown: on_outcome_unknown,
    j.Reconciled: on_reconciled,
    j.Resumed: lambda db, job_id, event: _reason(db, job_id, None),
    j.ChallengePassed: lambda db, job_id, event: _reason(db, job_id, None),
    j.Paused: lambda db, job_id, event: _reason(db, job_id, event.why),
    j.Cancelled: lambda db, job_id, event: _reason(db, job_id, event.why),
    j.Expired: lambda db, job_id, event: _reason(db, job_id, event.why),
    j.Failed: lambda db, job_id, event: _reason(db, job_id, event.reason),
    j.ChallengeMet: lambda db, job_id, event: _reason(db, job_id, f"{event.kind}: {event.where}"),
}
