"""Real parts, one fixture each: a real nats-server with our streams, and connections to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import nats
import pytest
from nats.aio.client import Client

from events.store import EventStore
from events.streams import ensure
from sandbox.nats_server import NatsServer, run_server
from sites.browser import find_browser
from sites.catalogue import open_site
from tests.shops import Shop, open_shop

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from sites.protocol import Site

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    """A real nats-server with its own data directory; lazy sync, since no test pulls the plug."""
    async with run_server(tmp_path / "nats", sync_always=False) as running:
        yield running


@pytest.fixture
async def nc(server: NatsServer) -> AsyncIterator[Client]:
    """A connection to a server that has all streams."""
    client = await nats.connect(server.url, pending_size=0, drain_timeout=5)
    await ensure(client)
    yield client
    await client.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium, for pages that a person sees."""
    from playwright.async_api import async_playwright  # most tests need none of it

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=find_browser(), args=flags)
        yield browser
        await browser.close()


@pytest.fixture
def store_of(nc: Client) -> Callable[[str], EventStore]:
    """An actor's event store."""
    return lambda actor: EventStore(nc, actor)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A running demo cinema; its blockbuster's sale is open."""
    async with open_shop(tmp_path / "cinema") as running:
        await running.open_sale()
        yield running


@pytest.fixture
async def site(shop: Shop) -> AsyncIterator[Site]:
    """The adapter at the shop's address."""
    opened = open_site("bookmyshow", shop.url)
    yield opened
    await opened.close()
