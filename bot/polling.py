"""Asks Telegram for updates, at least once: an update is confirmed only after what it asked for is kept.

aiogram's own polling confirms while handlers still run and stops for good at an update that it cannot decode.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import Update

from events.errors import UsherError
from services.health import Health

log = structlog.get_logger()
T = TypeVar("T")
Feed = Callable[[Update, asyncio.Event], Awaitable[None]]  # handles an update; sets the event once its effect is kept
Note = Callable[[str], Awaitable[None]]  # keeps what is wrong with polling; an empty text: it works
Queued = Callable[[Update], Awaitable[None]]  # called for an update that waits for an earlier one of its chat
ACTOR = "bot"
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # s
AT_ONCE = 0.2  # s: a server that says so soon that there is nothing does not hold requests open
CALM = 90.0  # s after which a trouble is over: two pollers end each other in turn, with good answers in between
SOON = 0.6  # s after which a press that waits for its turn is told so
QUIET = 5 * 86_400.0  # s: after a week without updates their numbers may start lower, below the old offset


class Poller:
    """Feeds updates: those of one chat in order, chats beside each other."""

    def __init__(
        self,
        api: Bot,
        feed: Feed,
        types: Sequence[str],
        health: Health,
        note: Note,
        queued: Queued,
        hold: int = 25,
    ) -> None:
        self._api, self._feed, self._types, self._health, self._hold = api, feed, list(types), health, hold
        self._queued = queued
        self._note, self._troubled = note, float("-inf")  # when last; a note of an earlier life may stand
        self._noted = True
        self._offset: int | None = None
        self._heard = time.monotonic()
        self._last_of: dict[int, asyncio.Task[None]] = {}
        self._at_work: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set or the token is refused. Handlers that run then are awaited."""
        failures = 0
        while not stop.is_set():
            asked = time.monotonic()
            try:
                batch = await _unless(stop, self._fetch())
            except TelegramUnauthorizedError:
                await self._trouble("Telegram refuses the token: set USHER_BOT_TOKEN to one that @BotFather gave")
                return
            except (AiogramError, ClientDecodeError, OSError, TimeoutError) as wrong:
                failures += 1
                await _unless(stop, asyncio.sleep(await self._pause_after(wrong, failures)))
                continue
            except Exception as broken:  # a defect here must not end the chat for good
                failures += 1
                self._health.failed(ACTOR, broken)
                log.exception("bot.polling_failed")
                await _unless(stop, asyncio.sleep(await self._pause_after(broken, failures)))
                continue
            failures = 0
            if self._noted and time.monotonic() - self._troubled > CALM:
                self._noted = False
                await self._note("")
            await self.handle(batch or [])
            if not batch and time.monotonic() - asked < AT_ONCE:
                await _unless(stop, asyncio.sleep(FIRST_PAUSE))
        if self._at_work:
            await asyncio.wait(set(self._at_work))
        await self._confirm()

    async def handle(self, batch: Sequence[Update]) -> None:
        """Feed a batch; returns, and so confirms it, once all that it asked for is kept. Drawings may still go on."""
        kept: list[asyncio.Event] = []
        for update in batch:
            place, done = place_of(update), asyncio.Event()
            earlier = self._last_of.get(place)
            self._last_of[place] = task = asyncio.create_task(self._in_turn(earlier, update, done))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
            kept.append(done)
        for done in kept:
            await done.wait()
        if not self._at_work:
            self._last_of.clear()
        if batch:
            self._offset, self._heard = batch[-1].update_id + 1, time.monotonic()
        elif time.monotonic() - self._heard > QUIET:
            self._offset = None

    async def _in_turn(self, earlier: asyncio.Task[None] | None, update: Update, kept: asyncio.Event) -> None:
        """Feed one update after the earlier one of its chat."""
        if earlier is not None:
            await self._wait_for(earlier, update)
        try:
            with self._health.timed(ACTOR):
                await self._feed(update, kept)
        except Exception as broken:  # whatever broke, the next update must be handled
            self._health.failed(ACTOR, broken)
            log.error("bot.update_failed", update_id=update.update_id, why=type(broken).__name__, exc_info=True)
        finally:
            kept.set()

    async def _wait_for(self, earlier: asyncio.Task[None], update: Update) -> None:
        """Wait for the earlier update's end; who asked for this one hears that it was received."""
        done, _ = await asyncio.wait({earlier}, timeout=SOON)
        if not done:
            try:
                await self._queued(update)
            except Exception as broken:  # the update itself must be handled all the same
                log.info("bot.not_answered", update_id=update.update_id, why=type(broken).__name__)
            await asyncio.wait({earlier})

    async def _fetch(self) -> list[Update]:
        try:
            return await self._api.get_updates(
                offset=self._offset, timeout=self._hold, allowed_updates=self._types, request_timeout=self._hold + 10
            )
        except ClientDecodeError as wrong:
            if not isinstance(wrong.data, dict) or not isinstance(wrong.data.get("result"), list):
                raise
            return self._readable(wrong.data["result"])

    def _readable(self, raw: list[Any]) -> list[Update]:
        """What can be decoded of a batch; the rest is stepped over: refused once, it would be refused for ever."""
        found: list[Update] = []
        for one in raw:
            number = one.get("update_id") if isinstance(one, dict) else None
            press = one.get("callback_query") if isinstance(one, dict) else None
            if isinstance(press, dict):
                press.setdefault("chat_instance", "")  # some servers leave it out, and usher does not read it
            try:
                found.append(Update.model_validate(one, context={"bot": self._api}))
            except ValueError:  # its text would quote the message: only the number is told
                log.error("bot.update_skipped", update_id=number)
            if isinstance(number, int):
                self._offset = number + 1
        return found

    async def _pause_after(self, wrong: BaseException, failures: int) -> float:
        pause = min(FIRST_PAUSE * 2.0 ** min(failures - 1, 8), LONGEST_PAUSE)
        if isinstance(wrong, TelegramConflictError):
            await self._trouble(
                "another program polls with this bot's token (409): stop it, only one usher may run with it"
            )
            return max(pause, 3.0)
        if isinstance(wrong, TelegramRetryAfter):
            return max(pause, float(wrong.retry_after))
        if failures in {1, 4} or failures % 20 == 0:
            log.warning("bot.telegram_away", why=type(wrong).__name__, again_in=pause)
            self._health.failed(ACTOR, UsherError(f"Telegram does not answer ({type(wrong).__name__})"))
        return pause

    async def _trouble(self, text: str) -> None:
        """What only a person can mend: in the log, on the health page, and kept for `usher doctor`."""
        log.error("bot.trouble", why=text)
        self._health.failed(ACTOR, UsherError(text))
        self._noted, self._troubled = True, time.monotonic()
        await self._note(text)

    async def _confirm(self) -> None:
        """Tell Telegram what was done before leaving; otherwise it comes again, which is harmless."""
        if self._offset is not None:
            with contextlib.suppress(AiogramError, ClientDecodeError, OSError, TimeoutError):
                await self._api.get_updates(offset=self._offset, timeout=0, limit=1, request_timeout=3)


async def _unless(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """The work's result, or None once `stop` is set first."""
    stopped, task = asyncio.ensure_future(stop.wait()), asyncio.ensure_future(work)
    try:
        await asyncio.wait({stopped, task}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (stopped, task):
            if not one.done():
                one.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await one


def place_of(update: Update) -> int:
    """The chat whose updates are handled in order; 0 for kinds that usher does not read."""
    message = update.message or (update.callback_query.message if update.callback_query else None)
    return message.chat.id if message else 0


def origin_of(update: Update) -> str:
    """What names an update for ever, however often it is delivered: its number alone may begin anew."""
    press, message = update.callback_query, update.message
    if press is not None:
        return f"press-{press.id}"
    return (
        f"message-{message.chat.id}-{message.message_id}-{message.date.timestamp():.0f}"
        if message
        else str(update.update_id)
    )
