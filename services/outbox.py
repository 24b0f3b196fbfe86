"""What there is to tell, in one line an event, kept in a table: all that a machine without a chat shows."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from events import job as j
from events.codec import Recorded
from events.wish import CITY_ZONE, Money

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


class Outbox:
    """A SQLite table of all that was to be told, each event once: the chat's record, and its place without a bot."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._writer = ThreadPoolExecutor(1, "outbox")  # a commit waits for the disk: no other actor waits with it
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
        if await asyncio.get_running_loop().run_in_executor(self._writer, self._insert, row):
            log.info("message", user=message.user, job_id=message.job_id, kind=message.kind, text=message.text)

    def _insert(self, row: tuple[str | None, ...]) -> bool:
        return self._db.execute("INSERT OR IGNORE INTO chat VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount > 0

    def close(self) -> None:
        """Close the file."""
        self._writer.shutdown()
        self._db.close()


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
