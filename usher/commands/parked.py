"""`usher parked`: messages that an actor could not read or handle, and what to do with them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from events.errors import BadInput, UsherError
from events.settings import read_settings
from usher.running import client, run

if TYPE_CHECKING:
    from events.wire import Wire
    from services.parking import Case, How

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
    from services.parking import case_of, in_order, next_of

    if everything == (number is not None):
        raise BadInput("retry", "neither one message nor all", "a number, or --all", "usher parked retry 12")
    known = _known()
    if number is None:
        wanted = in_order(known)
    else:
        wanted = [case_of(number, known)]
        next_of(wanted[0], known)
    run(_retried(wanted))
    told = [case.number for case in wanted]
    said = f"asked for another try of {', '.join(map(str, told)) or 'nothing'}; `usher parked list` shows how it goes"
    sys.stdout.write(json.dumps({"asked": told}) + "\n" if as_json else said + "\n")


async def _retried(wanted: list[Case]) -> None:
    from events.settings import utc_now
    from services.parking import Retry
    from services.writing import write

    settings = read_settings()
    async with client(settings) as usher:
        for case in wanted:
            if case.actor == "projector":
                continue
            order = Retry(case.number, settings.user, utc_now(), case.message)
            subject = f"retry.{case.actor}.{case.message.subject}"
            await write(usher.nc, "PARKED", subject, msgspec.json.encode(order))
    if folds := [case for case in wanted if case.actor == "projector"]:
        await _rebuilt(folds)


async def _rebuilt(wanted: list[Case]) -> None:
    """The read model has moved on: an event that it could not fold gets its place by making the whole anew."""
    from usher.commands.rebuild import rebuild_models
    from usher.log import open_log

    settings = read_settings()
    with open_log(settings) as log:
        for case in wanted:
            _readable(log, case)
    await rebuild_models(settings, None, None, False)
    await _settle(wanted, "retried", "the read models were made anew")


def _readable(log: Wire, case: Case) -> None:
    from events.catalogue import STREAM_OF
    from events.chain import recorded
    from events.codec import Unreadable

    stream = STREAM_OF.get(case.message.subject.split(".", 1)[0], "JOBS")
    (message,) = log.at(stream, (case.message.sequence,))
    record = recorded(message) if message is not None else None
    if record is None or isinstance(record, Unreadable):
        why = record.why if record else "it is gone"
        raise UsherError(f"{case.number} still cannot be read ({why}): upgrade usher, or drop it")


async def _settle(wanted: list[Case], how: How, why: str) -> None:
    from events.settings import utc_now
    from services.parking import Settled
    from services.writing import write

    settings = read_settings()
    async with client(settings) as usher:
        for case in wanted:
            end = Settled(case.number, how, settings.user, why, utc_now())
            subject = f"settled.{case.actor}.{case.message.subject}"
            await write(usher.nc, "PARKED", subject, msgspec.json.encode(end))


@app.command()
def drop(
    number: int,
    why: Annotated[str, typer.Option(help="For whoever reads the record later.")],
    as_json: Json = False,
) -> None:
    """Give it up, with a reason. The message stays in its stream and in the record."""
    from services.parking import case_of

    if not why.strip():
        raise BadInput("why", "it is empty", "a reason", '--why "a test message"')
    case = case_of(number, _known())
    run(_settle([case], "dropped", why.strip()))
    sys.stdout.write(json.dumps({"dropped": number}) + "\n" if as_json else f"dropped {number}: {why.strip()}\n")
