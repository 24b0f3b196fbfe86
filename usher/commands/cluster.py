"""`usher cluster …`: the cluster's configuration, its users' keys and its streams."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from events.settings import read_settings

app = typer.Typer(no_args_is_help=True)


@app.command()
def conf(into: Annotated[Path, typer.Argument(help="The file to write.")] = Path("nats.conf")) -> None:
    """Write the cluster's configuration with every user's rights (no keys in it)."""
    from usher.cluster import write_conf

    typer.echo(f"wrote {write_conf(into)}")


@app.command()
def keys() -> None:
    """Make the users' seeds where they are missing; prints the public keys as lines for compose's `.env`."""
    from usher.cluster import environment
    from usher.identities import identities_of

    typer.echo(environment(identities_of(read_settings())), nl=False)


@app.command()
def declare() -> None:
    """Make or update streams, buckets and consumers; needs the seed `admin`."""
    from events.errors import UsherError
    from events.streams import ensure
    from usher.compose import connect
    from usher.identities import identities_of

    settings = read_settings()

    async def declared() -> list[str]:
        from usher.client import where_is_nats

        nc = await connect(where_is_nats(settings), "admin", identities_of(settings))
        try:
            return await ensure(nc, settings.replicas)
        finally:
            await nc.close()

    try:
        done = asyncio.run(declared())
    except TimeoutError:
        raise UsherError("NATS took too long: are most of the cluster's servers up?") from None
    typer.echo("\n".join(done) or "everything is as declared")
