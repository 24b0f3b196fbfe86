"""`usher parked`: messages that an actor could not read or handle, and what to do with them."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from events.errors import BadInput
from events.settings import read_settings
from usher.running import client, run

if TYPE_CHECKING:
    from services.parking import Case
    from services.unparking import Unparking

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]
SHORT = 100


def _known() -> list[Case]:
    from services.parking import known_cases
    from usher.log import open_log

    with open_log(read_settings()) as log:
        return known_cases(log)


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= SHORT else f"{line[:SHORT]}…"


@app.command(name="list")
def listing(
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    as_json: Json = False,
) -> None:
    """What waits; exit code 1 where something does."""
    from usher.tables import clock, write_table

    known = [case for case in _known() if everything or case.open]
    if as_json:
        sys.stdout.write(json.dumps([msgspec.to_builtins(case) | {"open": case.open} for case in known]) + "\n")
    elif not known:
        sys.stdout.write("nothing is parked\n")
    else:
        rows = (
            (
                str(case.number),
                clock(case.message.parked_at, day=True),
                case.actor,
                case.message.subject,
                case.settled.how if case.settled else "tried again" if case.asked else "waits",
                _first_line(case.message.why),
            )
            for case in known
        )
        write_table(("#number", "parked", "by", "message", "state", "why"), rows)
        sys.stdout.write("\n`usher parked show NUMBER`, then `retry NUMBER` or `drop NUMBER --why …`\n")
    raise typer.Exit(1 if any(case.open for case in known) else 0)


@app.command()
def show(number: int, as_json: Json = False) -> None:
    """One message with its error, where it broke, and what became of it."""
    from usher.tables import clock, write_table

    found = next((case for case in _known() if case.number == number), None)
    if found is None:
        raise BadInput("number", f"nothing is parked under {number}", "a number of `usher parked list --all`")
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(found)) + "\n")
        return
    message = found.message
    ended = found.settled
    rows = [
        ("parked", f"{clock(message.parked_at, day=True)} by {found.actor}"),
        ("message", f"{message.subject}, {message.stream or 'log'} {message.sequence}"),
        ("why", _first_line(message.why)),
        ("state", f"{ended.how} by {ended.by}: {ended.why}" if ended else "tried again" if found.asked else "waits"),
    ]
    rows += [("header", f"{name}: {value}") for name, value in message.headers.items()]
    write_table(("", ""), rows)
    sys.stdout.write(f"\n{message.data}\n" + (f"\n{message.traceback}" if message.traceback else ""))


@app.command()
def retry(
    number: Annotated[int | None, typer.Argument(help="A number of the list; or --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait, in the order they were written.")] = False,
    as_json: Json = False,
) -> None:
    """Let the actor try again, in order: what was parked earlier for the same job goes first."""
    if everything == (number is not None):
        raise BadInput("retry", "neither one message nor all", "a number, or --all", "usher parked retry 12")
    told = run(_retried(number))
    said = f"asked for another try of {', '.join(map(str, told))}; `usher parked list` shows how it goes"
    said = said if told else "nothing to try again: see `usher parked list`"
    sys.stdout.write(json.dumps({"asked": told}) + "\n" if as_json else said + "\n")


async def _retried(number: int | None) -> list[int]:
    async with _unparking() as hand:
        return await (hand.retry_all(_unseen) if number is None else hand.retry(number, _unseen))


def _unseen(done: int, of: int) -> None:
    """A retry of the projector folds the log anew; `usher rebuild` shows how far it is."""


@contextlib.asynccontextmanager
async def _unparking() -> AsyncIterator[Unparking]:
    from events.reading import DirectReader
    from events.settings import utc_now
    from services.unparking import Unparking

    settings = read_settings()
    async with client(settings) as usher:
        live = settings.home / "usher.sqlite3"
        yield Unparking(usher.nc, DirectReader(usher.nc), live, settings.user, utc_now)


@app.command()
def drop(
    number: int,
    why: Annotated[str, typer.Option(help="For whoever reads the record later.")],
    as_json: Json = False,
) -> None:
    """Give it up, with a reason. The message stays in its stream and in the record."""
    run(_dropped(number, why))
    said = f"dropped {number}: {' '.join(why.split())}\n"
    sys.stdout.write(json.dumps({"dropped": number}) + "\n" if as_json else said)


async def _dropped(number: int, why: str) -> None:
    async with _unparking() as hand:
        await hand.drop(number, why)
