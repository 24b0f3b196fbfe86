"""`usher card`: gift cards in the vault."""

from __future__ import annotations

from typing import Annotated

import typer

from events.settings import read_settings
from usher.prompts import two_answers
from usher.running import client, run

app = typer.Typer(no_args_is_help=True)


@app.command()
def add(label: Annotated[str, typer.Option(help="A name for the card.")] = "") -> None:
    """Keep a gift card. Number and PIN are asked for, or read as two lines from a pipe: an argument would stand in
    the process list."""
    number, pin = two_answers("Card number", "PIN", hidden=True)

    async def work() -> None:
        async with client(read_settings()) as usher:
            kept = await usher.desk("user.card.add", number=number, pin=pin, label=label)
            typer.echo(f"kept the card ending in {kept['last4']} as {kept['card']}")

    run(work())


@app.command(name="list")
def listing() -> None:
    """Your cards, masked."""

    async def work() -> None:
        async with client(read_settings()) as usher:
            found = await usher.ask("usher.query.cards", {"user": usher.user})
            for card in found:
                typer.echo(f"{card['card_id']}  •••• {card['last4']}  {card['label']}")
            if not found:
                typer.echo("no cards yet: `usher card add`")

    run(work())


@app.command()
def label(card: str, text: str) -> None:
    """Give a card another name."""

    async def work() -> None:
        async with client(read_settings()) as usher:
            await usher.desk("user.card.label", card=card, label=text)
            typer.echo(f"{card} is called {text!r}" if text else f"{card} has no name")

    run(work())


@app.command()
def remove(card: str) -> None:
    """Forget a card."""

    async def work() -> None:
        async with client(read_settings()) as usher:
            await usher.desk("user.card.remove", card=card)
            typer.echo(f"removed {card}")

    run(work())
