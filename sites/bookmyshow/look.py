"""A look: the film's listings in a city, read from the pages' embedded data over plain HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import msgspec

from events.wish import CITY_ZONE, Listing, Show, slug
from sites.bookmyshow import parse
from sites.matching import closest, normal, same_film
from sites.protocol import Available, Blocked, LookFor, LookResult, Unavailable, Unreadable

MOST = 5_000_000  # bytes of one page
WITHIN = aiohttp.ClientTimeout(total=20, sock_connect=5)


class Region(msgspec.Struct, frozen=True):
    """A city as the site codes it."""

    code: str
    slug: str
    name: str
    names: tuple[str, ...]


class Page(msgspec.Struct, frozen=True):
    """An answer of the site."""

    status: int
    text: str


class Stopped(Exception):
    """The look ends here with this result."""

    def __init__(self, result: Blocked | Unavailable | Unreadable) -> None:
        self.result = result
        super().__init__(str(result))


class Looker:
    """Looks at one site through one shared client. Regions and film codes are kept; they hardly ever change."""

    def __init__(self, name: str, base_url: str) -> None:
        self._name, self._base = name, base_url.rstrip("/")
        self._http: aiohttp.ClientSession | None = None
        self._regions: tuple[Region, ...] = ()
        self._codes: dict[tuple[str, str], str] = {}

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=WITHIN, cookie_jar=aiohttp.DummyCookieJar())
        return self._http

    async def close(self) -> None:
        """Close the client."""
        if self._http is not None:
            await self._http.close()

    async def get(self, path: str, cookies: str = "") -> Page:
        """One page of the site's own host; raises Stopped for blocks, outages and foreign redirects."""
        url = f"{self._base}{path}"
        headers = {"Cookie": cookies} if cookies else {}
        try:
            for _ in range(5):
                async with self._client().get(url, headers=headers, allow_redirects=False) as answer:
                    if answer.status in {301, 302, 303, 307, 308}:
                        url = self._within(url, answer.headers.get("Location", ""))
                        continue
                    body = await answer.content.read(MOST + 1)
                    while not answer.content.at_eof() and len(body) <= MOST:
                        body += await answer.content.read(MOST + 1 - len(body))
                    if len(body) > MOST:
                        raise Stopped(Unreadable("a page of over 5 MB"))
                    text = body.decode("utf-8", errors="replace")
                    if blocked := parse.refusal(answer.status, text, answer.headers.get("Retry-After")):
                        raise Stopped(blocked)
                    return Page(answer.status, text)
        except (aiohttp.ClientError, TimeoutError) as broken:
            raise Stopped(Blocked("down", f"the site does not answer ({type(broken).__name__})")) from None
        raise Stopped(Unreadable("the site redirects in a circle"))

    def _within(self, url: str, location: str) -> str:
        target = urlsplit(urljoin(url, location))
        if target.netloc != urlsplit(self._base).netloc:
            raise Stopped(Unreadable("the site redirects to a foreign host"))
        return target.geturl()

    async def regions(self) -> tuple[Region, ...]:
        """Every city of the site."""
        if not self._regions:
            page = await self.get("/api/explore/v1/discover/regions")
            try:
                found = json.loads(page.text)["BookMyShow"]
                rows = [*found["TopCities"], *found.get("OtherCities", [])]
                self._regions = tuple(
                    Region(r["RegionCode"], r["RegionSlug"], r["RegionName"], (r["RegionName"], *r.get("Alias", [])))
                    for r in rows
                )
            except (ValueError, KeyError, TypeError):
                raise Stopped(parse.unreadable("the list of cities")) from None
        return self._regions

    async def _region(self, city: str) -> Region:
        regions = await self.regions()
        for region in regions:
            if normal(city) in {normal(name) for name in (*region.names, region.code, region.slug)}:
                return region
        names = {name: region.name for region in regions for name in region.names}
        near = tuple(dict.fromkeys(names[name] for name in closest(city, names)))
        raise Stopped(Unavailable(f'the site knows no city "{city}"', "city", near))

    async def _code(self, film: str, region: Region) -> str:
        """One of the film's event codes: the search's hit with exactly this title."""
        key = (normal(film), region.code)
        if key not in self._codes:
            page = await self.get(f"/quickbook-search.bms?q={quote(film)}&cat=MT&r={region.code}")
            try:
                hits = [(hit["TITLE"], hit["ID"]) for hit in json.loads(page.text)["hits"]]
            except (ValueError, KeyError, TypeError):
                raise Stopped(parse.unreadable("the search's answer")) from None
            code = next((code for title, code in hits if same_film(title, film)), None)
            if code is None:
                near = tuple(dict.fromkeys(title for title, _ in hits))[:5]
                raise Stopped(Unavailable(f'the site lists no film "{film}"', "film", near))
            self._codes[key] = code
        return self._codes[key]

    async def look(self, wanted: LookFor) -> LookResult:
        """Read the film's shows on the wished dates. Never raises for what a site can do."""
        try:
            region = await self._region(wanted.city)
            first = await self._code(wanted.film, region)
            page = await self.get(f"/movies/{region.slug}/{slug(wanted.film)}/{first}")
            if first not in page.text:  # a dead address answers with other films
                raise Stopped(parse.unreadable("the film's page"))
            selling = parse.sale_open(page.text)
            if selling is False:
                return Unavailable("the sale is not open")
            rows = parse.language_rows(page.text)
            if selling is None or not rows:
                raise Stopped(parse.unreadable("the film's page"))
            shows: list[Show] = []
            for _, _, code in rows:
                shows += await self._listing(wanted, region, code)
        except Stopped as stopped:
            return stopped.result
        if not shows:
            return Unavailable("no shows on the wished dates")
        shows.sort(key=lambda show: (show.starts, show.show_id))
        return Available(Listing(self._name, wanted.city, wanted.film, tuple(shows)))

    async def _listing(self, wanted: LookFor, region: Region, code: str) -> list[Show]:
        """The shows of one language and format, day by day as the pills offer them."""
        today = datetime.now(UTC).astimezone(CITY_ZONE).date()
        wished = {f"{day:%Y%m%d}" for day in wanted.dates}
        first = f"{min(wanted.dates, default=today):%Y%m%d}"
        data = await self._day(wanted, region, code, first)
        if data is None:
            return []
        found, broken = self._shows(data, wanted, code, first)
        for day in parse.open_dates(data):
            if day != first and (not wished or day in wished):
                more = await self._day(wanted, region, code, day)
                if more is not None:
                    shows, unread = self._shows(more, wanted, code, day)
                    found, broken = found + shows, broken + unread
        if broken and not found:
            raise Stopped(parse.unreadable("every show's entry"))
        return found

    def _shows(self, data: parse.Json, wanted: LookFor, code: str, day: str) -> tuple[list[Show], int]:
        try:
            return parse.shows(data, wanted.film, code, day)
        except (KeyError, TypeError, IndexError, AttributeError):
            raise Stopped(parse.unreadable("the list of shows")) from None

    async def _day(self, wanted: LookFor, region: Region, code: str, day: str) -> parse.Json | None:
        """The shows' branch of one day; None where the page says that this listing is not on sale."""
        page = await self.get(f"/movies/{region.slug}/{slug(wanted.film)}/buytickets/{code}/{day}")
        state = parse.page_state(page.text)
        if state is None or "showtimesFunctionalApi" not in state:
            raise Stopped(parse.unreadable("the page of shows"))
        if not (state["showtimesFunctionalApi"] or {}).get("queries"):
            return None
        data = parse.dynamic(state, code, region.code)
        if data is None:
            raise Stopped(parse.unreadable("the page of shows"))
        return data
