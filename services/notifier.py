"""Tells people what happened to their jobs: reads the log and hands each event to the messenger that is joined."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any, Protocol

import msgspec
import structlog

from events import look as lk
from events.codec import Recorded
from events.settings import Settings
from events.store import EventStore
from services.alarms import Alarms, Notice
from services.buckets import Bucket
from services.outbox import Message, Outbox, text_of
from services.runtime import Delivery
from services.turns import Turns

log = structlog.get_logger()


class Kind(enum.StrEnum):
    """How loud an event is: a question must be answered, an ending is news, progress only shows in the card."""

    QUESTION = "question"
    ENDING = "ending"
    PROGRESS = "progress"


# By name, so that an event type which this table does not know is progress. `paused` and `booking_failed` are no
# news while the person did it themselves or watching goes on: see kind_of.
KINDS: dict[str, Kind] = {
    "consent_requested": Kind.QUESTION,
    "preferences_mismatched": Kind.QUESTION,
    "payment_requested": Kind.QUESTION,
    "challenge_met": Kind.QUESTION,
    "outcome_asked": Kind.QUESTION,
    "booked": Kind.ENDING,
    "failed": Kind.ENDING,
    "expired": Kind.ENDING,
    "booking_failed": Kind.ENDING,
    "paused": Kind.ENDING,
}


def kind_of(record: Recorded) -> Kind:
    """How loud this very event is."""
    event = record.event
    if getattr(event, "watching", False) or (record.name == "paused" and event.by != "usher"):
        return Kind.PROGRESS
    return KINDS.get(record.name, Kind.PROGRESS)


class News(msgspec.Struct, frozen=True):
    """One event of a job, to be told to its owner. The same `event_id` is told once."""

    event_id: str
    job_id: str
    user: str
    sequence: int
    name: str
    kind: Kind
    time: datetime
    event: Any = None


class Trouble(msgspec.Struct, frozen=True):
    """A group could not be looked at `times` times in a row; told once to each of its jobs."""

    event_id: str
    job_id: str
    user: str
    blocked: bool
    times: int
    detail: str


class Messenger(Protocol):
    """What brings news to people. Every call bears repetition and returns once its effect is durable, superseded by
    a newer one, or given up because the person cannot be reached. Raises Unavailable while the chat's server is away,
    Later where it must not be asked yet: then the broker brings the event again."""

    async def told(self, job_id: str) -> int | None:
        """The sequence of the job's last event that was told loudly; None where nothing was ever shown."""

    async def chat_of(self, user: str, job_id: str) -> int | None:
        """Where the job's news go; None where its owner has no chat."""

    async def tell(self, news: News) -> None:
        """Send what must ring, and bring the job's card up to date."""

    async def trouble(self, trouble: Trouble) -> None:
        """Say that a site cannot be looked at, and bring the card up to date."""

    async def alarm(self, notice: Notice) -> bool:
        """Tell usher's owner; False where they have no chat yet."""

    async def tick(self) -> None:
        """A quarter of a minute has passed: countdowns of questions, digests, cards whose last look is old."""


class Notifier:
    """Turns events into news. Without a messenger the outbox is all there is."""

    def __init__(
        self,
        store: EventStore,
        outbox: Outbox,
        watchlist: Bucket,
        settings: Settings,
        messenger: Messenger | None = None,
        alarms: Alarms | None = None,
    ) -> None:
        self._store, self._outbox, self._watchlist, self._settings = store, outbox, watchlist, settings
        self._messenger, self._turns, self._alarms = messenger, Turns(), alarms

    async def on_event(self, delivery: Delivery) -> None:
        """Tell the job's owner: quietly in the card, or loudly and then in the order of the log."""
        record = delivery.recorded
        if record is None:
            return
        kind = kind_of(record)
        if self._messenger is None or kind is Kind.PROGRESS:
            user = await self._write_down(record)
            if self._messenger is not None:
                await self._messenger.tell(_news(record, user, kind))
            return
        async with self._turns.of(record.sequence) as turn:
            user = await self._write_down(record)
            chat = await self._messenger.chat_of(user, record.key)
            if chat is None:
                return
            await self._turns.come(turn, chat)
            for missed in await self._missed(record):
                await self._messenger.tell(_news(missed, user, kind_of(missed)))
            await self._messenger.tell(_news(record, user, kind))

    async def _write_down(self, record: Recorded) -> str:
        """Put the event's line into the outbox; the job's owner."""
        user = (await self._store.load(record.key)).job.user or (
            await self._store.load(record.key, fresh=True)
        ).job.user
        told = text_of(record)
        if told is not None:
            kind, text, answers = told
            artifact = getattr(record.event, "artifact", None)
            await self._outbox.send(Message(record.event_id, user, record.key, kind, text, artifact, answers))
        return user

    async def _missed(self, record: Recorded) -> list[Recorded]:
        """The job's loud events before this one that were never told: they failed while another process lived."""
        assert self._messenger is not None
        told = await self._messenger.told(record.key)
        if told is None or record.previous <= told:
            return []
        between = (r for r in await self._store.history(record.key) if told < r.sequence < record.sequence)
        return [r for r in between if kind_of(r) is not Kind.PROGRESS]

    async def on_user_event(self, delivery: Delivery) -> None:
        """People's own changes need no message: they made them in the chat."""

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
            note = f"{record.event_id}-{job_id}"
            await self._outbox.send(Message(note, user, job_id, "blind", text))
            if self._messenger is not None:
                times, detail = record.event.in_a_row, record.event.detail
                await self._messenger.trouble(Trouble(note, job_id, user, blocked, times, detail))

    async def on_due(self, delivery: Delivery) -> None:
        """The broker's clocks: a look at the alarms, or the chat's."""
        if delivery.key == "alarms":
            if self._alarms is not None:
                await self._alarms.check(self._alarm)
        elif self._messenger is not None:
            await self._messenger.tick()

    async def _alarm(self, notice: Notice) -> bool:
        alarm = notice.alarm
        text = f"Over: {alarm.what}." if notice.over else f"Alarm: {alarm.what}. {alarm.instead}"
        await self._outbox.send(Message(notice.id, self._settings.user, "", "alarm", text))
        return self._messenger is None or await self._messenger.alarm(notice)


def _news(record: Recorded, user: str, kind: Kind) -> News:
    return News(record.event_id, record.key, user, record.sequence, record.name, kind, record.time, record.event)
