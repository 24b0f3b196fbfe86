"""Joins the bot's outbound half: one aiogram Bot, paced, with the messenger around it."""

from __future__ import annotations

from typing import Any

from aiogram import Bot
from nats.aio.client import Client

from bot.facts import Facts
from bot.messenger import ChatMessenger
from bot.pace import Pace
from bot.sender import Sender
from events.reading import DirectReader
from events.settings import Clock
from services.artifacts import Artifacts
from services.asking import ask
from services.buckets import Bucket


def messenger_of(nc: Client, reader: DirectReader, api: Bot, now: Clock) -> ChatMessenger:
    """The messenger over `api`, which is shared with the bot's other half; its owner closes it."""

    async def question(subject: str, body: dict[str, Any]) -> Any:
        return await ask(nc, subject, body)

    facts = Facts(question, Artifacts(nc, reader).get, now)
    shown, chat = (Bucket(nc, name, reader) for name in ("shown", "chat"))
    return ChatMessenger(Sender(api, Pace()), facts, shown, chat, now)
