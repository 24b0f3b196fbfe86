"""What the chat shows of each job: message ids and what was told, in the bucket `shown`."""

from __future__ import annotations

from typing import Any

import msgspec

from services.buckets import Bucket


class Asked(msgspec.Struct):
    """The question that stands in the chat: enough to draw its end once what it asked about is gone."""

    message: int
    name: str  # of the event that asked
    sequence: int  # of that event
    photo: bool
    drawn: str  # hash of the drawing
    text: str
    entities: list[dict[str, Any]] = []


class Shown(msgspec.Struct):
    """One job in its chat. Sequences are those of the log.

    `rev`: the card (`message`) shows the job up to here; `told`: everything loud up to here was sent. `sending` names
    the message that is about to be sent, `unsure` those that were when a process died; `parts` counts the messages of
    `telling` (an event id) that were sent.
    """

    chat: int = 0
    message: int = 0
    rev: int = 0
    drawn: str = ""
    told: int = 0
    sending: str = ""
    unsure: list[str] = []
    telling: str = ""
    parts: int = 0
    asked: Asked | None = None
    noted: str = ""


class Place:
    """One job's entry with the revision it was read at: two processes cannot both believe that they are to send."""

    def __init__(self, bucket: Bucket, key: str, shown: Shown, revision: int) -> None:
        self._bucket, self._key, self._revision, self.now = bucket, key, revision, shown

    @property
    def fresh(self) -> bool:
        """Whether nothing was ever written here."""
        return self._revision == 0

    async def save(self) -> None:
        """Write it. Raises Conflict, Unavailable."""
        self._revision = await self._bucket.put(self._key, msgspec.json.encode(self.now), self._revision)


class Shelf:
    """All places."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def of(self, job_id: str) -> Place:
        """The job's place. Raises Unavailable."""
        key = f"job.{job_id}"
        value, revision = await self._bucket.current(key)
        if value is None:
            return Place(self._bucket, key, Shown(), revision)
        shown = msgspec.json.decode(value, type=Shown)
        if shown.sending:  # whoever failed alive has taken its mark away
            shown.unsure, shown.sending = [*shown.unsure, shown.sending][-8:], ""
        return Place(self._bucket, key, shown, revision)

    async def note(self, key: str, text: str) -> None:
        """Keep a text under a key of its own."""
        await self._bucket.put(key, text.encode())

    async def noted(self, key: str) -> str:
        """The text of that key, or an empty one."""
        found = await self._bucket.get(key)
        return found[0].decode() if found else ""

    async def forget(self, key: str) -> None:
        """Remove a note, where there is one."""
        if await self._bucket.get(key) is not None:
            await self._bucket.delete(key)
