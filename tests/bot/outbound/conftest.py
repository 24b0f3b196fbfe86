"""The chat's outbound half, ready to be looked at."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from nats.aio.client import Client

from sandbox.telegram.api import Telegram, TelegramSettings, open_telegram
from tests.bot.outbound.chatworld import ChatWorld


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    """A local Telegram that holds the bot to Telegram's rates."""
    async with open_telegram(TelegramSettings(tmp_path / "telegram")) as running:
        yield running


@pytest.fixture
async def chat(nc: Client, telegram: Telegram, tmp_path: Path) -> AsyncIterator[ChatWorld]:
    """NATS, read models and Telegram; the notifier is started by the test."""
    async with aiohttp.ClientSession() as http:
        world = ChatWorld(nc, telegram, http, tmp_path)
        async with world.reading():
            yield world
