"""The adapter as a whole: plain HTTP for looks and history, the browser for booking and for looks that need it."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import msgspec

from events.errors import Unavailable
from events.settings import Clock, utc_now
from events.wish import SeatMap
from sites.bookmyshow.booking import BookingVisit
from sites.bookmyshow.city import Cities
from sites.bookmyshow.kept import KeepingReader, SeldomRead, impersonal
from sites.bookmyshow.look import Looker
from sites.bookmyshow.orders import HISTORY, read_orders
from sites.bookmyshow.reading import Pace, PlainReader, Reader, Stopped
from sites.bookmyshow.rendered import RenderedReader
from sites.browser import Browser, masked_picture, picture_of
from sites.hearing import hear
from sites.protocol import Blocked, Contact, FilmOffer, LookFor, LookResult, PaidOrder, Unreadable, Visit
from sites.recording import Recorder
from sites.rehearsing import RecordedVisit


class BookMyShow:
    """One site. Resources open when first used: a process that only looks never loads a browser, unless a page makes
    no sense without one. `page_spacing`: seconds between two pages; `now`: another clock, for a site that was recorded.
    """

    name = "bookmyshow"

    def __init__(
        self,
        base_url: str,
        *,
        chromium: str = "",
        headless: bool = True,
        page_spacing: float = 0.0,
        now: Clock = utc_now,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._pace = Pace(page_spacing)
        self._plain, self._seldom = PlainReader(self._base, self._pace), SeldomRead()
        self._reader = KeepingReader(self._plain, self._seldom, None)
        self._cities = Cities(self._pace)
        self._looker = Looker(self.name, self._cities, now)
        self._browser = Browser(chromium, headless, urlsplit(base_url).hostname or "", now)
        self.last_map: SeatMap | None = None  # of the newest visit, for whoever draws it

    async def look(self, wanted: LookFor, recorder: Recorder | None = None) -> LookResult:
        """See sites.protocol.Site."""
        reader = KeepingReader(self._plain, self._seldom, recorder)
        looking = self._look(wanted, reader)
        if recorder is None:
            return await looking
        recorder.conceal(impersonal, self._base)
        result = await recorder.ask("look", [wanted], looking)
        self._seldom.into(recorder, reader.read)
        return result

    async def _look(self, wanted: LookFor, reader: Reader) -> LookResult:
        result = await self._looker.look(wanted, reader)
        return await self._look_again(wanted, result) if isinstance(result, Unreadable) else result

    async def _look_again(self, wanted: LookFor, plain: Unreadable) -> LookResult:
        """The same look in the browser; where that is of no help, what the plain one said."""
        from playwright.async_api import Error

        try:
            tab = await self._browser.lend(self._base, [])
        except Unavailable:
            return plain
        try:
            shown = await self._looker.look(wanted, RenderedReader(tab, self._base, self._pace))
            if isinstance(shown, Blocked) and shown.kind == "challenge":  # a person must pass it: let them see it
                shown = msgspec.structs.replace(shown, picture=await masked_picture(tab))
        except Error:  # the browser died under it
            return plain
        finally:
            await self._browser.take_back(tab)
        return plain if isinstance(shown, Unreadable) else shown

    async def warm(self) -> None:
        """Start the browser before it is needed. Raises events.errors.Unavailable."""
        await self._browser.warm()

    async def visit(self, session: str, contact: Contact | None, recorder: Recorder | None = None) -> Visit:
        """See sites.protocol.Site."""
        from playwright.async_api import Error

        cookies = json.loads(session or "[]")
        page = await self._browser.lend(self._base, cookies)
        visit = BookingVisit(page, self._base, contact)
        if recorder is None:
            return visit
        recorder.conceal(impersonal, self._base, (str(cookie["value"]) for cookie in cookies), contact)
        try:
            await hear(page, self._base, recorder)
        except Error as broken:
            await self._browser.take_back(page)
            raise Unavailable(f"the browser is gone: {str(broken).splitlines()[0]}") from None
        return RecordedVisit(visit, recorder)

    async def close_visit(self, visit: Visit) -> None:
        """See sites.protocol.Site."""
        if isinstance(visit, RecordedVisit):
            visit = visit.visit
        if isinstance(visit, BookingVisit):
            self.last_map = visit.seat_map or self.last_map
            await self._browser.take_back(visit.page)

    async def orders(self, session: str) -> tuple[PaidOrder, ...] | Blocked | Unreadable:
        """See sites.protocol.Site."""
        return await read_orders(self._reader, session)

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
            return tuple(region.name for region in await self._cities.regions(self._reader))
        except Stopped:
            return ()

    async def films(self, city: str) -> tuple[FilmOffer, ...]:
        """See sites.protocol.Site."""
        try:
            return await self._cities.films(self._reader, await self._cities.region(self._reader, city))
        except Stopped:
            return ()

    async def cinemas(self, city: str) -> tuple[str, ...]:
        """See sites.protocol.Site."""
        try:
            region = await self._cities.region(self._reader, city)
            return tuple(cinema.name for cinema in await self._cities.cinemas(self._reader, region))
        except Stopped:
            return ()

    async def close(self) -> None:
        """See sites.protocol.Site."""
        await self._plain.close()
        await self._browser.close()
