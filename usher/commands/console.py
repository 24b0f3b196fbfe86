"""`usher console` and `usher status`: how a running usher stands, in the browser and in the shell."""

from __future__ import annotations

import json

import typer

from events.settings import Settings
from services.status import Status, as_row, status_of
from usher.client import client
from usher.commands.up import stopped


async def console(settings: Settings, port: int) -> int:
    """Serve the console until a signal comes. Raises UsherError."""
    from usher.console.server import open_console

    stop = stopped()
    async with client(settings) as usher, open_console(usher.nc, settings, port) as running:
        typer.echo(f"console: {running.url}   (Ctrl-C ends it)")
        await stop.wait()
    return 0


async def status(settings: Settings, as_json: bool) -> int:
    """Print the status; 1 while an alarm stands."""
    async with client(settings) as usher:
        found = await status_of(usher.nc)
    typer.echo(json.dumps(as_row(found))) if as_json else _print(found)
    return 1 if found.alarms else 0


def _print(found: Status) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    out = Console(highlight=False)
    table = Table(box=None, header_style="dim")
    for title in ("actor", "stream", "behind", "in work", "again", ""):
        table.add_column(title, justify="right" if title in {"behind", "in work", "again"} else "left")
    for lag in found.lags:
        alive = Text("up", "green") if lag.alive else Text("gone", "red")
        cells = (lag.actor, lag.stream, f"{lag.pending:,}", f"{lag.in_work:,}", f"{lag.redelivered:,}")
        table.add_row(*cells, alive)
    out.print(table)
    out.print(", ".join(f"{jobs:,} {status}" for status, jobs in found.counts.items()) or "no jobs", style="dim")
    if found.left_over:
        out.print(f"holds left by bookers that died, given back by the next: {found.left_over:,}", style="dim")
    for alarm in found.alarms:
        out.print(Text.assemble(("! ", "red bold"), alarm.what, (f"; {alarm.instead}", "dim")))
    if not found.alarms:
        out.print("nothing needs a person", style="green")
