"""`usher rebuild`: the read models anew from the log, beside the live ones, then swapped in."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console

from events.errors import BadInput
from events.settings import Settings
from services.rebuilding import Rebuilt, last_sequence, rebuild, renew
from usher.bars import progress_bar
from usher.client import Usher, client


async def rebuild_models(settings: Settings, into: Path | None, until: int | None, as_json: bool) -> int:
    """Rebuild into `into` and leave it there, or beside the live file and swap. Raises BadInput, Unavailable."""
    live = settings.home / "usher.sqlite3"
    if until is not None and into is None:
        allowed = "--until only together with --into FILE: the live read models always follow to the end"
        raise BadInput("until", f"{until} without --into", allowed, "--until 120 --into then.sqlite3")
    if into is not None and _same(into, live):
        raise BadInput("into", f"{into} is the live file", "another path, or no --into at all")
    if into is not None and _foreign(into):
        raise BadInput("into", f"{into} is there already, and is no read model", "a new path, or an earlier rebuild's")
    async with client(settings) as usher:
        end = await last_sequence(usher.nc, "JOBS")
        if until is not None and until > end:
            raise BadInput("until", f"{until} is still to come", f"a sequence up to {end}, the log's last")
        done, adopted = await _rebuilt(usher, live, into, until, shown=not as_json)
    rate = round(done.events / done.seconds) if done.seconds else 0
    if as_json:
        body: dict[str, object] = {
            "events": done.events,
            "unreadable": done.unreadable,
            "seconds": round(done.seconds, 3),
        }
        body |= {"events_per_second": rate, "file": str(into or live), "swapped_while_running": adopted}
        sys.stdout.write(json.dumps(body | {"positions": done.positions}) + "\n")
        return 0
    where = f"into {into}" if into else "and the running projector has taken it over" if adopted else f"into {live}"
    Console().print(f"{done.events:,} events in {done.seconds:.1f} s ({rate:,} a second), {where}.")
    if done.unreadable:
        Console().print(f"[yellow]{done.unreadable} messages could not be read and are not in it: see PARKED.[/]")
    return 0


def _foreign(file: Path) -> bool:
    """Whether something else than a read model is there."""
    if not file.is_file():
        return file.exists()
    with file.open("rb") as opened:
        return opened.read(15) != b"SQLite format 3"


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


async def _rebuilt(usher: Usher, live: Path, into: Path | None, until: int | None, shown: bool) -> tuple[Rebuilt, bool]:
    with progress_bar("rebuilding", shown) as moved:
        if into is None:
            return await renew(usher.nc, live, moved)
        return await rebuild(usher.nc, into, moved, {"JOBS": until} if until else None), False
