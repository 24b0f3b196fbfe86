"""What most commands need and some should not pay for: asyncio and nats-py are loaded by the command that uses them."""

from __future__ import annotations

import json
import os
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from events.errors import Unavailable
from events.settings import Settings

if TYPE_CHECKING:
    from usher.client import Usher

T = TypeVar("T")


def note_of(settings: Settings) -> dict[str, str]:
    """What the usher that runs in the home says of itself (`up.json`). Raises Unavailable where none runs."""
    try:
        found = json.loads((settings.home / "up.json").read_text())
        os.kill(found["pid"], 0)
        return {name: str(value) for name, value in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Unavailable(f"no usher runs in {settings.home}. Start it: `usher up`.") from None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    import asyncio

    return asyncio.run(work)


def client(settings: Settings) -> AbstractAsyncContextManager[Usher]:
    """Talk to a running usher; see usher.client."""
    from usher.client import client as opened

    return opened(settings)
