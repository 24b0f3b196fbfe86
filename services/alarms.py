"""Alarms as messages: each is told once when it has stood for a while, and once more when it is over.

What was told stands in the bucket `shown`, so that neither a restart nor a standby tells it again. An alarm that comes
and goes within its patience was none; one that ends and is back within a minute never ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
from nats.aio.client import Client

from events.settings import Clock
from services.buckets import Bucket
from services.status import Alarm, Status, status_of

MINUTE = timedelta(minutes=1)
# How long each must stand before somebody is told. A lost answer is mostly found in the order history within seconds;
# a look that fails is tried again by itself, and whoever wishes for the group is told after some looks in a row.
PATIENCE = {"uncertain": MINUTE, "actor": MINUTE, "lag": MINUTE, "parked": timedelta(), "blind": 10 * MINUTE}
CALM = MINUTE  # it must be away for so long before it is over
KEPT = timedelta(days=7)  # how long one that is over is remembered for the console
FROM_THE_READ_MODEL = {"uncertain", "blind"}


class Note(msgspec.Struct, frozen=True):
    """What is known of one alarm. It stands `since` then; `gone_at` is when it was first missed, `over_at` when its
    end was told."""

    alarm: Alarm
    since: datetime
    told_at: datetime | None = None
    gone_at: datetime | None = None
    over_at: datetime | None = None


class Notice(msgspec.Struct, frozen=True):
    """One message to usher's owner: an alarm that stands, or (`over`) its end. The same `id` is told once."""

    id: str
    alarm: Alarm
    since: datetime
    at: datetime
    over: bool = False


Tell = Callable[[Notice], Awaitable[bool]]


def after(note: Note | None, alarm: Alarm | None, now: datetime) -> tuple[Note | None, Notice | None]:
    """What is known after a look at the status (`alarm` None: it does not stand), and what is to be told. Pure."""
    if alarm is not None:
        if note is None or note.over_at is not None:
            note = Note(alarm, now)
        note = msgspec.structs.replace(note, alarm=alarm, gone_at=None)
        if note.told_at is None and now - note.since >= PATIENCE[alarm.name]:
            return msgspec.structs.replace(note, told_at=now), _notice(note, now, over=False)
        return note, None
    if note is None or note.told_at is None:
        return None, None
    if note.over_at is not None:
        return (note if now - note.over_at < KEPT else None), None
    gone = note.gone_at or now
    note = msgspec.structs.replace(note, gone_at=gone)
    if now - gone < CALM:
        return note, None
    return msgspec.structs.replace(note, over_at=now), _notice(note, gone, over=True)


def _notice(note: Note, at: datetime, over: bool) -> Notice:
    name = f"alarm-{note.alarm.key}-{note.since:%Y%m%dT%H%M%S%f}"
    return Notice(f"{name}-over" if over else name, note.alarm, note.since, at, over)


class Notes:
    """The notes in the bucket `shown`, by the alarms' keys."""

    def __init__(self, shown: Bucket) -> None:
        self._shown = shown

    async def all(self) -> dict[str, tuple[Note | None, int]]:
        """Key → note and revision; None where it was removed. Raises Unavailable."""
        found = await self._shown.entries("alarm.>")
        return {
            name.removeprefix("alarm."): (msgspec.json.decode(body, type=Note) if body else None, revision)
            for name, (body, revision) in found.items()
        }

    async def keep(self, key: str, note: Note | None, expected: int) -> int:
        """Write or remove one at that revision; the new one. Raises Conflict, Unavailable."""
        if note is not None:
            return await self._shown.put(f"alarm.{key}", msgspec.json.encode(note), expected)
        return await self._shown.delete(f"alarm.{key}", expected)


class Alarms:
    """Compares the status with what was told."""

    def __init__(self, nc: Client, shown: Bucket, now: Clock) -> None:
        self._nc, self._notes, self._now = nc, Notes(shown), now

    async def check(self, tell: Tell) -> None:
        """One round. `tell` sends one message; False: there is nobody to tell yet.

        Raises Unavailable, Conflict where another notifier was faster, and what `tell` raises.
        """
        found, known = await status_of(self._nc), await self._notes.all()
        stand = {alarm.key: alarm for alarm in found.alarms}
        for key in sorted({*known, *stand}):
            if not _unknown(found, key):
                note, revision = known.get(key, (None, 0))
                await self._one(tell, key, note, stand.get(key), revision)

    async def _one(self, tell: Tell, key: str, note: Note | None, alarm: Alarm | None, revision: int) -> None:
        """Note first, then tell: two notifiers cannot both. What was not sent is taken back."""
        now_known, notice = after(note, alarm, self._now())
        if now_known == note:
            return
        revision = await self._notes.keep(key, now_known, revision)
        if notice is None or now_known is None:
            return
        untold = msgspec.structs.replace(now_known, told_at=None) if not notice.over else note
        try:
            told = await tell(notice)
        except BaseException:
            await self._notes.keep(key, untold, revision)
            raise
        if not (told or notice.over):
            await self._notes.keep(key, untold, revision)


def _unknown(found: Status, key: str) -> bool:
    """Whether this status cannot tell whether that alarm stands: the read model does not answer."""
    return not found.answered and key.split(".", 1)[0] in FROM_THE_READ_MODEL
