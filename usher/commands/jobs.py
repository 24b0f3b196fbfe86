"""`usher job …` and `usher jobs`."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer

from events.errors import BadInput
from events.settings import Settings, read_settings
from events.wish import CITY_ZONE, Money, Payment, SeatWish, Wish, parse_moment, parse_time_range
from usher.running import client, run
from usher.tables import visible

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]
Many = list[str] | None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("date", f'"{text}" is no date', "YYYY-MM-DD", "2026-12-18") from None


def _payment(text: str) -> Payment:
    try:
        found: Payment = msgspec.convert(text, Payment)
    except msgspec.ValidationError:
        raise BadInput("payment", f'"{text}"', "cards, qr or cards_or_qr", "--payment cards_or_qr") from None
    return found


@app.command()
def create(
    film: Annotated[str, typer.Option(help="The film's title.")],
    city: Annotated[str, typer.Option(help="The city.")],
    cinema: Annotated[Many, typer.Option(help="A cinema; several in order of preference.")] = None,
    day: Annotated[Many, typer.Option("--date", help="YYYY-MM-DD; several allowed.")] = None,
    time: Annotated[Many, typer.Option(help="HH:MM-HH:MM; several allowed.")] = None,
    language: Annotated[Many, typer.Option()] = None,
    format: Annotated[Many, typer.Option(help="2D, 3D, IMAX 2D, …")] = None,
    screen: Annotated[Many, typer.Option(help="IMAX, 4K DOLBY ATMOS, …")] = None,
    seats: Annotated[int, typer.Option(help="1 to 10.")] = 2,
    category: Annotated[str | None, typer.Option(help="The price class's name.")] = None,
    avoid_rows: Annotated[int, typer.Option(help="Rows from the screen to avoid.")] = 3,
    apart: Annotated[bool, typer.Option(help="The seats need not be together.")] = False,
    across_aisle: Annotated[bool, typer.Option(help="An aisle may lie between.")] = False,
    accessible: Annotated[bool, typer.Option(help="Wheelchair and companion seats are wanted.")] = False,
    cap: Annotated[float | None, typer.Option(help="Most rupees for the whole order.")] = None,
    watch_from: Annotated[str | None, typer.Option(help="ISO 8601, city's time.")] = None,
    watch_until: Annotated[str | None, typer.Option(help="ISO 8601, city's time.")] = None,
    dry_run: Annotated[
        bool, typer.Option(help="A rehearsal: everything up to the last click, then the seats go back.")
    ] = False,
    payment: Annotated[str, typer.Option(help="cards, qr (you pay a code) or cards_or_qr.")] = "cards",
    votes: Annotated[int, typer.Option(help="How many must agree to poor seats.")] = 1,
    voter: Annotated[Many, typer.Option(help="A user who may answer beside you; several allowed.")] = None,
    as_json: Json = False,
) -> None:
    """Wish to see a film."""
    wish = Wish(
        film=film,
        city=city,
        cinemas=tuple(cinema or ()),
        dates=tuple(_date(text) for text in day or ()),
        times=tuple(parse_time_range(text) for text in time or ()),
        languages=tuple(language or ()),
        formats=tuple(format or ()),
        screens=tuple(screen or ()),
        seats=SeatWish(seats, category, avoid_rows, not apart, across_aisle, accessible),
        cap=Money(round(cap * 100)) if cap is not None else None,
        watch_from=parse_moment("watch_from", watch_from),
        watch_until=parse_moment("watch_until", watch_until),
        dry_run=dry_run,
        payment=_payment(payment),
        votes=votes,
        voters=tuple(voter or ()),
    )

    async def work() -> None:
        async with client(read_settings()) as usher:
            made = await usher.desk("job.create", wish=msgspec.to_builtins(wish))
            if as_json:
                typer.echo(json.dumps(made))
                return
            typer.echo(f"job {made['job']}")
            typer.echo(f"usher watches for {film} in {city} and books {seats} seats as soon as they are on sale")
            if made["note"]:
                typer.echo(made["note"])

    run(work())


def _command(what: str, job: str, as_json: bool, **body: Any) -> None:
    async def work() -> None:
        async with client(read_settings()) as usher:
            found = await usher.job(job)
            done = await usher.desk(f"job.{what}", job=found["job_id"], **body)
            typer.echo(json.dumps(done) if as_json else f"job {done['job']} is {done['status']}")

    run(work())


@app.command()
def cancel(job: str, why: str = "", as_json: Json = False) -> None:
    """End a job."""
    _command("cancel", job, as_json, why=why)


@app.command()
def pause(job: str, as_json: Json = False) -> None:
    """Stop watching until resumed."""
    _command("pause", job, as_json)


@app.command()
def resume(job: str, as_json: Json = False) -> None:
    """Watch again."""
    _command("resume", job, as_json)


@app.command()
def consent(
    job: str,
    yes: Annotated[bool, typer.Option("--yes/--no")],
    other: Annotated[bool, typer.Option(help="With --no: try the other shows now.")] = False,
    as_json: Json = False,
) -> None:
    """Take the poor seats, or not."""
    _command("consent", job, as_json, yes=yes, other=other)


@app.command()
def paid(job: str, as_json: Json = False) -> None:
    """Say that the code is paid: usher looks at once."""
    _command("paid", job, as_json)


@app.command()
def settle(
    job: str,
    yes: Annotated[bool, typer.Option("--booked/--not-booked")],
    number: Annotated[str, typer.Option(help="The site's booking number, if you have it.")] = "",
    as_json: Json = False,
) -> None:
    """Say whether it was booked, where the site's order history cannot be read."""
    _command("settle", job, as_json, yes=yes, number=number)


@app.command()
def show(job: str, as_json: Json = False) -> None:
    """One job, with what stands and what comes next."""
    from usher.commands.now import show as show_now

    show_now(read_settings(), job, as_json)


async def listing(settings: Settings, which: str, as_json: bool) -> None:
    """`usher jobs`."""
    async with client(settings) as usher:
        rows = await usher.ask("usher.query.jobs", {"which": which, "user": usher.user})
    if as_json:
        typer.echo(json.dumps(rows))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        typer.echo("no jobs here: `usher job create --film … --city …`")
        return
    table = Table(box=None, header_style="dim")
    for title in ("job", "state", "film", "city", "seats", "since"):
        table.add_column(title)
    for row in rows:
        since = datetime.fromisoformat(row["updated_at"]).astimezone(CITY_ZONE)
        cells = (
            row["job_id"][-8:],
            row["status"],
            row["film"],
            row["city"],
            row["seats"] or "",
            f"{since:%d %b %H:%M}",
        )
        table.add_row(*(Text(visible(cell)) for cell in cells))
    Console(highlight=False).print(table)
