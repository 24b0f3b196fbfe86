"""A booking visit with the user's own session and contact, closed whatever happens inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.vault import Vault
from sites.protocol import Site, Visit


@asynccontextmanager
async def visiting(site: Site, vault: Vault, user: str) -> AsyncIterator[Visit]:
    """Open a visit for `user`. Raises events.errors.Unavailable where no browser can be had."""
    held = await vault.read(user)
    visit = await site.visit(held.session, await vault.contact(user))
    try:
        yield visit
    finally:
        await site.close_visit(visit)
