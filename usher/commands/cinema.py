"""`usher cinema`: what its manager can do at the demo cinema of a running `usher up`."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from events.errors import BadInput, Unavailable
from events.settings import read_settings
from events.wish import Money
from usher.running import note_of
from usher.tables import clock, write_table

app = typer.Typer(no_args_is_help=True)
FILM = "Dune: Part Three"
Film = Annotated[str, typer.Argument(help="A film of the programme.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]


def _ask(path: str, body: dict[str, str | bool] | None = None) -> Any:
    """The cinema's control endpoint. Raises Unavailable, BadInput."""
    note = note_of(read_settings())
    if not note["cinema_token"]:
        raise Unavailable("this usher watches a real site: only the demo cinema can be steered")
    link = HTTPConnection(urlsplit(note["cinema_url"]).netloc, timeout=10)
    headers = {"Authorization": f"Bearer {note['cinema_token']}"}
    try:
        link.request("GET" if body is None else "POST", f"/_control/{path}", json.dumps(body), headers)
        answer = link.getresponse()
        said = json.loads(answer.read())
    except OSError as away:
        raise Unavailable(f"the demo cinema does not answer ({away})") from None
    finally:
        link.close()
    if answer.status == HTTPStatus.BAD_REQUEST:
        raise BadInput("film", *said["error"].split("; allowed: ", 1))
    return said


@app.command(name="open")
def open_sale(film: Film = FILM) -> None:
    """Put a film's tickets on sale, now."""
    _ask("sale", {"film": film, "open": True})
    sys.stdout.write(f"tickets for {film} are on sale\n")


@app.command(name="close")
def close_sale(film: Film = FILM) -> None:
    """Take a film's tickets off sale."""
    _ask("sale", {"film": film, "open": False})
    sys.stdout.write(f"the sale of {film} is closed\n")


@app.command()
def ledger(as_json: Json = False) -> None:
    """What the cinema has sold, and to which booking each charge belongs."""
    found = _ask("ledger")
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    sold = {one["transaction_id"]: one for one in found["bookings"]}
    rows = [_row(charge, sold.get(charge["transaction_id"], {})) for charge in found["charges"]]
    if not rows:
        sys.stdout.write("nothing was charged yet\n")
        return
    write_table(("charged", "#amount", "with", "booking", "seats", "film"), rows)


def _row(charge: dict[str, Any], booking: dict[str, Any]) -> tuple[str, ...]:
    """A charge and what was booked for it; a charge without a booking is one that the cinema owes."""
    return (
        clock(datetime.fromisoformat(charge["at"]), day=True),
        str(Money(charge["amount_minor"], charge["currency"])),
        charge["method"],
        booking.get("booking_id", "none"),
        ", ".join(booking.get("seats", ())),
        booking.get("film", ""),
    )
