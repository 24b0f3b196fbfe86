"""A demo cinema with a clock in the test's hand, and a customer who visits it over plain HTTP."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from events.wish import CITY_ZONE, Show
from sandbox.cinema.shop import Cinema, CinemaSettings, open_cinema
from sites.bookmyshow import parse
from sites.protocol import Available, LookFor, Site

FILM, CITY = "Dune: Part Three", "Hyderabad"
CARD = ("8000000000000001", "123456")


class Clock:
    """A clock that runs, and can be moved on."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move(self, **by: float) -> None:
        self._ahead += timedelta(**by)


class Customer:
    """Somebody with an account and a plain HTTP client that follows redirects."""

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self._base, self._http = base, http

    async def get(self, path: str, **more: Any) -> tuple[int, str]:
        async with self._http.get(self._base + path, **more) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, **form: str) -> tuple[int, str]:
        async with self._http.post(self._base + path, data=form) as answer:
            return answer.status, await answer.text()

    async def state(self, path: str) -> dict[str, Any]:
        """The state object of a page."""
        return parse.page_state((await self.get(path))[1]) or {}

    async def hold(self, show: Show, *seats: str) -> tuple[int, dict[str, Any]]:
        body = {"venue": show.cinema_code, "session": show.session, "seats": seats}
        async with self._http.post(f"{self._base}/api/hold", json=body) as answer:
            return answer.status, await answer.json()

    async def order(self, show: Show) -> dict[str, Any]:
        """The order summary of the open hold, without donation."""
        path = f"/order-summary/{show.film_code}/{show.cinema_code}?without_donation"
        order: dict[str, Any] = (await self.state(path))["orderSummary"]
        return order

    async def code(self, transaction: str) -> str:
        """Have the payment page show a code; its reference."""
        _, text = await self.post(f"/payment/{transaction}/qr")
        found = re.search(r"/upi/(\w+)", text)
        assert found, text
        return found[1]

    async def free_seats(self, show: Show) -> list[str]:
        """Free seats of a show as the seat page's map text tells them."""
        from sites.bookmyshow.seatmap import read_map

        day = f"{show.local_start:%Y%m%d}"
        path = f"/movies/x/seat-layout/{show.film_code}/{show.cinema_code}/{show.session}/{day}"
        data = (await self.state(path))["seatlayoutMovies"]["seatLayoutData"]
        hall = read_map(data["strData"], {})
        return [seat.label for row in hall.rows for seat in row if seat.state == "free" and seat.kind == "normal"]


class Shop:
    """A running demo cinema and its control endpoint."""

    def __init__(self, cinema: Cinema, clock: Clock, http: aiohttp.ClientSession) -> None:
        self.url, self.clock, self._http = cinema.url, clock, http
        self._headers = {"Authorization": f"Bearer {cinema.token}"}

    async def control(self, path: str, **body: Any) -> Any:
        async with self._http.post(f"{self.url}/_control/{path}", json=body, headers=self._headers) as answer:
            return await answer.json()

    async def fault(self, name: str, where: str = "any", count: int | None = 1, value: float = 0) -> None:
        said = await self.control("faults", name=name, where=where, count=count, value=value)
        assert said == {}, said

    async def clear(self) -> None:
        async with self._http.delete(f"{self.url}/_control/faults", headers=self._headers) as answer:
            assert answer.status == 200

    async def ledger(self) -> dict[str, Any]:
        async with self._http.get(f"{self.url}/_control/ledger", headers=self._headers) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def session(self, account: str = "asha") -> str:
        """The cookies of an account, as the vault keeps them."""
        made = await self.control("sessions", account=account, email="asha@example.invalid", mobile="9000000001")
        return json.dumps(made["cookies"])

    @asynccontextmanager
    async def customer(self, account: str = "asha") -> AsyncIterator[Customer]:
        cookies = {c["name"]: c["value"] for c in json.loads(await self.session(account))}
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookies=cookies, cookie_jar=jar) as http:
            yield Customer(self.url, http)

    async def open_sale(self, film: str = FILM) -> None:
        await self.control("sale", film=film, open=True)


async def a_show(site: Site, film: str = FILM, cinema: str = "AMB", **parts: str) -> Show:
    """The first show of the day after tomorrow in a cinema."""
    day = datetime.now(UTC).astimezone(CITY_ZONE).date() + timedelta(days=2)
    found = await site.look(LookFor(film, CITY, (day,)))
    assert isinstance(found, Available), found
    return next(
        s
        for s in found.listing.shows
        if cinema in s.cinema and all(getattr(s, name) == value for name, value in parts.items())
    )


@asynccontextmanager
async def open_shop(data: Path, **settings: Any) -> AsyncIterator[Shop]:
    """Run a demo cinema until the block ends."""
    clock = Clock()
    async with open_cinema(CinemaSettings(data, now=clock, **settings)) as cinema, aiohttp.ClientSession() as http:
        yield Shop(cinema, clock, http)
