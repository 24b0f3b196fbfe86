"""What must hold after everything went wrong, counted from the cinema's books and the log, never from our own opinion.

I1 charges per job · I2 charges and bookings agree · I3 no hold is left open · I4 no event is lost · I5 the read
model is a fold of the log · I6 every job ends or waits · I7 each end was told · I8 no secret outside the vault.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from events import job as j
from events.codec import Recorded
from events.lifecycle import FINAL, Job, Status, evolve

WAITS = frozenset(
    {Status.PAUSED, Status.AWAITING_INPUT, Status.AWAITING_CONSENT, Status.AWAITING_PAYMENT, Status.WATCHING}
)
Books = dict[str, Any]


class Story(msgspec.Struct, frozen=True):
    """One job's history and what it folds to."""

    job_id: str
    events: tuple[Recorded, ...]
    job: Job

    @property
    def references(self) -> set[str]:
        """The site's numbers of this job's holds."""
        held = {record.event.reference for record in self.events if isinstance(record.event, j.SeatsHeld)}
        sent = {record.event.reference for record in self.events if isinstance(record.event, j.PaymentSubmitted)}
        return held | sent

    @property
    def booked(self) -> j.Booked | None:
        """Its booking, if it has one."""
        return next((record.event for record in self.events if isinstance(record.event, j.Booked)), None)


def story(job_id: str, events: Sequence[Recorded]) -> Story:
    """Fold one job's history."""
    job = Job()
    for record in events:
        job = evolve(job, record.event)
    return Story(job_id, tuple(events), job)


def stories(log: Iterable[Recorded]) -> list[Story]:
    """Every job of a log, in the order of their first events."""
    events: dict[str, list[Recorded]] = {}
    for record in log:
        events.setdefault(record.key, []).append(record)
    return [story(job_id, its) for job_id, its in events.items()]


def money(books: Books, jobs: Iterable[Story]) -> list[str]:
    """I1 and I2: every charge belongs to one job that says so, and every booked job to one charge."""
    wrong: list[str] = []
    number = {booking["transaction_id"]: booking["booking_id"] for booking in books["bookings"]}
    owner = {reference: one for one in jobs for reference in one.references}
    charged: Counter[str] = Counter()
    for charge in books["charges"]:
        booking = number.get(charge["transaction_id"], "")
        one = owner.get(booking)
        if one is None:
            wrong.append(f"I1: charge {charge['charge_id']} (booking {booking}) belongs to no job")
            continue
        charged[one.job_id] += 1
        if one.booked is None:
            wrong.append(f"I2: {one.job_id} was charged and is {one.job.status}")
        elif (one.booked.confirmation, one.booked.amount) != (booking, charge["amount_minor"]):
            said = f"{one.booked.confirmation} for {one.booked.amount}"
            wrong.append(f"I2: {one.job_id} says {said}, charged was {booking} for {charge['amount_minor']}")
    wrong += [f"I1: {job_id} was charged {times} times" for job_id, times in charged.items() if times > 1]
    for one in owner.values():
        if one.booked is not None and not charged[one.job_id]:
            wrong.append(f"I2: {one.job_id} says it is booked and nothing was charged")
    return sorted(set(wrong))


def holds(books: Books) -> Counter[str]:
    """I3: how the holds ended: booked, released, lapsed; `held` are still open."""
    return Counter(hold["status"] for hold in books["holds"])


def ends(jobs: Iterable[Story]) -> list[str]:
    """I6: who neither ended nor waits."""
    return [f"I6: {s.job_id} is {s.job.status}" for s in jobs if s.job.status not in FINAL | WAITS]


def told(outbox: Path, jobs: Iterable[Story]) -> list[str]:
    """I7: each booking was told exactly once."""
    wrong: list[str] = []
    with sqlite3.connect(outbox) as db:
        for one in jobs:
            ids = [record.event_id for record in one.events if isinstance(record.event, j.Booked)]
            for event_id in ids:
                times = db.execute("SELECT count(*) FROM chat WHERE message_id = ?", (event_id,)).fetchone()[0]
                if times != 1:
                    wrong.append(f"I7: the booking of {one.job_id} was told {times} times")
    return wrong


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a read model but its positions, sorted."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
            if name != "checkpoints" and not name.startswith("sqlite_")
        }


def differing(live: Path, rebuilt: Path) -> list[str]:
    """I5: tables that differ."""
    ours, anew = tables(live), tables(rebuilt)
    return [f"I5: table {name} differs from a rebuild" for name in anew if ours.get(name) != anew[name]]


def leaks(secrets: Sequence[str], places: Iterable[Path]) -> list[str]:
    """I8: files that hold a secret in plain text."""
    wrong: list[str] = []
    for path in places:
        if path.is_file():
            text = path.read_bytes()
            wrong += [f"I8: {path.name} holds a secret" for secret in secrets if secret.encode() in text]
    return sorted(set(wrong))
