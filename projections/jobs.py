"""Jobs, their timelines and their booking attempts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from events import job as j
from events.wish import Money, group_of
from projections.line import Line

Columns = dict[str, object]  # what an event changes in its job's row
_encode = msgspec.json.Encoder().encode

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
    j.ConsentVoted: None,
    j.ConsentGiven: "BOOKING",
    j.ConsentDeclined: "WATCHING",
    j.ConsentExpired: "WATCHING",
    j.SeatsHeld: "BOOKING",
    j.PaymentRequested: "AWAITING_PAYMENT",
    j.PaymentClaimed: None,
    j.PaymentSubmitted: "BOOKING",
    j.Rehearsed: "REHEARSED",
    j.Booked: "SUCCESS",
    j.BookingFailed: None,
    j.OutcomeUnknown: "UNCERTAIN",
    j.OutcomeAsked: None,
    j.OutcomeTold: None,
    j.Reconciled: None,
    j.ChallengeMet: "PAUSED",
    j.ChallengePassed: "WATCHING",
    j.Paused: "PAUSED",
    j.Resumed: "WATCHING",
    j.CancelRequested: "UNCERTAIN",
    j.Cancelled: "CANCELLED",
    j.Expired: "EXPIRED",
    j.Failed: "FAILED",
}


def fold(db: sqlite3.Connection, lines: Sequence[Line]) -> None:
    """Write a batch of events: all their timeline rows at once, and each job's row once, as its last event left it."""
    timeline: list[tuple[object, ...]] = []
    born: dict[str, Columns] = {}
    changed: dict[str, Columns] = {}
    for line in lines:
        event, job_id, at, kind = line.event, line.key, line.at, type(line.event)
        body = _encode(event).decode()
        timeline.append((job_id, line.sequence, line.event_id, line.name, at, line.actor, line.causation, body))
        if kind is j.Created:
            born[job_id] = on_created(line, event, at)
            continue
        row = born.get(job_id)
        if row is None and (row := changed.get(job_id)) is None:
            row = changed[job_id] = {}
        if status := STATUS[kind]:
            row["status"] = status
        row["updated_at"], row["last_sequence"] = at, line.sequence
        if kind is j.PreferencesChanged:  # its state depends on the one before: that must be in the table first
            _create(db, born)
            _update(db, {job_id: changed.pop(job_id)} if job_id in changed else {})
            on_preferences_changed(db, job_id, event)
        elif more := ADDS.get(kind):
            row.update(more(db, job_id, event))
    _create(db, born)
    _update(db, changed)
    timeline.sort()  # neighbours in the table are written one after the other
    db.executemany("INSERT OR REPLACE INTO timeline VALUES (?, ?, ?, ?, ?, ?, ?, ?)", timeline)


def _update(db: sqlite3.Connection, changed: Mapping[str, Columns]) -> None:
    alike: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
    for job_id, row in changed.items():
        alike.setdefault(tuple(row), []).append((*row.values(), job_id))
    for columns, rows in alike.items():
        db.executemany(f"UPDATE jobs SET {', '.join(f'{c} = ?' for c in columns)} WHERE job_id = ?", rows)


def _create(db: sqlite3.Connection, born: dict[str, Columns]) -> None:
    """Write the rows of new jobs with all that happened to them since, and forget that they are to be written."""
    alike: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
    for row in born.values():
        alike.setdefault(tuple(row), []).append(tuple(row.values()))
    for columns, rows in alike.items():
        places = ", ".join("?" * len(columns))
        db.executemany(f"INSERT OR REPLACE INTO jobs ({', '.join(columns)}) VALUES ({places})", rows)
    born.clear()


def on_created(line: Line, event: j.Created, at: str) -> Columns:
    wish = event.wish
    return {
        "job_id": line.key,
        "user": event.user,
        "status": "PENDING",
        "film": wish.film,
        "city": wish.city,
        "watch_group": group_of(wish),
        "wish": _encode(wish).decode(),
        "watch_from": wish.watch_from.isoformat() if wish.watch_from else None,
        "watch_until": event.watch_until.isoformat(),
        "created_at": at,
        "updated_at": at,
        "last_sequence": line.sequence,
    }


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


