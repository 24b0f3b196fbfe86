"""A chat with real parts: NATS, desk and read models, the local Bot API over HTTP, and the bot's inbound half."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from nats.aio.client import Client

from bot.app import Assistant, open_api
from bot.dialogues import Dialogue, Dialogues
from events.settings import Settings
from events.settings import utc_now as now
from sandbox.telegram.api import Telegram, TelegramSettings, open_telegram
from sandbox.telegram.person import ASHA, RAVI, Person
from services.buckets import Bucket
from services.health import Health
from services.pairing import Pairing
from usher.compose import house

Json = dict[str, Any]


@dataclass
class Chat:
    """A running chat as a test uses it. `asha` is the first to pair."""

    nc: Client
    telegram: Telegram
    http: aiohttp.ClientSession
    asha: Person
    ravi: Person
    health: Health = field(default_factory=Health)
    assistant: Assistant | None = None
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """Start the bot, as one process does."""
        configured = Settings(bot_token=self.telegram.bot_token, bot_api_url=self.telegram.url)
        api = open_api(configured)
        self._open.push_async_callback(api.session.close)
        self.assistant = Assistant(self.nc, api, self.health, now)
        await self.assistant.start()

    @asynccontextmanager
    async def unstarted(self) -> AsyncIterator[tuple[Assistant, Any]]:
        """A bot that polls nothing: the test feeds it."""
        api = open_api(Settings(bot_token=self.telegram.bot_token, bot_api_url=self.telegram.url))
        yield Assistant(self.nc, api, self.health, now), api
        await api.session.close()

    async def stop(self) -> None:
        """Stop the bot and close its connection."""
        if self.assistant is not None:
            await self.assistant.stop()
            self.assistant = None
        await self._open.aclose()

    async def restart(self) -> None:
        """Another process takes over."""
        await self.stop()
        await self.start()

    async def control(self, verb: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.telegram.control_token}"}
        more: Json = {"json": body} if body else {}
        async with self.http.request(verb, f"{self.telegram.url}/_control/{path}", headers=headers, **more) as answer:
            return await answer.json()

    async def code(self) -> str:
        return await Pairing(Bucket(self.nc, "chat")).code()

    async def pair(self) -> Json:
        """Asha becomes the owner; her home message."""
        await self.asha.say(f"/start {await self.code()}")
        return await self.home(self.asha)

    async def admit(self) -> Json:
        """Ravi asks and Asha lets him in; his home message."""
        await self.ravi.say("/start")
        asked = await self.asha.see(lambda m: "would like to use" in m.get("text", ""))
        await self.asha.press_label(asked, "Let in")
        welcome = await self.ravi.see(lambda m: "let you in" in m.get("text", ""))
        await self.ravi.press_label(welcome, "Start")
        return await self.home(self.ravi)

    async def home(self, who: Person) -> Json:
        return await who.see(lambda m: m.get("text", "").startswith("Hello"))

    async def dialogue(self, who: Person, chat: int | None = None) -> Dialogue:
        found, _ = await Dialogues(Bucket(self.nc, "chat")).load(chat or who.user, who.user)
        return found

    async def ask(self, subject: str, **body: Any) -> Any:
        answer = await self.nc.request(subject, json.dumps(body).encode(), timeout=5)
        return json.loads(answer.data)


def says(*words: str) -> Callable[[Json], bool]:
    """Whether a message holds all these words."""
    return lambda message: all(word in (message.get("text") or message.get("caption") or "") for word in words)


@pytest.fixture
def opened(server: Any, nc: Client, tmp_path: Path) -> Callable[..., Any]:
    """Open a Chat, with the local Bot API's limits held or not."""

    @asynccontextmanager
    async def chat(strict: bool = False) -> AsyncIterator[Chat]:
        configured = Settings(home=tmp_path / "home", health_port=0)
        configured.home.mkdir()
        async with (
            house(configured, ("desk", "projector"), server.url),
            open_telegram(TelegramSettings(folder=tmp_path / "telegram", strict_limits=strict)) as telegram,
            aiohttp.ClientSession() as http,
        ):
            people = (Person(http, telegram.url, telegram.page_token, user) for user in (ASHA, RAVI))
            running = Chat(nc, telegram, http, *people)
            await running.start()
            try:
                yield running
            finally:
                await running.stop()

    return chat
