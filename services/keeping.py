"""Has the log lost its end? A disk that spoils a block can cost everything behind it, and the server says nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from nats.aio.client import Client

from events.audit import Finding
from events.errors import UsherError
from services.rebuilding import last_sequence

LOGS = ("JOBS", "USERS")  # looks are kept for a while only, and can be had again


async def lost_ends(nc: Client, model: Path) -> list[Finding]:
    """The logs that are shorter than what a read model has folded of them. Raises Unavailable."""
    found: list[Finding] = []
    for stream, folded in (await asyncio.to_thread(_folded, model)).items():
        if stream in LOGS and (last := await last_sequence(nc, stream)) < folded:
            found.append(Finding(stream, last, f"{stream} ends here, but {folded} was already folded from it"))
    return found


async def check_ends(nc: Client, model: Path) -> None:
    """Raise UsherError where a log has lost its end: whoever goes on might book and pay a second time."""
    if lost := await lost_ends(nc, model):
        what = "; ".join(f"{one.what.replace('ends here', f'ends at {one.sequence}')}" for one in lost)
        raise UsherError(
            f"the log has lost events: {what}. Nothing was started, for a booking may be among them. "
            f"`usher restore` your newest backup into a new home. To go on with what is left instead, compare with the "
            f"site's order history and move {model} away"
        )


def _folded(model: Path) -> dict[str, int]:
    """How far each stream was folded; nothing where there is no model that can be read."""
    if not model.exists():
        return {}
    try:
        db = sqlite3.connect(f"file:{model}?mode=ro", uri=True)
        try:
            return dict(db.execute("SELECT stream, sequence FROM checkpoints"))
        finally:
            db.close()
    except sqlite3.DatabaseError:  # the projector sets a broken one aside
        return {}
