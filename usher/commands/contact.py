"""`usher contact`: where the site sends the ticket."""

from __future__ import annotations

import typer

from events.settings import Settings
from usher.client import client
from usher.prompts import two_answers


async def contact(settings: Settings) -> None:
    """Keep e-mail and phone, asked for or read as two lines from a pipe."""
    email, phone = two_answers("E-mail", "Phone")
    async with client(settings) as usher:
        kept = await usher.desk("user.contact", email=email, phone=phone)
    typer.echo(f"tickets go to {kept['email']} and {kept['phone']}")
