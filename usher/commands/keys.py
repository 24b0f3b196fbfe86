"""`usher key …`: the master key of the vault."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from events.errors import BadInput, UsherError
from events.settings import Settings, read_settings

if TYPE_CHECKING:
    from nats.aio.client import Client

    from services.vault.rotation import Proof

app = typer.Typer(no_args_is_help=True)


def _run(work: Coroutine[Any, Any, int]) -> None:
    raise typer.Exit(asyncio.run(work))


@app.command()
def init(
    from_: Annotated[Path | None, typer.Option("--from", help="Take the keys that `usher key export` wrote.")] = None,
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep it in the operating system's keyring.")] = False,
) -> None:
    """Make the master key before the first start, or put an exported one in place."""
    from services.vault import MasterKeys
    from services.vault.master import parse

    source = _source(read_settings(), keyring)
    here = source.load()
    if from_ is None:
        if here is not None:
            raise BadInput("key", f"{source.where} holds {here.ids[-1]} already", "`usher key rotate` for a new one")
        keys = source.create()
    else:
        try:
            given = parse(from_.read_text(), str(from_))
        except (OSError, UnicodeDecodeError):
            raise BadInput("--from", f"{from_} cannot be read", "a file that `usher key export` wrote") from None
        if given is None:
            raise BadInput("--from", f"{from_} holds no key", "a file that `usher key export` wrote")
        keys = MasterKeys([*(key for key in here or () if key not in tuple(given)), *given])
        source.save(keys)
    typer.echo(f"master key {keys.ids[-1]} in {source.where}")
    typer.echo("Keep a copy apart from your backups: `usher key export FILE`. Without it they hold no readable secret.")


@app.command()
def rotate() -> None:
    """A new master key; wraps every user's data key under it while usher runs, then drops the old one."""
    _run(_rotate(read_settings()))


@app.command()
def export(into: Annotated[Path, typer.Argument(help="A new file, or - for the terminal.")]) -> None:
    """Write the master key, for safe keeping apart from the backups."""
    from services.vault.master import written

    source = _source(read_settings())
    keys = source.load()
    if keys is None:
        raise UsherError(f"{source.where} holds no master key yet: `usher key init` makes one")
    if str(into) == "-":
        typer.echo(written(keys), nl=False)
        return
    try:
        handle = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as wrong:
        raise BadInput("file", f"{into} cannot be made ({wrong.strerror})", "a new file") from None
    with os.fdopen(handle, "w") as file:
        file.write(f"# usher's master key: whoever has it and a backup reads its secrets\n{written(keys)}")
    typer.echo(f"master key {keys.ids[-1]} in {into} (mode 0600). It is void after `usher key rotate` and /forget.")


@app.command()
def verify() -> None:
    """Open every sealed record of the running usher; exit 1 where one does not open."""
    _run(_verify(read_settings()))


def _source(settings: Settings, keyring: bool = False) -> Any:
    from services.vault import find_master_keys
    from services.vault.master import open_os_keyring
    from usher.compose import open_home
    from usher.environment import master_key_given

    open_home(settings.home)
    if not keyring:
        return find_master_keys(settings.home, master_key_given())
    found = open_os_keyring(settings.home)
    if found is None:
        raise UsherError("there is no keyring: `pip install keyring`, and a desktop or another backend for it")
    return found


async def _rotate(settings: Settings) -> int:
    from services.buckets import Bucket
    from services.vault.records import Records
    from services.vault.rotation import rotate as rotated
    from usher.client import client

    source = _source(settings)
    async with client(settings, "keeper") as usher:
        done = await rotated(Records(Bucket(usher.nc, "vault"), source))
    typer.echo(f"master key {done.current} seals now; {done.rewrapped} data keys wrapped anew")
    if source.lock is None:
        typer.echo(f"drop the older keys from {source.where} at the next start")
    else:
        typer.echo("Backups made before need the key of their time. Export the new one: `usher key export FILE`.")
    return 0


async def proof(settings: Settings) -> tuple[Proof, str]:
    """What opens of the running usher's vault, and the master key in words. Raises UsherError."""
    from usher.client import client

    async with client(settings, "keeper") as usher:
        return await proof_on(settings, usher.nc)


async def proof_on(settings: Settings, nc: Client) -> tuple[Proof, str]:
    """The same on a connection as NATS user `keeper`."""
    from services.buckets import Bucket
    from services.vault.records import Records
    from services.vault.rotation import verify as verified

    source = _source(settings)
    keys = source.load()
    found = await verified(Records(Bucket(nc, "vault"), source))
    return found, f"{keys.ids[-1] if keys else 'none'} in {source.where}"


async def _verify(settings: Settings) -> int:
    found, where = await proof(settings)
    typer.echo(f"{found.users} users' secrets open; master key {where}")
    for wrong in found.trouble:
        typer.echo(f"✗ {wrong}")
    return 1 if found.trouble else 0
