"""What is told by the clock and not by an event: alarms, time left for a question, digests, cards with an old look."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Protocol

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
REFRESH = timedelta(minutes=5)  # between two drawings of a card on which nothing happened


class Drawer(Protocol):
    """Draws what stands in the chat anew, where it has changed. Raises Later, Conflict."""

    async def count_down(self, job_id: str) -> None:
        """The job's open question, with the time that is left."""

    async def refresh(self, job_id: str, person: Person) -> bool:
        """The job's card; whether it tells of a look by now."""


class Rounds:
    """One round at each tick of the broker's clock, which outlives every process: a countdown goes on after a crash.
    The deadline itself stands in the question, so one that is not drawn for a while misleads nobody."""

    def __init__(self, facts: Facts, shelf: Shelf, sender: Sender, drawer: Drawer, now: Clock) -> None:
        self._facts, self._shelf, self._sender, self._drawer, self._now = facts, shelf, sender, drawer, now
        self._refreshed: datetime | None = None
        self._looked: set[str] = set()  # jobs whose card tells of a look: a first look is drawn at the next tick

    async def go(self) -> None:
        """Look after everybody. Raises Unavailable."""
        for job_id in await self._facts.counting():
            with contextlib.suppress(Later, Conflict):  # the next round is soon
                await self._drawer.count_down(job_id)
        old = self._refreshed is None or self._now() - self._refreshed >= REFRESH
        looked: set[str] = set()
        for person in await self._facts.people():
            with contextlib.suppress(Unreachable):
                await self._digest(person)
            for job_id in await self._facts.watched(person.user):
                if old or job_id not in self._looked:
                    with contextlib.suppress(Later, Conflict):
                        looked.update({job_id} if await self._drawer.refresh(job_id, person) else ())
        if old:
            self._refreshed, self._looked = self._now(), looked
        self._looked |= looked

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
        if not day or not person.chat or await self._shelf.noted(key) == day:
            return
        rows = await self._facts.day(person.user, (self._now() - timedelta(days=1)).isoformat())
        await self._shelf.note(key, day)
        try:
            await self._sender.send(person.chat, digest_view(rows, person), silent=person.quiet(self._now()))
        except Later:  # nothing was sent
            await self._shelf.forget(key)
