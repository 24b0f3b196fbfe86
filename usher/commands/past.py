"""The words of the commands that look back; what they do is loaded when one is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from events.settings import read_settings
from usher import running

app = typer.Typer()
Json = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]
Many = list[str] | None


@app.command()
def history(
    job: str,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what happens, until the job ends.")] = False,
    as_json: Json = False,
) -> None:
    """Every event of a job, with what caused it and how long it took."""
    from usher.commands import inspect

    raise typer.Exit(inspect.history(read_settings(), job, as_json, follow))


@app.command()
def why(
    job: str,
    event: Annotated[int | None, typer.Option(help="Explain this event (its sequence); else the newest.")] = None,
    looks: Annotated[int, typer.Option(min=1, max=100, help="How many looks to go back.")] = 3,
    as_json: Json = False,
) -> None:
    """Which events led to where a job stands, and which line of its wish refused each show."""
    from usher.commands import inspect

    raise typer.Exit(inspect.why(read_settings(), job, event, looks, as_json))


@app.command()
def replay(
    job: str,
    at: Annotated[str | None, typer.Option(help="A sequence, or a time in ISO 8601 (the city's).")] = None,
    step: Annotated[bool, typer.Option("--step", help="What each event changed.")] = False,
    as_json: Json = False,
) -> None:
    """A job's state as it was; exit code 1 where an event cannot be read or applied."""
    from usher.commands import replay as past

    raise typer.Exit(past.replay(read_settings(), job, at, step, as_json))


@app.command(name="what-if")
def what_if(
    job: Annotated[str | None, typer.Argument(help="A job; or --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Judge every recorded decision by today's rules.")] = False,
    film: str | None = None,
    city: str | None = None,
    cinema: Annotated[Many, typer.Option(help='Several in order of preference; "any" takes all.')] = None,
    day: Annotated[Many, typer.Option("--date", help='YYYY-MM-DD, or "any".')] = None,
    time: Annotated[Many, typer.Option(help='HH:MM-HH:MM, or "any".')] = None,
    language: Many = None,
    format: Many = None,
    screen: Many = None,
    seats: Annotated[int | None, typer.Option(min=1, max=10)] = None,
    category: Annotated[str | None, typer.Option(help='The price class, or "any".')] = None,
    cap: Annotated[str | None, typer.Option(help='Most rupees for the order, or "any".')] = None,
    watch_from: Annotated[str | None, typer.Option(help='ISO 8601, city\'s time, or "any".')] = None,
    watch_until: Annotated[str | None, typer.Option(help='ISO 8601, city\'s time, or "any".')] = None,
    avoid_rows: Annotated[int | None, typer.Option(min=0, max=20, help="Rows from the screen to avoid.")] = None,
    apart: Annotated[bool | None, typer.Option("--apart/--together", help="The seats need not be together.")] = None,
    across_aisle: Annotated[bool | None, typer.Option(help="An aisle may lie between.")] = None,
    accessible: Annotated[bool | None, typer.Option(help="Wheelchair and companion seats.")] = None,
    as_json: Json = False,
) -> None:
    """What another wish would have been offered by the looks that were taken, and which seats it would have chosen in
    the halls that the job saw; with --all, whether today's rules decide as they did then (exit code 1 where not)."""
    from usher.commands import whatif

    parts: dict[str, object] = {
        "film": film,
        "city": city,
        "cinema": cinema,
        "date": day,
        "time": time,
        "language": language,
    }
    parts |= {"format": format, "screen": screen, "seats": seats, "category": category, "cap": cap}
    parts |= {"watch_from": watch_from, "watch_until": watch_until}
    parts |= {"avoid_rows": avoid_rows, "apart": apart, "across_aisle": across_aisle, "accessible": accessible}
    changed = {name: value for name, value in parts.items() if value not in (None, [])}
    raise typer.Exit(whatif.what_if(read_settings(), job, everything, changed, as_json))


@app.command()
def fixture(
    job: str,
    into: Annotated[Path, typer.Option(help="The folder of the test.")] = Path("tests/flights"),
) -> None:
    """Make a test of a job's life: its looks and decisions, again, with no network."""
    from usher.commands import flights

    raise typer.Exit(flights.fixture(read_settings(), job, into))


@app.command()
def verify(
    model: Annotated[bool, typer.Option(help="Compare the read model with one made anew, too.")] = True,
    as_json: Json = False,
) -> None:
    """Check every event of the log and every row of the read model; exit code 1 where something is wrong."""
    from usher.commands import ops

    raise typer.Exit(running.run(ops.verify(read_settings(), model, as_json)))


@app.command()
def export(
    job: Annotated[str | None, typer.Argument(help="A job, with its looks and pictures; or --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every event of every log.")] = False,
    to: Annotated[Path | None, typer.Option(help="A file; without it, standard output.")] = None,
    as_json: Json = False,
) -> None:
    """Write events as JSON lines that need no NATS and hold no secret."""
    from usher.commands import ops

    raise typer.Exit(ops.export(read_settings(), job, everything, to, as_json))


@app.command(name="import")
def import_file(file: Path, as_json: Json = False) -> None:
    """Read such a file into an empty USHER_HOME."""
    from usher.commands import ops

    raise typer.Exit(running.run(ops.import_file(read_settings(), file, as_json)))


@app.command(name="nats", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def nats_cli(context: typer.Context) -> None:
    """Run the `nats` CLI on this usher's server: `usher nats -- stream report`."""
    import os

    from usher.natscli import find_nats, words_for

    os.execv(find_nats(), ["nats", *words_for(read_settings()), *context.args])


@app.command(name="context")
def nats_context(
    name: Annotated[str, typer.Option(help="The context's name.")] = "usher", as_json: Json = False
) -> None:
    """Write a context for the `nats` CLI: `nats --context usher stream report`."""
    import json

    from usher.natscli import write_context

    file = write_context(read_settings(), name)
    told = f"wrote {file}: `nats --context {name} stream report`"
    typer.echo(json.dumps({"context": name, "file": str(file)}) if as_json else told)
