"""What most commands need and some should not pay for: asyncio and nats-py are loaded by the command that uses them."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from events.settings import Settings

if TYPE_CHECKING:
    from usher.client import Usher

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    import asyncio

    return asyncio.run(work)


def client(settings: Settings) -> AbstractAsyncContextManager[Usher]:
    """Talk to a running usher; see usher.client."""
    from usher.client import client as opened

    return opened(settings)
