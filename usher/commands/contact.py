"""`usher contact`: where the site sends the ticket."""

from __future__ import annotations

import sys

import typer

from events.settings import Settings
from usher.client import client


async def contact(settings: Settings) -> None:
    """Keep e-mail and phone, asked for, or two lines from a pipe: an argument would stand in the process list."""
    if sys.stdin.isatty():
        email, phone = typer.prompt("E-mail"), typer.prompt("Phone")
    else:
        email, phone = (sys.stdin.readline().strip() for _ in range(2))
    async with client(settings) as usher:
        kept = await usher.desk("user.contact", email=email, phone=phone)
    typer.echo(f"tickets go to {kept['email']} and {kept['phone']}")
