"""What a person is doing in a chat: one value in the bucket `chat`, so that a restart loses nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import structlog

from bot.wizard.draft import Draft
from services.buckets import Bucket

log = structlog.get_logger()
MOST_SEEN = 64
ANNOUNCED = timedelta(seconds=20)  # how long a wish may take from the press to its first event


class Dialogue(msgspec.Struct):
    """`message` is the home message's id, `screen` (with `arg`) what it shows, `awaiting` what a typed message means.

    `rev` is the highest revision ever given to a draft here: buttons of an older draft never fit a newer one.
    `seen` holds the newest update ids that were handled: an update that comes again does nothing again.
    """

    message: int = 0
    screen: str = "home"
    arg: str = ""
    awaiting: str = ""
    rev: int = 0
    draft: Draft | None = None
    seen: list[int] = []


class Dialogues:
    """Reads and writes dialogues, each with the revision it was read at."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket, self.homes = bucket, Homes(bucket)

    async def load(self, chat: int, person: int) -> tuple[Dialogue, int]:
        """The dialogue and its revision; a fresh one where there is none or it is of another version."""
        value, revision = await self._bucket.current(_key(chat, person))
        if value is None:
            return Dialogue(), revision
        try:
            return msgspec.json.decode(value, type=Dialogue), revision
        except msgspec.MsgspecError as wrong:
            log.warning("dialogue.started_over", chat=chat, why=type(wrong).__name__)
            return Dialogue(), revision

    async def save(self, chat: int, person: int, dialogue: Dialogue, revision: int) -> int:
        """Write it; the new revision. Raises Conflict, Unavailable."""
        dialogue.seen = dialogue.seen[-MOST_SEEN:]
        return await self._bucket.put(_key(chat, person), msgspec.json.encode(dialogue), revision)

    async def forget(self, chat: int, person: int) -> None:
        """Remove it."""
        await self._bucket.delete(_key(chat, person))


class Homes:
    """In which chat a wish was made: its card goes there. `home.<job>` says it for good; `home.of.<user>` says it
    before the job has an id, for whoever hears of the job sooner than its maker."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def announce(self, user: str, chat: int, now: datetime) -> None:
        """The person's next wish comes from this chat. Raises Unavailable."""
        await self._bucket.put(f"home.of.{user}", msgspec.json.encode({"chat": chat, "at": now}))

    async def settle(self, job_id: str, chat: int) -> None:
        """The job's news go to this chat. Raises Unavailable."""
        await self._bucket.put(f"home.{job_id}", str(chat).encode())

    async def of(self, job_id: str, user: str, now: datetime) -> int | None:
        """The chat the job came from, or None where nobody said so. Raises Unavailable."""
        settled = await self._bucket.get(f"home.{job_id}")
        if settled is not None:
            return int(settled[0])
        announced = await self._bucket.get(f"home.of.{user}")
        if announced is None:
            return None
        said = msgspec.json.decode(announced[0], type=_Announced)
        return said.chat if now - said.at < ANNOUNCED else None


class _Announced(msgspec.Struct):
    chat: int
    at: datetime


def _key(chat: int, person: int) -> str:
    return f"dialogue.{chat}.{person}"
