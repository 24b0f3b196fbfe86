"""A Bot API server of another make: it does what it is asked, words answers in its own way, and knows no pictures."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import Update
from aiogram.utils.formatting import Text
from aiohttp import web

from bot.app import open_api
from bot.pace import Pace
from bot.polling import FIRST_PAUSE, Poller
from bot.sender import STRANGE, NotTaken, Sender
from bot.view import View
from events.errors import Unavailable
from events.settings import Settings
from services.health import Health

PRESS = {"id": "1", "from": {"id": 7, "is_bot": False, "first_name": "A"}, "data": "x"}  # no chat_instance


@dataclass
class Server:
    """Counts its calls; `updates` are given once."""

    called: Counter[str] = field(default_factory=Counter)
    updates: list[Any] = field(default_factory=list)
    third_poll: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def on_call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.called[method] += 1
        if method in {"sendPhoto", "sendDocument"}:
            return web.json_response({"message": f"{method} is not supported"}, status=500)
        if method == "getUpdates":
            given, self.updates = self.updates, []
            if self.called[method] == 3:
                self.third_poll.set()
            return web.json_response({"ok": True, "result": given})
        if method == "getMe":
            return web.json_response({"ok": True, "result": {"id": 1, "username": "other_bot"}})
        if method == "sendMessage":
            return web.json_response({"ok": True, "result": {"message_id": 40 + self.called[method]}})
        return web.json_response({"ok": True, "result": None})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """The other server."""
    other = Server()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", other.on_call)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    other.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield other
    await runner.cleanup()


@pytest.fixture
async def api(server: Server) -> AsyncIterator[Bot]:
    """The bot's connection to it."""
    opened = open_api(Settings(bot_token="123456:sampleTokenAAAAAAAAAAAAAAAAAAAAAAAAAAA", bot_api_url=server.url))
    yield opened
    await opened.session.close()


async def test_what_it_did_is_done_and_done_once(api: Bot, server: Server) -> None:
    sender = Sender(api, Pace())
    assert await sender.send(7, View(Text("hello")), silent=False) == 41
    assert await sender.edit(7, 41, View(Text("hello again")), photo=False, calm=False)
    assert await api.delete_message(7, 41)
    assert (await api.me()).username == "other_bot"
    assert server.called == {"sendMessage": 1, "editMessageText": 1, "deleteMessage": 1, "getMe": 1}


async def test_a_server_without_pictures_gets_the_words(api: Bot, server: Server) -> None:
    sender, view = Sender(api, Pace()), View(Text("your ticket"), picture=b"\x89PNG")
    for _ in range(STRANGE):  # it may be a passing trouble: tried again by the broker
        with pytest.raises(Unavailable):
            await sender.send(7, view, silent=False)
    with pytest.raises(NotTaken, match="no uploads"):
        await sender.send(7, view, silent=False)
    assert server.called == {"sendPhoto": STRANGE + 1}


async def test_presses_without_a_chat_instance_are_read_and_empty_answers_are_not_asked_for_at_once(
    api: Bot, server: Server
) -> None:
    server.updates = [{"update_id": 5, "callback_query": PRESS}]
    fed: list[Update] = []
    stop = asyncio.Event()

    async def feed(update: Update, kept: asyncio.Event) -> None:
        fed.append(update)

    async def on_queued(update: Update) -> None:
        raise AssertionError(update)

    async def note(text: str) -> None:
        assert not text

    began = time.monotonic()
    polling = asyncio.create_task(Poller(api, feed, ["callback_query"], Health(), note, on_queued).run(stop))
    await server.third_poll.wait()  # updates, nothing, nothing
    assert time.monotonic() - began >= FIRST_PAUSE * 0.9
    stop.set()
    await polling
    assert [update.callback_query.data for update in fed if update.callback_query] == ["x"]
