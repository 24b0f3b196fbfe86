"""A real local Telegram, a bot that speaks plain HTTP to it, and people at its page; a demo cinema to buy from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from events.wish import Show
from sandbox.telegram.api import Telegram, TelegramSettings, open_telegram
from sandbox.telegram.person import ASHA, RAVI, Person
from sites.catalogue import open_site
from tests.shops import Shop, a_show, open_shop


@dataclass
class PlainBot:
    """The Bot API over a plain HTTP client: no library hides what the server says."""

    session: aiohttp.ClientSession
    telegram: Telegram
    headers: dict[str, str] = field(default_factory=dict)  # of the last answer
    status: int = 0

    def url(self, method: str) -> str:
        return f"{self.telegram.url}/bot{self.telegram.bot_token}/{method}"

    async def call(self, method: str, **values: Any) -> Any:
        """The whole answer of a call with a JSON body."""
        async with self.session.post(self.url(method), json=values) as answer:
            self.status, self.headers = answer.status, dict(answer.headers)
            return await answer.json()

    async def ok(self, method: str, **values: Any) -> Any:
        """The result of a call that must succeed."""
        body = await self.call(method, **values)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **values: Any) -> str:
        """The description of a call that must be refused; HTTP status and error_code must agree."""
        body = await self.call(method, **values)
        assert not body["ok"], body
        assert body["error_code"] == self.status
        return str(body["description"])

    async def updates(self, **values: Any) -> list[dict[str, Any]]:
        """getUpdates; 1 s at most unless told otherwise."""
        found: list[dict[str, Any]] = await self.ok("getUpdates", **{"timeout": 0, **values})
        return found

    async def polled(self) -> None:
        """Wait until a getUpdates waits."""
        assert (await self.control("GET", "/polling"))["polling"]

    async def control(self, verb: str, path: str = "", /, **body: Any) -> Any:
        """One call of the control endpoint."""
        headers = {"Authorization": f"Bearer {self.telegram.control_token}"}
        url = f"{self.telegram.url}/_control{path}"
        async with self.session.request(verb, url, headers=headers, json=body or None) as answer:
            told = await answer.json()
            assert answer.status == 200, told
            return told

    def person(self, user: int) -> Person:
        return Person(self.session, self.telegram.url, self.telegram.page_token, user)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    """A local Telegram without rate limits, so that tests may write as fast as they like."""
    async with open_telegram(TelegramSettings(tmp_path / "telegram", strict_limits=False)) as running:
        yield running


@pytest.fixture
async def bot(telegram: Telegram, session: aiohttp.ClientSession) -> PlainBot:
    """A bot that Asha and Ravi have started, with nothing left in its queue."""
    plain = PlainBot(session, telegram)
    for user in (ASHA, RAVI):
        await plain.person(user).say("/start")
    await plain.ok("deleteWebhook", drop_pending_updates=True)
    return plain


@pytest.fixture
def asha(bot: PlainBot) -> Person:
    """Asha at the page."""
    return bot.person(ASHA)


@pytest.fixture
def ravi(bot: PlainBot) -> Person:
    """Ravi at the page."""
    return bot.person(RAVI)


@pytest.fixture
def keyboard() -> Callable[..., dict[str, Any]]:
    """An inline keyboard of one row: labels to data."""
    return lambda **buttons: {
        "inline_keyboard": [[{"text": text, "callback_data": data} for text, data in buttons.items()]]
    }


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A running demo cinema; its blockbuster's sale is open."""
    async with open_shop(tmp_path) as running:
        await running.open_sale()
        yield running


@pytest.fixture
async def show(shop: Shop) -> Show:
    """A show of tomorrow in a hall with a plain map."""
    site = open_site("bookmyshow", shop.url)
    try:
        return await a_show(site)
    finally:
        await site.close()
