"""One update as a handler sees it: who wrote, what they are doing, and the ways to answer.

**A chat that Telegram lets rest** (429). Sends, edits and deletions then wait as long as it says, up to minutes, and
nothing can be written there meanwhile. Two things still go: what a press asks for is done at once, since the dialogue
and the desk need no message; and the press is answered, since an answer is no message of the chat. A typed message has
no such answer: who wrote it sees nothing until the rest is over. The screen is drawn then, if it is still the newest.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Message
from aiogram.utils.formatting import Text

from bot import words
from bot.answers import Person
from bot.dialogues import Dialogue, Dialogues
from bot.drawing import lines
from bot.requests import Requests
from bot.texts import Texts
from bot.view import View
from events.settings import Clock
from services.artifacts import Artifacts

log = structlog.get_logger()
T = TypeVar("T")
SOON = 0.6  # s after which a press that is still worked on is answered with "working…"
LONGEST_REST = 60.0  # s that a message waits for Telegram's permission: a group's limit is counted by the minute
SHORT_REST = 3.0  # s that a screen waits for it while the chat's next update waits, too; longer ones are drawn later
PAUSES = (0.3, 1.0)  # s before the second and the third try of a call that was lost
MOST_TOAST = 200
PLAIN = LinkPreviewOptions(is_disabled=True)


@dataclass
class Talk:
    """The person, their dialogue and the chat. A handler changes `dialogue` and calls `show`, which saves it first.

    `later` runs what may come after the update was handled; a restart drops it.
    """

    api: Bot
    ask: Requests
    artifacts: Artifacts
    dialogues: Dialogues
    who: Person
    t: Texts
    now: Clock
    chat: int
    telegram: int
    private: bool
    update_id: int
    kept: asyncio.Event
    later: Callable[[Coroutine[Any, Any, None]], None]
    dialogue: Dialogue
    revision: int
    me: str = ""
    thread: int | None = None
    press: CallbackQuery | None = None
    message: Message | None = None
    answered: bool = False
    saved: bool = False
    notices: list[str] = field(default_factory=list)

    async def reloaded(self) -> Talk:
        """The same talk after its update was handled, with the dialogue as it stands now."""
        dialogue, revision = await self.dialogues.load(self.chat, self.telegram)
        return replace(
            self,
            dialogue=dialogue,
            revision=revision,
            press=None,
            message=None,
            answered=False,
            saved=False,
            notices=[],
        )

    @property
    def zone(self) -> ZoneInfo:
        """Where the person reads clocks."""
        return words.zone_of(self.who.settings.get("zone", ""))

    @property
    def on_home(self) -> bool:
        """Whether the press came from the home message."""
        pressed = self.press.message.message_id if self.press and self.press.message else 0
        return bool(pressed) and pressed == self.dialogue.message

    @property
    def elsewhere(self) -> bool:
        """Whether the press came, in a group, from a screen that is not this person's. Jobs are checked by the desk."""
        data = (self.press.data or "") if self.press else ""
        return not self.private and self.press is not None and not self.on_home and data[:2] in {"m:", "w:", "c:", "s:"}

    def addressed(self, text: str) -> str:
        """The text without the mention of this bot."""
        return re.sub(rf"@{re.escape(self.me)}\b", " ", text, flags=re.IGNORECASE).strip() if self.me else text

    def go(self, screen: str, arg: str = "", awaiting: str = "") -> None:
        """The home message shows another screen from now on."""
        self.dialogue.screen, self.dialogue.arg, self.dialogue.awaiting = screen, arg, awaiting

    async def save(self) -> None:
        """Keep the dialogue; this update counts as handled from here on. Raises Conflict, Unavailable."""
        if self.update_id not in self.dialogue.seen:
            self.dialogue.seen.append(self.update_id)
        self.revision = await self.dialogues.save(self.chat, self.telegram, self.dialogue, self.revision)
        self.saved = True
        self.kept.set()

    async def answer(self, text: str = "", alert: bool = False) -> None:
        """Answer the press, once: Telegram takes a later answer for an error."""
        if self.press is None or self.answered:
            return
        self.answered = True
        with contextlib.suppress(AiogramError):
            await self.api.answer_callback_query(
                self.press.id, text=words.short(text, MOST_TOAST) or None, show_alert=alert or None
            )

    async def say(self, text: str, alert: bool = False) -> None:
        """Tell the person something short: as the press's answer, else above the next screen."""
        if self.press is not None and not self.answered and len(text) <= MOST_TOAST:
            await self.answer(text, alert)
        else:
            self.notices.append(text)

    async def finish(self) -> None:
        """After the handler: what was only said is sent, and the update counts as handled."""
        if self.notices:
            await self.post(View(lines(*self.notices)))
            self.notices.clear()
        if not self.saved:
            await self.save()

    async def show(self, view: View) -> None:
        """Save the dialogue and draw the home message: in place, or anew where that is not the one being used."""
        if self.notices:
            told = lines(*(f"ℹ️ {words.short(note, 400)}" for note in self.notices))
            view = View(Text(told, "\n\n", view.text), view.keyboard)
            self.notices.clear()
        await self.save()
        try:
            await self._draw(view)
        except TelegramRetryAfter as told:
            await self.heard(told.retry_after)
            self.later(self._draw_later(view, told.retry_after))

    async def _draw(self, view: View) -> None:
        anew = not self.on_home if self.press is not None else not self.private  # a group has scrolled on
        command = self.message is not None and (self.message.text or "").startswith("/")
        if self.dialogue.message and not anew and not command and await self.redraw(self.dialogue.message, view):
            return
        await self._send_home(view)

    async def _draw_later(self, view: View, seconds: float) -> None:
        """Draw a screen once the chat has rested, unless the person has gone on meanwhile."""
        await asyncio.sleep(seconds)
        now = await self.reloaded()
        if now.revision == self.revision:
            await now.show(view)

    async def heard(self, seconds: float) -> None:
        """Telegram lets the chat rest so long: answer the press, which it allows all the same."""
        if seconds > SOON:
            whole = math.ceil(seconds)
            unit = self.t("card.seconds", n=whole) if whole < 120 else self.t("card.minutes", n=-(-whole // 60))
            await self.answer(self.t("common.resting", left=unit))

    async def forget(self, last: View) -> None:
        """Draw a last screen and remove the dialogue: nothing of the person stays here."""
        if not (self.dialogue.message and await self.redraw(self.dialogue.message, last)):
            await self.post(last)
        await self.dialogues.forget(self.chat, self.telegram)
        self.saved = True
        self.kept.set()

    async def redraw(self, message_id: int, view: View) -> bool:
        """Draw a message of ours in place; False where it is gone."""
        try:
            await patiently(
                lambda: self.api.edit_message_text(
                    chat_id=self.chat,
                    message_id=message_id,
                    reply_markup=view.keyboard,
                    link_preview_options=PLAIN,
                    **view.text.as_kwargs(),
                ),
                SHORT_REST,
            )
        except TelegramBadRequest as refused:
            return "not modified" in str(refused)
        return True

    async def _send_home(self, view: View) -> None:
        old = self.dialogue.message
        sent = await self.post(view, SHORT_REST)
        self.dialogue.message = sent.message_id
        await self.save()
        if old:
            await self.delete(old)

    async def post(self, view: View, longest: float = LONGEST_REST) -> Message:
        """A new message that is not the home message. It waits at most `longest` seconds for Telegram's permission."""
        if view.picture is not None:
            photo = BufferedInputFile(view.picture, filename="picture.png")
            return await patiently(
                lambda: self.api.send_photo(
                    self.chat,
                    photo,
                    reply_markup=view.keyboard,
                    message_thread_id=self.thread,
                    disable_notification=not view.loud,
                    **view.text.as_caption_kwargs(),
                ),
                longest,
                self.heard,
            )
        return await patiently(
            lambda: self.api.send_message(
                self.chat,
                reply_markup=view.keyboard,
                message_thread_id=self.thread,
                disable_notification=not view.loud,
                link_preview_options=PLAIN,
                **view.text.as_kwargs(),
            ),
            longest,
            self.heard,
        )

    async def delete(self, message_id: int) -> bool:
        """Take a message out of the chat, or at least its buttons; False where it stays readable."""
        try:
            return bool(await patiently(lambda: self.api.delete_message(self.chat, message_id)))
        except AiogramError:
            with contextlib.suppress(AiogramError):
                nothing = InlineKeyboardMarkup(inline_keyboard=[])
                await self.api.edit_message_reply_markup(chat_id=self.chat, message_id=message_id, reply_markup=nothing)
            return False

    async def swallow(self) -> bool:
        """Delete the person's own message (a secret, or what the wizard shows anyway); False where it stays."""
        return self.message is None or await self.delete(self.message.message_id)


async def patiently(
    call: Callable[[], Awaitable[T]],
    longest: float = LONGEST_REST,
    heard: Callable[[float], Awaitable[None]] | None = None,
) -> T:
    """A call to Telegram that rests as often as it is told to, up to `longest` seconds in all, and tries again what the
    network lost. Before each rest its length is given to `heard`. Raises AiogramError.

    A repeated send may show a message twice; the home message is one, and the newer one replaces the older.
    """
    rested, pauses = 0.0, iter(PAUSES)
    while True:
        try:
            return await call()
        except TelegramRetryAfter as told:
            rested += told.retry_after
            if rested > longest:
                raise
            if heard is not None:
                await heard(told.retry_after)
            await asyncio.sleep(told.retry_after)
        except (TelegramNetworkError, TelegramServerError, ClientDecodeError):
            pause = next(pauses, None)
            if pause is None:
                raise
            await asyncio.sleep(pause)
