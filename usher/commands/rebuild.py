"""`usher rebuild`: the read models anew from the log, beside the live ones, then swapped in."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nats
from rich.console import Console

from events.errors import BadInput, Unavailable
from events.settings import Settings
from projections.rebuild import swap
from services.following import rebuilt_beside
from services.rebuilding import Rebuilt, rebuild
from usher.bars import progress_bar
from usher.client import Usher, client

SWAP_WITHIN = 60.0  # s: the projector checks the whole new file before it answers from it


async def rebuild_models(settings: Settings, into: Path | None, until: int | None, as_json: bool) -> int:
    """Rebuild into `into` and leave it there, or beside the live file and swap. Raises BadInput, Unavailable."""
    live = settings.home / "usher.sqlite3"
    if until is not None and into is None:
        allowed = "--until only together with --into FILE: the live read models always follow to the end"
        raise BadInput("until", f"{until} without --into", allowed, "--until 120 --into then.sqlite3")
    if into is not None and _same(into, live):
        raise BadInput("into", f"{into} is the live file", "another path, or no --into at all")
    async with client(settings) as usher:
        done = await _with_progress(usher, into or rebuilt_beside(live), until, shown=not as_json)
        adopted = into is None and await _adopt(usher, live)
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


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


async def _with_progress(usher: Usher, into: Path, until: int | None, shown: bool) -> Rebuilt:
    with progress_bar("rebuilding", shown) as moved:
        return await rebuild(usher.nc, into, moved, {"JOBS": until} if until else None)


async def _adopt(usher: Usher, live: Path) -> bool:
    """Let the running projector swap; without one, swap here. Whether one did. Raises Refused, Unavailable."""
    try:
        reply = await usher.nc.request("usher.projector.adopt", b"{}", timeout=SWAP_WITHIN)
    except nats.errors.NoRespondersError:
        swap(rebuilt_beside(live), live)
        return False
    except (TimeoutError, nats.errors.Error):
        beside = rebuilt_beside(live)
        raise Unavailable(f"the projector did not take the new file over: it waits at {beside}") from None
    answer = json.loads(reply.data)
    if "error" in answer:
        raise Unavailable(str(answer["error"]))
    return True
