"""`usher backup` and `usher restore`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import typer
from nats.aio.client import Client

from events.errors import Unavailable, UsherError
from events.settings import Settings
from usher.backup.putting import put_back
from usher.backup.taking import read_manifest, take
from usher.client import where_is_nats
from usher.compose import open_home
from usher.connection import connect
from usher.environment import store_key_given
from usher.identities import identities_of


@asynccontextmanager
async def _own_server(settings: Settings) -> AsyncIterator[str]:
    """The home's server, started for this command. Raises UsherError where another usher runs in the home."""
    from sandbox.nats_server import ServerError, run_server

    try:
        users = identities_of(settings).authorization()
        async with run_server(settings.home / "nats", users=users, store_key=store_key_given()) as server:
            yield server.url
    except ServerError as wrong:
        raise UsherError(str(wrong)) from None


async def back_up(settings: Settings, folder: Path, as_json: bool) -> int:
    """Copy the running usher's log, or that of a home where nothing runs. Raises UsherError."""
    keys = identities_of(settings)
    async with AsyncExitStack() as stack:
        try:
            url = where_is_nats(settings)
        except Unavailable:
            if not (settings.home / "nats" / "data").exists():
                raise
            url = await stack.enter_async_context(_own_server(settings))
        admin, reader = [await connect(url, name, keys) for name in ("admin", "cli")]
        stack.push_async_callback(admin.close)
        stack.push_async_callback(reader.close)
        manifest = await take(admin, reader, folder)
    if as_json:
        rows = {s.stream: {"messages": s.messages, "bytes": s.bytes, "content": s.content} for s in manifest.snapshots}
        typer.echo(json.dumps({"folder": str(folder), "taken_at": manifest.taken_at.isoformat(), "streams": rows}))
        return 0
    for one in manifest.snapshots:
        typer.echo(f"{one.stream:<14} {one.messages:>9,} messages {one.bytes:>12,} bytes  {one.content[:12]}…")
    typer.echo(f"{folder}: restored on a server of its own and compared, nothing differs")
    typer.echo(f"It holds the vault's ciphertexts without {manifest.without}.")
    return 0


async def restore(settings: Settings, folder: Path, as_json: bool) -> int:
    """Put a copy into an empty home, or an empty cluster. Raises UsherError."""
    from usher.commands.keys import proof_on

    manifest = read_manifest(folder)
    open_home(settings.home)
    keys = identities_of(settings)
    async with AsyncExitStack() as stack:
        url = settings.nats_url or await stack.enter_async_context(_own_server(settings))

        async def connected(name: str) -> Client:
            nc = await connect(url, name, keys)
            stack.push_async_callback(nc.close)
            return nc

        done = await put_back(manifest, folder, connected, settings.home / "usher.sqlite3", settings.replicas)
        opened, where = await proof_on(settings, await connected("keeper"))
    if as_json:
        body = {"messages": done.messages, "jobs": done.jobs, "secrets_open": not opened.trouble}
        typer.echo(json.dumps(body | {"events": done.rebuilt.events, "unreadable": done.rebuilt.unreadable}))
        return 0
    typer.echo(f"{sum(done.messages.values()):,} messages, each stream's hash as in the copy")
    typer.echo(f"read models: {done.rebuilt.events:,} events folded, {done.rebuilt.unreadable} unreadable")
    for what, count in done.jobs.items():
        typer.echo(f"jobs {what}: {count}")
    typer.echo(f"master key {where}: {opened.users} users' secrets open")
    for wrong in opened.trouble:
        typer.echo(f"✗ {wrong}")
    typer.echo("Jobs that were under way are paused: the world went on since. `usher up` starts as usual.")
    return 0
