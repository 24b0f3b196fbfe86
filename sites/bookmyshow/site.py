"""The adapter as a whole: plain HTTP for looks and history, the browser for booking."""

from __future__ import annotations

import json

from events.errors import UsherError
from events.wish import SeatMap
from sites.bookmyshow.booking import BookingVisit
from sites.bookmyshow.look import Looker, Stopped
from sites.bookmyshow.orders import HISTORY, read_orders
from sites.browser import Browser, picture_of
from sites.protocol import Blocked, Contact, FilmOffer, LookFor, LookResult, PaidOrder, Unreadable, Visit


class BookMyShow:
    """One site. Resources open when first used: a process that only looks never loads a browser."""

    name = "bookmyshow"

    def __init__(self, base_url: str, *, chromium: str = "", headless: bool = True) -> None:
        self._base = base_url.rstrip("/")
        self._looker = Looker(self.name, self._base)
        self._browser = Browser(chromium, headless)
        self.last_map: SeatMap | None = None  # of the newest visit, for whoever draws it

    async def look(self, wanted: LookFor) -> LookResult:
        """See sites.protocol.Site."""
        return await self._looker.look(wanted)

    async def warm(self) -> None:
        """Start the browser before it is needed. Raises events.errors.Unavailable."""
        await self._browser.warm()

    async def visit(self, session: str, contact: Contact | None) -> Visit:
        """See sites.protocol.Site."""
        page = await self._browser.lend(self._base, json.loads(session or "[]"))
        return BookingVisit(page, self._base, contact)

    async def close_visit(self, visit: Visit) -> None:
        """See sites.protocol.Site."""
        if isinstance(visit, BookingVisit):
            self.last_map = visit.seat_map or self.last_map
            await self._browser.take_back(visit.page)

    async def orders(self, session: str) -> tuple[PaidOrder, ...] | Blocked | Unreadable:
        """See sites.protocol.Site."""
        return await read_orders(self._looker, session)

    async def films(self, city: str) -> tuple[FilmOffer, ...]:
        """See sites.protocol.Site."""
        return ()

    async def cinemas(self, city: str) -> tuple[str, ...]:
        """See sites.protocol.Site."""
        return ()

    async def history_picture(self, session: str) -> bytes | None:
        """See sites.protocol.Site."""
        page = await self._browser.lend(self._base, json.loads(session or "[]"))
        try:
            return await picture_of(page, self._base + HISTORY)
        finally:
            await self._browser.take_back(page)

    async def cities(self) -> tuple[str, ...]:
        """See sites.protocol.Site."""
        try:
            return tuple(region.name for region in await self._looker.regions())
        except (Stopped, UsherError):
            return ()

    async def close(self) -> None:
        """See sites.protocol.Site."""
        await self._looker.close()
        await self._browser.close()
