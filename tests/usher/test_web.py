"""Every page that usher serves: this machine only, its own name only, no foreign page, no secret without its key."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
from nats.aio.client import Client

from events.settings import Settings
from sandbox.cinema.shop import CinemaSettings, open_cinema
from sandbox.telegram.api import TelegramSettings, open_telegram
from services.health import Health
from usher.console.server import open_console


class Door(NamedTuple):
    """One server: a page anybody on this machine may open, and what needs a key (method, path)."""

    url: str
    page: str
    locked: tuple[tuple[str, str], ...] = ()


DOORS = ("console", "chat", "cinema", "figures")


@pytest.fixture
async def doors(nc: Client, tmp_path: Path) -> AsyncIterator[dict[str, Door]]:
    async with AsyncExitStack() as stack:
        console = await stack.enter_async_context(open_console(nc, Settings(home=tmp_path), 0))
        chat = await stack.enter_async_context(open_telegram(TelegramSettings(tmp_path / "telegram")))
        cinema = await stack.enter_async_context(open_cinema(CinemaSettings(tmp_path / "cinema")))
        figures = await stack.enter_async_context(Health().served(0))
        control = (("GET", "/_control/ledger"), ("POST", "/_control/sessions"), ("POST", "/_control/cards"))
        talk = (("GET", "/chat/api/state"), ("POST", "/chat/api/send"))
        yield {
            "console": Door(
                f"http://127.0.0.1:{console.port}", "/", (("POST", "/api/jobs"), ("DELETE", "/api/jobs/x"))
            ),
            "chat": Door(chat.url, "/chat/", talk),
            "cinema": Door(cinema.url, "/", control),
            "figures": Door(f"http://127.0.0.1:{figures}", "/metrics"),
        }


@pytest.mark.parametrize("name", DOORS)
async def test_a_page_is_for_this_machines_own_browser(doors: dict[str, Door], name: str) -> None:
    door = doors[name]
    port = int(door.url.rsplit(":", 1)[1])
    foreign = [
        ({"Host": f"evil.example:{port}"}, {403, 421}),
        ({"Host": "127.0.0.1.evil.example"}, {403, 421}),
        ({"Origin": "http://evil.example"}, {403}),
        ({"Origin": "null"}, {403}),
        ({"Origin": f"http://127.0.0.1:{port + 1}"}, {403}),
    ]
    async with aiohttp.ClientSession(door.url) as http:
        async with http.get(door.page) as fine:
            assert fine.status == 200
            assert "default-src 'none'" in fine.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in fine.headers["Content-Security-Policy"]
            assert fine.headers["X-Content-Type-Options"] == "nosniff"
        for headers, statuses in foreign:
            for method in ("GET", "POST", "OPTIONS"):
                async with http.request(method, door.page, headers=headers) as refused:
                    assert refused.status in statuses, (headers, method)
                    assert not [header for header in refused.headers if header.startswith("Access-Control-")]
        for method, path in door.locked:
            for key in ({}, {"Authorization": "Bearer wrong", "X-Usher-Token": "wrong"}):
                async with http.request(method, path, headers=key, json={}) as refused:
                    assert refused.status in {401, 403}, (path, refused.status)


@pytest.mark.parametrize("name", DOORS)
async def test_no_other_machine_reaches_it(doors: dict[str, Door], name: str) -> None:
    """Nothing listens at this machine's other addresses."""
    port = int(doors[name].url.rsplit(":", 1)[1])
    others = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in {*others, "127.0.0.2"} - {"127.0.0.1"}:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((address, port)) != 0, f"{name} listens at {address}"
