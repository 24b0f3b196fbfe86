"""Cities: which there are, their cinemas with the dates they sell, and their films."""

from __future__ import annotations

import json
import time

import msgspec

from sites.bookmyshow import markup, parse
from sites.bookmyshow.reading import Pace, Reader, Stopped
from sites.matching import closest, normal
from sites.protocol import FilmOffer, Unavailable, Unreadable

# A city's cinemas are asked for rarely: their list is kept for many turns where it says yes, for some where it says no.
KEEP_YES, KEEP_NO = 180, 12
SHORTEST = 0.01  # s for a turn where the site sets no pace


class Region(msgspec.Struct, frozen=True):
    """A city as the site codes it."""

    code: str
    slug: str
    name: str
    names: tuple[str, ...]


class Cinema(msgspec.Struct, frozen=True):
    """A cinema of a city's list. `dates` are the date codes that it sells; none while it is down."""

    code: str
    name: str
    dates: frozenset[str]


class Cities:
    """Regions are read once: they hardly ever change. Lists of cinemas and films are kept for a while."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._regions: tuple[Region, ...] = ()
        self._cinemas: dict[str, tuple[float, tuple[Cinema, ...]]] = {}
        self._films: dict[str, tuple[float, tuple[FilmOffer, ...]]] = {}

    def _fresh(self, at: float, turns: int) -> bool:
        return time.monotonic() - at < turns * max(self._pace.spacing, SHORTEST)

    async def regions(self, reader: Reader) -> tuple[Region, ...]:
        """Every city of the site. Raises Stopped."""
        if not self._regions:
            page = await reader.get("/api/explore/v1/discover/regions")
            try:
                found = json.loads(page.text)["BookMyShow"]
                rows = [*found["TopCities"], *(found.get("OtherCities") or [])]
                self._regions = tuple(
                    Region(
                        r["RegionCode"], r["RegionSlug"], r["RegionName"], (r["RegionName"], *(r.get("Alias") or []))
                    )
                    for r in rows
                )
            except parse.OTHER_SHAPE:
                raise Stopped(parse.unreadable("the list of cities")) from None
        return self._regions

    async def region(self, reader: Reader, city: str) -> Region:
        """One city by name, alias, code or slug. Raises Stopped; for an unknown one with the nearest names."""
        regions = await self.regions(reader)
        for region in regions:
            if normal(city) in {normal(name) for name in (*region.names, region.code, region.slug)}:
                return region
        names = {name: region.name for region in regions for name in region.names}
        near = tuple(dict.fromkeys(names[name] for name in closest(city, names)))
        raise Stopped(Unavailable(f'the site knows no city "{city}"', "city", near))

    async def cinemas(self, reader: Reader, region: Region, turns: int = KEEP_YES) -> tuple[Cinema, ...]:
        """A city's cinemas, at most so many turns old. Raises Stopped."""
        at, kept = self._cinemas.get(region.code, (0.0, ()))
        if kept and self._fresh(at, turns):
            return kept
        page = await reader.get(f"/{region.slug}/cinemas")
        try:
            rows = parse.venue_rows(page.text, page.state())
            here = [row for row in rows or () if row.get("RegionCode", region.code) == region.code]
            found = tuple(parse.typed(_cinema(row)) for row in here)
        except parse.OTHER_SHAPE:
            rows = None
        if rows is None:
            raise Stopped(parse.unreadable("the list of cinemas"))
        self._cinemas[region.code] = (time.monotonic(), found)
        return found

    async def dates_on_sale(self, reader: Reader, region: Region, wished: set[str]) -> frozenset[str] | None:
        """Every date that some cinema of the city sells; None where that cannot be known: then nothing is ruled out."""
        try:
            dates = _dates(await self.cinemas(reader, region))
            if not wished & dates:
                dates = _dates(await self.cinemas(reader, region, KEEP_NO))
        except Stopped as stopped:
            if isinstance(stopped.result, Unreadable):
                return None
            raise
        return dates or None

    async def films(self, reader: Reader, region: Region) -> tuple[FilmOffer, ...]:
        """A city's films, those on sale first. Raises Stopped."""
        at, kept = self._films.get(region.code, (0.0, ()))
        if kept and self._fresh(at, KEEP_YES):
            return kept
        offers: dict[str, FilmOffer] = {}
        for kind, selling in (("movies", True), ("upcoming-movies", False)):
            page = await reader.get(f"/explore/{kind}-{region.slug}")
            cards = markup.films(page.text)
            if selling and not cards:
                raise Stopped(parse.unreadable("the listing of films"))
            for card in cards:
                offers.setdefault(normal(card.title), FilmOffer(card.title, card.languages, card.formats, selling))
        found = tuple(offers.values())
        self._films[region.code] = (time.monotonic(), found)
        return found


def _cinema(row: parse.Json) -> Cinema:
    dates = () if row.get("isDown") in {True, "Y", "true"} else row.get("arrDates") or ()
    return Cinema(row["VenueCode"], row["VenueName"], frozenset(str(d["ShowDateCode"]) for d in dates))


def _dates(cinemas: tuple[Cinema, ...]) -> frozenset[str]:
    return frozenset(day for cinema in cinemas for day in cinema.dates)
