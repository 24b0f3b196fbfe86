"""Real parts, one fixture each: a real nats-server with our streams, and connections to it."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from events.store import EventStore
from events.streams import ensure
from sandbox.nats_server import NatsServer, run_server

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
def store_of(nc: Client) -> Callable[[str], EventStore]:
    """An actor's event store."""
    return lambda actor: EventStore(nc, actor)
