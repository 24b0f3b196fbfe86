"""Opens the bot's outbound half: one aiogram Bot, paced, with the messenger around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.utils.token import TokenValidationError
from nats.aio.client import Client

from bot.facts import Facts
from bot.messenger import ChatMessenger
from bot.pace import Pace
from bot.sender import Sender
from events.errors import BadInput
from events.reading import DirectReader
from events.settings import Clock
from services.artifacts import Artifacts
from services.asking import ask
from services.buckets import Bucket


def bot_of(token: str, api_url: str) -> Bot:
    """A client of the Bot API at `api_url` (empty: Telegram's own). Raises BadInput for a text that is no token."""
    server = TelegramAPIServer.from_base(api_url) if api_url else PRODUCTION
    try:
        return Bot(token, session=AiohttpSession(api=server))
    except TokenValidationError:
        raise BadInput(
            "USHER_BOT_TOKEN", "it is not a bot's token", "what @BotFather gave you", "123456:ABC…"
        ) from None


@asynccontextmanager
async def open_messenger(
    nc: Client, reader: DirectReader, token: str, api_url: str, now: Clock
) -> AsyncIterator[ChatMessenger]:
    """The messenger, until the block ends. Raises BadInput."""

    async def question(subject: str, body: dict[str, Any]) -> Any:
        return await ask(nc, subject, body)

    bot = bot_of(token, api_url)
    facts = Facts(question, Artifacts(nc, reader).get, now)
    shown, chat = (Bucket(nc, name, reader) for name in ("shown", "chat"))
    messenger = ChatMessenger(Sender(bot, Pace()), facts, shown, chat, now)
    try:
        yield messenger
    finally:
        await messenger.close()
        await bot.session.close()
