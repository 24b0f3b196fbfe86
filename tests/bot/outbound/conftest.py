"""The chat's outbound half, ready to be looked at."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from nats.aio.client import Client

from events.settings import Settings
from sandbox.nats_server import NatsServer
from sandbox.telegram.api import Telegram, TelegramSettings, open_telegram
from tests.bot.outbound.chatworld import ChatWorld
from usher.compose import house


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


@pytest.fixture
async def talk(nc: Client, server: NatsServer, telegram: Telegram, tmp_path: Path) -> AsyncIterator[ChatWorld]:
    """Everything but watcher, booker and scheduler."""
    settings = Settings(home=tmp_path / "home", bot_token=telegram.bot_token, bot_api_url=telegram.url)
    settings.home.mkdir()
    async with aiohttp.ClientSession() as http:
        world = ChatWorld(nc, telegram, http, tmp_path)
        async with house(settings, ("desk", "projector", "notifier", "bot"), server.url):
            yield world
