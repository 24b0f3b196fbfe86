"""A block of work on one chat, and what becomes of it where the chat takes nothing or has moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.sender import Moved, Unreachable
from bot.shown import Place, Shelf
from services.runtime import Later

log = structlog.get_logger()
MOVED_AGAIN = 0.05  # s until a message for a group that has moved is tried at its new id


@asynccontextmanager
async def reaching(shelf: Shelf, place: Place, chat: int) -> AsyncIterator[None]:
    """Talk to a job's chat. One that takes nothing ends the block quietly: it is noted for `usher doctor`, and the job
    goes on. A group that became another chat is remembered under its new id. Raises Later then."""
    key = f"unreachable.{chat}"
    try:
        yield
    except Unreachable as why:
        log.warning("chat.unreachable", chat=chat, why=str(why))
        await shelf.note(key, str(why))
    except Moved as moved:
        place.now.chat = moved.chat
        await place.save()
        raise Later(MOVED_AGAIN) from None
    else:
        await shelf.forget(key)
