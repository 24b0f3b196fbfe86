"""What is told by the clock and not by an event: alarms, digests, and cards whose last look is old."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.alarming import alarm_view
from bot.answers import Person
from bot.digest import digest_view, due_day
from bot.facts import Facts
from bot.sender import Sender, Unreachable
from bot.shown import Shelf
from events.errors import Conflict
from events.settings import Clock
from services.alarms import Notice
from services.runtime import Later

RINGS = {"uncertain"}  # alarms that ring in quiet hours, too: it is about money
REFRESH = 5  # minutes between two drawings of a card on which nothing happened


class Rounds:
    """One round a minute; `refresh` draws a job's card anew."""

    def __init__(
        self,
        facts: Facts,
        shelf: Shelf,
        sender: Sender,
        refresh: Callable[[str, Person], Awaitable[None]],
        now: Clock,
    ) -> None:
        self._facts, self._shelf, self._sender, self._refresh, self._now = facts, shelf, sender, refresh, now

    async def go(self) -> None:
        """Look after everybody. Raises Unavailable."""
        for person in await self._facts.people():
            with contextlib.suppress(Unreachable):
                await self._digest(person)
            if self._now().minute % REFRESH == 0:
                for job_id in await self._facts.watched(person.user):
                    with contextlib.suppress(Later, Conflict):  # the next round is soon
                        await self._refresh(job_id, person)

    async def alarm(self, notice: Notice) -> bool:
        """Tell usher's owner of an alarm or its end; False where they have no chat yet. Raises Unavailable, Later."""
        owner = await self._facts.owner()
        if owner is None or owner.chat is None:
            return False
        silent = notice.over or (owner.quiet(self._now()) and notice.alarm.name not in RINGS)
        with contextlib.suppress(Unreachable):
            await self._sender.send(owner.chat, alarm_view(notice, owner), silent=silent)
        return True

    async def _digest(self, person: Person) -> None:
        """The day's digest, once: noted before it is sent, since a missing one is better than two."""
        day, key = due_day(person, self._now()), f"digest.{person.user}"
        if not day or person.chat is None or await self._shelf.noted(key) == day:
            return
        rows = await self._facts.day(person.user, (self._now() - timedelta(days=1)).isoformat())
        await self._shelf.note(key, day)
        try:
            await self._sender.send(person.chat, digest_view(rows, person), silent=person.quiet(self._now()))
        except Later:  # nothing was sent
            await self._shelf.forget(key)
