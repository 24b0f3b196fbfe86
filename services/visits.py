"""A booking visit with the user's own session and contact, closed whatever happens inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.vault import Vault
from sites.protocol import Site, Visit
from sites.recording import Recorder


@asynccontextmanager
async def visiting(site: Site, vault: Vault, user: str, recorder: Recorder | None = None) -> AsyncIterator[Visit]:
    """Open a visit for `user`, which `recorder` keeps. Raises events.errors.Unavailable where no browser can be had."""
    held = await vault.read(user)
    visit = await site.visit(held.session, await vault.contact(user), recorder)
    try:
        yield visit
    finally:
        if recorder is not None and recorder.wanted:
            await recorder.settle()  # a page's text is gone with its page
        await site.close_visit(visit)
