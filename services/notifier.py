"""Tells people what happened to their jobs: one message an event that matters, through whatever messenger is joined."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from events import job as j
from events import look as lk
from events.codec import Recorded
from events.settings import Settings
from events.store import EventStore
from events.wish import CITY_ZONE, Money
from services.buckets import Bucket
from services.runtime import Delivery

log = structlog.get_logger()


class Message(msgspec.Struct, frozen=True):
    """One message for a person. `message_id` is the id of the event it tells of: the same event is told once."""

    message_id: str
    user: str
    job_id: str
    kind: str
    text: str
    artifact: str | None = None
    answers: tuple[str, ...] = ()


class Messenger(Protocol):
    """What brings messages to people. Sending one message_id twice delivers it once."""

    async def send(self, message: Message) -> None: ...


class Outbox:
    """A messenger into a SQLite table: what the chat will show, readable by whoever looks."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("""
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS chat (
                message_id TEXT PRIMARY KEY, user TEXT NOT NULL, job_id TEXT NOT NULL, kind TEXT NOT NULL,
                text TEXT NOT NULL, artifact TEXT, answers TEXT NOT NULL
            ) STRICT;
        """)

    async def send(self, message: Message) -> None:
        """Keep the message, once."""
        row = (*msgspec.structs.astuple(message)[:6], " · ".join(message.answers))
        new = self._db.execute("INSERT OR IGNORE INTO chat VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount
        if new:
            log.info("message", user=message.user, job_id=message.job_id, kind=message.kind, text=message.text)

    def close(self) -> None:
        """Close the file."""
        self._db.close()


class Notifier:
    """Turns events into messages."""

    def __init__(self, store: EventStore, messenger: Messenger, watchlist: Bucket, settings: Settings) -> None:
        self._store, self._messenger, self._watchlist, self._settings = store, messenger, watchlist, settings

    async def on_event(self, delivery: Delivery) -> None:
        """Tell the job's owner."""
        record = delivery.recorded
        told = text_of(record) if record else None
        if record is None or told is None:
            return
        user = (await self._store.load(record.key)).job.user or (
            await self._store.load(record.key, fresh=True)
        ).job.user
        kind, text, answers = told
        artifact = getattr(record.event, "artifact", None)
        await self._messenger.send(Message(record.event_id, user, record.key, kind, text, artifact, answers))

    async def on_user_event(self, delivery: Delivery) -> None:
        """People's own changes need no message yet."""

    async def on_look(self, delivery: Delivery) -> None:
        """A group that cannot be looked at: its users are told, once a row of failures."""
        record = delivery.recorded
        if record is None or record.event.in_a_row != self._settings.look_failures_told:
            return
        blocked = isinstance(record.event, lk.LookBlocked)
        what = "does not let us look" if blocked else "shows a page we cannot read"
        text = f"The site {what} ({record.event.detail}). {record.event.in_a_row} looks in a row; usher keeps trying."
        for key, value in (await self._watchlist.under(record.key)).items():
            job_id, user = key.rsplit(".", 1)[1], msgspec.json.decode(value)["user"]
            message_id = f"{record.event_id}-{job_id}"
            await self._messenger.send(Message(message_id, user, job_id, "blind", text))


def when(moment: datetime) -> str:
    """A moment as people of the city read it."""
    return f"{moment.astimezone(CITY_ZONE):%a %d %b, %H:%M}"


def text_of(record: Recorded) -> tuple[str, str, tuple[str, ...]] | None:
    """Kind, text and possible answers for an event, or None for one that nobody needs to hear of."""
    match record.event:
        case j.WatchStarted():
            return "watching", "Watching started.", ()
        case j.TicketsDetected(shows=shows):
            best = shows[0]
            return "detected", f"Tickets are on sale: {best.film}, {best.cinema}, {when(best.starts)}.", ()
        case j.BookingStarted(attempt=attempt):
            return "booking", f"Booking, attempt {attempt}.", ()
        case j.ConsentRequested(plan=plan, deadline=until):
            seats = ", ".join(plan.seats)
            text = (
                f"The best seats are poor: {seats} (score {plan.score:.2f}, {Money(plan.price)}). Until {when(until)}."
            )
            return "consent", text, ("Book anyway", "Keep watching")
        case j.PreferencesMismatched(missing=missing, on_sale=shows):
            offers = "; ".join(f"{s.cinema} {when(s.starts)} {s.language} {s.format}" for s in shows)
            text = f"On sale, but not as wished ({', '.join(missing)}): {offers}."
            return "mismatch", text, ("Keep waiting", "Change the wish", "Cancel")
        case j.Booked(film=film, cinema=cinema, starts=starts, seats=seats, amount=amount, confirmation=number):
            text = (
                f"Booked: {film}, {cinema}, {when(starts)}, seats {', '.join(seats)}, {Money(amount)}. Number {number}."
            )
            return "booked", text, ()
        case j.BookingFailed(reason=reason, detail=detail, watching=watching):
            on = "Watching goes on." if watching else "The job is paused: resume it when that is mended."
            return "failed", f"Booking failed: {reason}{f' ({detail})' if detail else ''}. {on}", ()
        case j.OutcomeUnknown() as lost:
            return "uncertain", f"Payment was sent; its outcome is unknown ({lost.why}). Reading the order history.", ()
        case j.ChallengeMet(kind=kind, where=where):
            return "challenge", f"The site wants a person ({kind}, {where}).", ("Done, go on",)
        case j.Paused(why=why):
            return "paused", f"Paused: {why}.", ("Resume",)
        case j.Cancelled() | j.Expired() | j.Failed() as end:
            return "ended", f"Ended: {getattr(end, 'why', '') or getattr(end, 'reason', '') or record.name}.", ()
    return None
