"""A look: the film's listings in a city, read from the pages' embedded data, as few pages as can be."""

from __future__ import annotations

import json
from urllib.parse import quote

import msgspec

from events.settings import Clock, utc_now
from events.wish import CITY_ZONE, Listing, Show, slug
from sites.bookmyshow import markup, parse
from sites.bookmyshow.city import Cities, Region
from sites.bookmyshow.reading import Page, Reader, Stopped
from sites.matching import closest, normal, same_film
from sites.protocol import Available, LookFor, LookResult, Unavailable


class Day(msgspec.Struct, frozen=True):
    """One page of shows. `covers`: dates it told of; `offered`: dates it offers; `broken`: entries unread."""

    shows: tuple[Show, ...]
    covers: frozenset[str]
    offered: tuple[str, ...]
    broken: int = 0


class Looker:
    """Looks at one site. Film codes are kept; they hardly ever change."""

    def __init__(self, name: str, cities: Cities, now: Clock = utc_now) -> None:
        self._name, self._cities, self._now = name, cities, now
        self._codes: dict[tuple[str, str], str] = {}

    async def look(self, wanted: LookFor, reader: Reader) -> LookResult:
        """Read the film's shows on the wished dates. Never raises for what a site can do."""
        try:
            return await self._look(wanted, reader)
        except Stopped as stopped:
            return stopped.result
        except parse.OTHER_SHAPE:
            return parse.unreadable("a page of this look")

    async def _look(self, wanted: LookFor, reader: Reader) -> LookResult:
        region = await self._cities.region(reader, wanted.city)
        first = await self._code(wanted.film, region, reader)
        days = await self._days(wanted, region, reader)
        page = await reader.get(f"/movies/{region.slug}/{slug(wanted.film)}/{first}")
        if first not in page.text:  # a dead address answers with other films
            raise Stopped(parse.unreadable("the film's page"))
        selling = parse.sale_open(page.text)
        if selling is False:
            return Unavailable("the sale is not open")
        rows = parse.language_rows(page.text)
        if selling is None or not rows:
            raise Stopped(parse.unreadable("the film's page"))
        visit = _Visit(self._name, wanted.film, region, reader, f"{self._now().astimezone(CITY_ZONE):%Y%m%d}")
        shows: list[Show] = []
        for _, _, code in rows:
            shows += await visit.listing(code, days)
        if not shows:
            if reader.rendered:  # a shown page proves only what it shows
                raise Stopped(parse.unreadable("the page of shows"))
            return Unavailable("no shows on the wished dates")
        shows.sort(key=lambda show: (show.starts, show.show_id))
        return Available(Listing(self._name, wanted.city, wanted.film, tuple(shows)))

    async def _days(self, wanted: LookFor, region: Region, reader: Reader) -> tuple[str, ...]:
        """The wished dates that some cinema sells at all; () for any. Raises Stopped where none is left."""
        if not wanted.dates:
            return ()
        today = self._now().astimezone(CITY_ZONE).date()
        wished = {f"{day:%Y%m%d}" for day in wanted.dates if day >= today}
        if not wished:
            raise Stopped(Unavailable("the wished dates are over"))
        sold = await self._cities.dates_on_sale(reader, region, wished)
        left = wished if sold is None else wished & sold
        if not left:
            raise Stopped(Unavailable(f"no cinema in {region.name} sells the wished dates yet"))
        return tuple(sorted(left))

    async def _code(self, film: str, region: Region, reader: Reader) -> str:
        """One of the film's event codes: the search's hit with exactly this title."""
        key = (normal(film), region.code)
        if key not in self._codes:
            page = await reader.get(f"/quickbook-search.bms?q={quote(film)}&cat=MT&r={region.code}")
            try:
                hits = [(hit["TITLE"], hit["ID"]) for hit in json.loads(page.text)["hits"]]
            except parse.OTHER_SHAPE:
                raise Stopped(parse.unreadable("the search's answer")) from None
            code = next((code for title, code in hits if same_film(title, film)), None)
            if code is None:
                near = tuple(dict.fromkeys(title for title, _ in hits))[:5] or await self._alike(film, region, reader)
                raise Stopped(Unavailable(f'the site lists no film "{film}"', "film", near))
            self._codes[key] = code
        return self._codes[key]

    async def _alike(self, film: str, region: Region, reader: Reader) -> tuple[str, ...]:
        """Titles of the city's listing that are most like this one: the search knows no misspelling."""
        try:
            titles = [offer.title for offer in await self._cities.films(reader, region)]
        except Stopped:
            return ()
        return tuple(closest(film, titles, 5))


class _Visit:
    """The pages of shows of one film in one city during one look."""

    def __init__(self, site: str, film: str, region: Region, reader: Reader, today: str) -> None:
        self._site, self._film, self._region, self._reader, self._today = site, film, region, reader, today

    async def listing(self, code: str, days: tuple[str, ...]) -> list[Show]:
        """The shows of one language and format: a first page, then the other days that its pills offer and that are
        wished; `days` () for any."""
        first = await self._day(code, min(days, default=self._today), days)
        if first is None:
            return []
        pages = [first]
        for day in first.offered:
            if day not in first.covers and (not days or day in days):
                more = await self._day(code, day, days)
                pages += [more] if more is not None else []
        found = {show.show_id: show for page in pages for show in page.shows}
        if not found and any(page.broken for page in pages):
            raise Stopped(parse.unreadable("every show's entry"))
        return list(found.values())

    async def _day(self, code: str, day: str, days: tuple[str, ...]) -> Day | None:
        """The page of one day; None where it says that this listing is not on sale."""
        page = await self._reader.get(f"/movies/{self._region.slug}/{slug(self._film)}/buytickets/{code}/{day}")
        state = page.state()
        if state is None or "showtimesFunctionalApi" not in state:
            return self._shown(page, days, day)
        if not (state["showtimesFunctionalApi"] or {}).get("queries"):
            return None
        data = parse.dynamic(state, code, self._region.code)
        if data is None:
            return self._shown(page, days, day)
        try:
            offered = tuple(parse.open_dates(data))
            shows, broken = parse.shows(data, self._film, code, days or None)
        except parse.OTHER_SHAPE:
            return self._shown(page, days, day)
        return Day(tuple(shows), frozenset({day, parse.served_day(data)}), offered, broken)

    def _shown(self, page: Page, days: tuple[str, ...], asked: str) -> Day:
        """What a browser shows of a page whose state cannot be read. Raises Stopped where that is nothing."""
        if not self._reader.rendered:
            raise Stopped(parse.unreadable("the page of shows"))
        found = markup.day(page.text, self._film)
        if not found.shows and not found.dates:
            raise Stopped(parse.unreadable("the page of shows"))
        told = frozenset({asked} | {f"{show.local_start:%Y%m%d}" for show in found.shows})
        kept = tuple(parse.typed(show) for show in found.shows if not days or f"{show.local_start:%Y%m%d}" in days)
        return Day(kept, told, found.dates)
