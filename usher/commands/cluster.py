"""`usher cluster …`: the cluster's configuration, its users' keys and its streams."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from events.settings import read_settings

app = typer.Typer(no_args_is_help=True)
NODES = ["nats1", "nats2", "nats3"]  # of compose.yaml


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
def ca(
    folder: Annotated[Path, typer.Argument(help="Where the certificates lie.")] = Path("nats-tls"),
    node: Annotated[list[str], typer.Option(help="A server's host name; once each.")] = NODES,
) -> None:
    """Make the cluster's own CA and its nodes' certificates, or make anew those that end soon. Keep ca.key apart."""
    from events.settings import utc_now
    from usher.certificates import CA, ends, make_certificates

    made = make_certificates(folder, node, utc_now())
    for name in (CA, *(f"{one}.pem" for one in node)):
        word = "made" if name in made else "kept"
        typer.echo(f"{word} {folder / name}, good until {ends(folder / name):%Y-%m-%d}")


@app.command()
def declare() -> None:
    """Make or update streams, buckets and consumers; needs the seed `admin`."""
    from events.errors import UsherError
    from events.streams import ensure
    from usher.connection import connect
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
