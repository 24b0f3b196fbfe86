"""`usher pair`: the code that makes the owner in the chat, where no terminal of `usher up` shows it."""

from __future__ import annotations

import typer

from events.settings import Settings
from usher.client import client


async def pair(settings: Settings) -> None:
    """Ask the desk for the code; print what to write to the bot. Raises Refused where the owner is known."""
    async with client(settings) as usher:
        answer = await usher.ask("usher.user.code")
    typer.echo(f"/start {answer['code']}")
