"""The shell: commands and their help; thin. Heavy parts are imported where they are used."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from events.settings import read_settings
from usher import running
from usher.__main__ import main
from usher.commands import bench, cards, cinema, cluster, jobs, keys, parked, past

__all__ = ["app", "main"]

app = typer.Typer(
    help="usher watches a cinema's site and books the best seats.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(jobs.app, name="job", help="Create, show and change jobs.")
app.add_typer(cards.app, name="card", help="Your gift cards.")
app.add_typer(bench.app, name="bench", help="Measure this machine; each figure beside its goal.")
app.add_typer(cinema.app, name="cinema", help="The demo cinema of a running `usher up`: open a sale, see its ledger.")
app.add_typer(parked.app, name="parked", help="Messages that could not be read or handled.")
app.add_typer(past.app)
app.add_typer(keys.app, name="key", help="The master key of the vault.")
app.add_typer(cluster.app, name="cluster", help="The NATS cluster: its configuration, keys and streams.")
Json = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]


def run(work: Coroutine[Any, Any, int | None]) -> None:
    """Run a command's coroutine; its number is the exit code."""
    raise typer.Exit(running.run(work) or 0)


@app.command()
def demo(as_json: Json = False) -> None:
    """One wish, from a closed sale to a booked ticket, on embedded parts."""
    from usher.commands.demo import demo as show
    from usher.logs import set_up_logs

    set_up_logs(False, "warning")
    run(show(read_settings(), as_json))


@app.command()
def up() -> None:
    """All actors in this process, with an embedded NATS server and, if no site is configured, the demo cinema."""
    from usher.commands.up import up as start

    run(start(read_settings()))


@app.command(name="run")
def run_actor(
    actor: Annotated[str, typer.Argument(help="desk, scheduler, watcher, booker, notifier, projector or bot")],
) -> None:
    """One actor against USHER_NATS_URL; several of one kind may run."""
    from usher.commands.up import run_one

    run(run_one(read_settings(), actor))


@app.command(name="jobs")
def list_jobs(
    which: Annotated[str, typer.Option("--list", help="all, active, pending, ready, watching, expired")] = "all",
    as_json: Json = False,
) -> None:
    """Your jobs, newest first."""
    run(jobs.listing(read_settings(), which, as_json))


@app.command()
def pair() -> None:
    """The code that makes you the owner in the chat: write `/start CODE` to your bot."""
    from usher.commands.pair import pair as tell

    run(tell(read_settings()))


@app.command()
def contact() -> None:
    """E-mail and phone that the site asks for: the ticket goes there. Kept encrypted."""
    from usher.commands.contact import contact as keep

    run(keep(read_settings()))


@app.command()
def limits(
    order: Annotated[str | None, typer.Option(help="Rupees for one order; `none` takes the limit away.")] = None,
    day: Annotated[str | None, typer.Option(help="Rupees for a day of your calendar.")] = None,
    total: Annotated[str | None, typer.Option(help="Rupees in all, over every job.")] = None,
    as_json: Json = False,
) -> None:
    """The most that usher may spend for you: without options, what stands. Over it, a booking stops before it pays."""
    from usher.commands.limits import limits as show

    said = {"limit_order": order, "limit_day": day, "limit_total": total}
    run(show(read_settings(), {name: text for name, text in said.items() if text is not None}, as_json))


@app.command()
def rebuild(
    into: Annotated[Path | None, typer.Option(help="Write here and leave the live file alone.")] = None,
    until: Annotated[int | None, typer.Option(min=1, help="Up to this sequence of JOBS; needs --into.")] = None,
    as_json: Json = False,
) -> None:
    """Make the read models anew from the log, beside the live ones, then swap them in."""
    from usher.commands.rebuild import rebuild_models

    run(rebuild_models(read_settings(), into, until, as_json))


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    as_json: Json = False,
) -> None:
    """Copy the log and the sealed secrets while usher runs; the copy is restored and compared at once."""
    from usher.commands.backup import back_up

    run(back_up(read_settings(), folder, as_json))


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="What `usher backup` wrote.")],
    as_json: Json = False,
) -> None:
    """Put a copy into an empty home (USHER_HOME); jobs that were under way are paused."""
    from usher.commands.backup import restore as put_back

    run(put_back(read_settings(), folder, as_json))


@app.command()
def browser() -> None:
    """Find a Chromium, or install one."""
    from usher.commands.browser import have_browser

    typer.echo(f"browser: {have_browser(read_settings())}")


@app.command()
def console(port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0) -> None:
    """The console in the browser, on a usher that runs (`usher up` has its own)."""
    from usher.commands.console import console as serve

    run(serve(read_settings(), port))


@app.command()
def status(as_json: Json = False) -> None:
    """Actors, streams and alarms; the exit code is 1 while an alarm stands."""
    from usher.commands.console import status as show

    run(show(read_settings(), as_json))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check what usher needs; each line says what is wrong and what to do."""
    from usher.commands.doctor import doctor as check

    run(check(read_settings(), as_json))
