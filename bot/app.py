"""The chat's inbound half: the dispatcher, what stands before every handler (who, once, escape), start and stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from aiogram import Bot, Dispatcher
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.types import Message, TelegramObject, Update, User
from aiogram.utils.token import TokenValidationError
from nats.aio.client import Client
from nats.errors import Error as NatsError

from bot.answers import Person
from bot.commands import set_commands
from bot.dialogues import Dialogues
from bot.door import Door
from bot.polling import ACTOR, Poller, origin_of
from bot.requests import Requests
from bot.screens import (
    budget,
    forget,
    help,
    home,
    jobs,
    people,
    questions,
    settings,
    timeline,
    typing,
    wallet,
    why,
    wizard,
)
from bot.session import Session
from bot.talk import SOON, Talk
from bot.texts import Texts
from bot.watchdog import Watchdog
from events.errors import Conflict, NotFound, Unavailable, UsherError
from events.reading import DirectReader
from events.settings import Clock, Settings
from services.artifacts import Artifacts
from services.asking import commanding
from services.buckets import Bucket
from services.health import Health

log = structlog.get_logger()
Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]
TROUBLE = "trouble.polling"  # its key in the bucket `chat`
TYPES = ("message", "callback_query")
SCREENS = (
    home,
    wizard,
    jobs,
    questions,
    timeline,
    why,
    budget,
    wallet,
    settings,
    forget,
    people,
    help,
    typing,  # last: it takes what nobody else did
)
REDRAW: dict[str, Callable[[Talk], Awaitable[None]]] = {
    "wizard": wizard.draw,
    "job": lambda talk: jobs.open_job(talk, talk.dialogue.arg),
    "jobs": lambda talk: jobs.draw(talk, talk.dialogue.arg),
    "home": home.draw,
}
TRIES = (0.2, 1.0, None)  # s between tries of an update while NATS is away


def open_api(configured: Settings) -> Bot:
    """The connection to Telegram (or to the server at USHER_BOT_API_URL). Raises UsherError for a malformed token."""
    session = Session()
    if configured.bot_api_url:
        session.api = TelegramAPIServer.from_base(configured.bot_api_url.rstrip("/"))
    try:
        return Bot(configured.bot_token, session=session)
    except TokenValidationError:
        raise UsherError(
            "USHER_BOT_TOKEN is no bot token: it looks like 123456:ABC… and comes from @BotFather"
        ) from None


class Assistant:
    """Reads what people say in the chat and does it. `api` is shared with whoever sends; its owner closes it."""

    def __init__(self, nc: Client, api: Bot, health: Health, now: Clock) -> None:
        reader = DirectReader(nc)
        self._api, self._health, self._now = api, health, now
        self._ask, self._artifacts = Requests(nc), Artifacts(nc, reader)
        self._door = Door(api, self._ask)
        self._chat = Bucket(nc, "chat", reader)
        self._dialogues = Dialogues(self._chat)
        self._stop = asyncio.Event()
        self._polling: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._heard: deque[str] = deque(maxlen=100)  # presses that were answered before their turn
        self._dispatcher = Dispatcher(disable_fsm=True)
        self._dispatcher.update.outer_middleware(self._escape)
        for screen in SCREENS:
            screen.add_to(self._dispatcher)

    async def start(self) -> None:
        """Begin to poll. Raises UsherError where Telegram refuses the token; one that does not answer is waited for."""
        try:
            await self._api.get_me(request_timeout=5)
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise UsherError("Telegram refuses USHER_BOT_TOKEN: ask @BotFather for the bot's token") from None
        except (AiogramError, OSError, TimeoutError) as wrong:
            log.warning("bot.telegram_away", why=type(wrong).__name__)
        self._later(self._introduce())
        self._later(Watchdog(self._api, self._ask, self._now).run())
        poller = Poller(self._api, self.feed, TYPES, self._health, self._note, self._queued)
        self._health.started(ACTOR)
        self._polling = asyncio.create_task(poller.run(self._stop))
        self._polling.add_done_callback(self._ended)

    async def _introduce(self) -> None:
        """Set the menu of commands; again and again while Telegram does not answer."""
        pause = 1.0
        while not self._stop.is_set():
            try:
                await set_commands(self._api)
                for person in await self._ask.people():
                    if person.owner and person.status == "approved":
                        await self._door.greet(person)
                return
            except (AiogramError, UsherError, OSError, TimeoutError) as wrong:
                log.info("bot.no_menu_yet", why=type(wrong).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 60.0)

    async def _note(self, trouble: str) -> None:
        """Keep for `usher doctor` what only a person can mend; without it usher still runs."""
        with contextlib.suppress(UsherError, NatsError):
            if trouble:
                await self._chat.put(TROUBLE, f"{trouble} (at {self._now():%d %b, %H:%M} UTC)".encode())
            elif await self._chat.get(TROUBLE) is not None:
                await self._chat.delete(TROUBLE)

    def _ended(self, polling: asyncio.Task[None]) -> None:
        self._health.stopped(ACTOR)
        if not polling.cancelled() and (broken := polling.exception()):
            self._health.failed(ACTOR, broken)
            log.error("bot.ended", why=type(broken).__name__)

    async def stop(self, within: float = 10.0) -> None:
        """Take no more updates; let the handlers that run end, at most `within` seconds."""
        self._stop.set()
        if self._polling is not None:
            _, late = await asyncio.wait({self._polling}, timeout=within)
            for task in late:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        for task in (beside := list(self._beside)):
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await self._ask.close()

    async def _queued(self, update: Update) -> None:
        """A press whose turn comes later, since the chat's earlier update still goes on, is answered now: once."""
        press = update.callback_query
        if press is not None:
            self._heard.append(press.id)
            t = await self._door.texts_of(press.from_user)
            await self._api.answer_callback_query(press.id, text=t("common.queued"))

    async def feed(self, update: Update, kept: asyncio.Event) -> None:
        """Handle one update; `kept` is set as soon as a crash could lose no more of it than a drawing."""
        await self._dispatcher.feed_update(self._api, update, kept=kept)

    async def _escape(self, handler: Handler, update: TelegramObject, data: dict[str, Any]) -> Any:
        """What escapes a handler never reaches a person as it is; an outage is tried again, then told."""
        assert isinstance(update, Update)
        for pause in TRIES:
            commanding(origin_of(update))
            try:
                return await self._who(handler, update, data)
            except (Unavailable, Conflict, NatsError) as away:
                log.warning("bot.retried", update_id=update.update_id, why=str(away), again_in=pause)
                if pause is None:
                    self._health.failed(ACTOR, away)
                    return await self._apologise(update, "common.away")
                await asyncio.sleep(pause)
            except AiogramError as wrong:  # the state is kept; the next press draws what was not drawn
                self._health.failed(ACTOR, UsherError(f"Telegram: {type(wrong).__name__}"))
                log.warning("bot.not_drawn", update_id=update.update_id, why=type(wrong).__name__)
                return None
            except Exception as broken:
                self._health.failed(ACTOR, broken)
                log.exception("bot.handler_failed", update_id=update.update_id)
                return await self._apologise(update, "common.failed")

    async def _apologise(self, update: Update, key: str) -> None:
        event = update.callback_query or update.message
        text = (await self._door.texts_of(event.from_user if event else None))(key)
        with contextlib.suppress(AiogramError):
            if update.callback_query:
                await self._api.answer_callback_query(update.callback_query.id, text=text, show_alert=True)
            elif update.message and update.message.chat.type == "private":
                await self._api.send_message(update.message.chat.id, text)

    async def _who(self, handler: Handler, update: Update, data: dict[str, Any]) -> Any:
        """Only what the door lets in reaches a handler."""
        called = await self._door.caller(update)
        if called is None:
            return None
        who, user, place = called
        thread = place.message_thread_id if isinstance(place, Message) and place.is_topic_message else None
        return await self._once(handler, update, data, who, place.chat.id, user, thread)

    async def _once(
        self,
        handler: Handler,
        update: Update,
        data: dict[str, Any],
        who: Person,
        chat: int,
        user: User,
        thread: int | None,
    ) -> Any:
        """Load the dialogue; an update that was handled before only draws its screen again."""
        dialogue, revision = await self._dialogues.load(chat, user.id)
        talk = Talk(
            api=self._api,
            ask=self._ask,
            artifacts=self._artifacts,
            dialogues=self._dialogues,
            who=who,
            t=Texts.of(who.settings.get("lang"), user.language_code),
            now=self._now,
            chat=chat,
            telegram=user.id,
            private=chat == user.id,
            update_id=update.update_id,
            kept=data["kept"],
            later=self._later,
            dialogue=dialogue,
            revision=revision,
            me=(await self._api.me()).username or "",
            thread=thread,
            press=update.callback_query,
            message=update.message,
            answered=update.callback_query is not None and update.callback_query.id in self._heard,
        )
        working = asyncio.create_task(self._working(talk)) if talk.press else None
        try:
            if update.update_id in dialogue.seen:
                redraw = REDRAW.get(dialogue.screen)
                return await redraw(talk) if redraw and dialogue.message and talk.private else None
            if talk.elsewhere:
                return await talk.answer(talk.t("common.not_yours"), alert=True)
            done = await handler(update, data | {"talk": talk})
            await talk.finish()
            return done
        except NotFound as gone:
            await talk.say(str(gone), alert=True)
            return await talk.finish()
        finally:
            if working:
                working.cancel()
            await talk.answer()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what may come after an update was handled. It is a drawing only: a newer one or an outage ends it."""

        async def run() -> None:
            try:
                await work
            except (UsherError, AiogramError, NatsError) as wrong:
                log.info("bot.not_completed", why=type(wrong).__name__)

        task = asyncio.create_task(run())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _working(self, talk: Talk) -> None:
        """A press is answered within a second, whatever its work takes."""
        await asyncio.sleep(SOON)
        await talk.answer(talk.t("common.working"))
