"""Who tells that the teller is gone: alarms come from the notifier, so its own end is told by the chat."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError
from nats.errors import Error as NatsError

from bot.alarming import alarm_view
from bot.requests import Requests
from events.errors import UsherError
from events.settings import Clock
from services.alarms import PATIENCE, Notice
from services.status import NOTIFIER_GONE

log = structlog.get_logger()
EVERY = 15.0  # s


class Watchdog:
    """Tells usher's owner that no notifier runs, once it has lasted, and when one does again. What was told is known as
    long as this process lives: the next one tells it again."""

    def __init__(self, api: Bot, ask: Requests, now: Clock) -> None:
        self._api, self._ask, self._now = api, ask, now
        self._since: datetime | None = None
        self._told = False

    async def run(self) -> None:
        """Look from time to time, until cancelled."""
        while True:
            try:
                await self.look()
            except (UsherError, NatsError, AiogramError, TimeoutError, OSError) as away:
                log.info("watchdog.cannot_look", why=type(away).__name__)
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """One look. Raises UsherError, AiogramError where it cannot look or tell: the next one makes up for it."""
        now = self._now()
        if await self._ask.notifier_runs():
            if self._told and self._since is not None:
                await self._tell(Notice("", NOTIFIER_GONE, self._since, now, over=True))
            self._since, self._told = None, False
            return
        self._since = self._since or now
        if not self._told and now - self._since >= PATIENCE[NOTIFIER_GONE.name]:
            await self._tell(Notice("", NOTIFIER_GONE, self._since, now))
            self._told = True

    async def _tell(self, notice: Notice) -> None:
        for person in await self._ask.people():
            if person.owner and person.status == "approved" and person.chat:
                silent = notice.over or person.quiet(notice.at)
                text = alarm_view(notice, person).text.as_kwargs()
                await self._api.send_message(person.chat, **text, disable_notification=silent)
