"""Who is let in: people who are served; in a group only what speaks to the bot."""

from __future__ import annotations

import asyncio
import contextlib

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, InaccessibleMessage, Message, Update, User
from nats.errors import Error as NatsError

from bot.answers import Person
from bot.commands import set_owner_commands
from bot.requests import Requests
from bot.screens import pairing
from bot.texts import Texts
from events.errors import UsherError

WITHIN = 1.0  # s for a language: who waits for a word reads it in another one rather than late


class Door:
    """Stands before every handler."""

    def __init__(self, api: Bot, ask: Requests) -> None:
        self._api, self._ask = api, ask

    async def caller(self, update: Update) -> tuple[Person, User, Message | InaccessibleMessage] | None:
        """The person an update came from, their Telegram user, and the message that was sent or pressed; None where
        nothing is to be done. Raises Unavailable."""
        message, press = update.message, update.callback_query
        user = press.from_user if press else message.from_user if message else None
        place = press.message if press else message
        if user is None or user.is_bot or place is None:
            return None
        if message and message.chat.type != "private" and not await self._spoken_to(message):
            return None
        who = await self._ask.person(user.id)
        if who is None or who.status != "approved":
            who = await self._stranger(message, press, user)
        return None if who is None else (who, user, place)

    async def texts_of(self, user: User | None) -> Texts:
        """The language that somebody chose, or that of their Telegram where they did not or nobody can tell."""
        if user is None:
            return Texts()
        chosen = None
        with contextlib.suppress(UsherError, NatsError, TimeoutError):
            async with asyncio.timeout(WITHIN):
                person = await self._ask.person(user.id)
            chosen = person.settings.get("lang") if person else None
        return Texts.of(chosen, user.language_code)

    async def greet(self, owner: Person) -> None:
        """The owner's menu of commands holds more; without it everything still works."""
        with contextlib.suppress(AiogramError):
            await set_owner_commands(self._api, owner.chat, owner.settings.get("lang") or "en")

    async def _stranger(self, message: Message | None, press: CallbackQuery | None, user: User) -> Person | None:
        """Somebody who is not served; the person they turn out to be where they showed the code."""
        if press:
            await pairing.on_press(self._api, press)
        elif message and message.chat.type != "private":
            await pairing.on_mention(self._api, self._ask, message, user)
        elif message and await pairing.on_message(self._api, self._ask, message, user):
            person = await self._ask.person(user.id)
            if person and person.owner:
                await self.greet(person)
            return person
        return None

    async def _spoken_to(self, message: Message) -> bool:
        """In a group: a command, a mention, or a reply to the bot."""
        text, me = message.text or "", await self._api.me()
        replied = message.reply_to_message.from_user if message.reply_to_message else None
        if replied and replied.id == me.id:
            return True
        if text.startswith("/"):
            name = text.split()[0]
            return "@" not in name or name.lower().endswith(f"@{(me.username or '').lower()}")
        return bool(me.username) and f"@{me.username}".lower() in text.lower()