def on_booking_started(db: sqlite3.Connection, job_id: str, event: j.BookingStarted) -> Columns:
    if event.left_over:
        _attempt(db, job_id, event.attempt - 1, "left_over")
    _attempt(db, job_id, event.attempt, "started", show=event.show)
    return {"attempt": event.attempt}


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


def on_seats_held(db: sqlite3.Connection, job_id: str, event: j.SeatsHeld) -> Columns:
    seats = ", ".join(event.plan.seats)
    _attempt(db, job_id, event.attempt, "held", show=event.show, seats=seats, amount=event.amount)
    return {
        "show": event.show,
        "cinema": event.cinema,
        "starts": event.starts.isoformat() if event.starts else None,
        "seats": seats,
        "score": event.plan.score,
        "amount": event.amount,
        "currency": event.currency,
        "hold_ends": event.hold_ends.isoformat(),
    }


def on_payment_requested(db: sqlite3.Connection, job_id: str, event: j.PaymentRequested) -> Columns:
    _attempt(db, job_id, event.attempt, "requested", amount=event.amount)
    return {}


def on_payment_submitted(db: sqlite3.Connection, job_id: str, event: j.PaymentSubmitted) -> Columns:
    _attempt(db, job_id, event.attempt, "submitted", amount=event.amount)
    return {}


def on_rehearsed(db: sqlite3.Connection, job_id: str, event: j.Rehearsed) -> Columns:
    _attempt(db, job_id, event.attempt, "rehearsed", amount=event.amount)
    paid = " and ".join(f"•••• {card.last4}" for card in event.cards) or "a code"
    return {"reason": f"rehearsal: {Money(event.amount, event.currency)} would have been paid with {paid}"}


def on_booked(db: sqlite3.Connection, job_id: str, event: j.Booked) -> Columns:
    seats, number = ", ".join(event.seats), event.confirmation
    _attempt(db, job_id, event.attempt, "booked", seats=seats, amount=event.amount, confirmation=number)
    return {
        "confirmation": number,
        "seats": seats,
        "amount": event.amount,
        "currency": event.currency,
        "show": event.show,
        "cinema": event.cinema,
        "starts": event.starts.isoformat(),
        "artifact": event.artifact,
        "reason": None,
    }


def on_booking_failed(db: sqlite3.Connection, job_id: str, event: j.BookingFailed) -> Columns:
    _attempt(db, job_id, event.attempt, "failed")
    reason = f"{event.reason}: {event.detail}" if event.detail else event.reason
    return {"status": "WATCHING" if event.watching else "PAUSED", "reason": reason}


def on_outcome_unknown(db: sqlite3.Connection, job_id: str, event: j.OutcomeUnknown) -> Columns:
    _attempt(db, job_id, event.attempt, "unknown")
    return {"reason": event.why}


def on_reconciled(db: sqlite3.Connection, job_id: str, event: j.Reconciled) -> Columns:
    if event.outcome != "not_booked":
        return {}
    _attempt(db, job_id, event.attempt, "failed")
    return {"status": "WATCHING"}


ADDS: dict[type[j.Fact], Callable[[sqlite3.Connection, str, Any], Columns]] = {
    j.BookingStarted: on_booking_started,
    j.SeatsHeld: on_seats_held,
    j.PaymentRequested: on_payment_requested,
    j.PaymentSubmitted: on_payment_submitted,
    j.Rehearsed: on_rehearsed,
    j.Booked: on_booked,
    j.BookingFailed: on_booking_failed,
    j.OutcomeUnknown: on_outcome_unknown,
    j.Reconciled: on_reconciled,
    j.Resumed: lambda db, job_id, event: {"reason": None},
    j.ChallengePassed: lambda db, job_id, event: {"reason": None},
    j.Paused: lambda db, job_id, event: {"reason": event.why},
    j.OutcomeAsked: lambda db, job_id, event: {"reason": event.why},
    j.CancelRequested: lambda db, job_id, event: {"reason": event.why},
    j.Cancelled: lambda db, job_id, event: {"reason": event.why},
    j.Expired: lambda db, job_id, event: {"reason": event.why},
    j.Failed: lambda db, job_id, event: {"reason": event.reason},
    j.ChallengeMet: lambda db, job_id, event: {"reason": f"{event.kind}: {event.where}"},
}
