"""Reading pages over plain HTTP: one shared client, the site's own host only, bounded in size, time and pace."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec

from sites.bookmyshow import parse
from sites.protocol import Blocked, Unavailable, Unreadable

MOST = 5_000_000  # bytes of one page
HOPS = 5
SAVED = 20  # loads that may have been saved up
APART = 1.0  # s between them
WITHIN = aiohttp.ClientTimeout(total=20, sock_connect=5)


class Page(msgspec.Struct, frozen=True):
    """An answer of the site. `branches` are the state's named ones where a browser has read them; else the text has
    them. `retry_after`: its header; `to`: where it leads, where nobody went."""

    status: int
    text: str
    branches: parse.Json | None = None
    retry_after: str = ""
    to: str = ""

    def state(self) -> parse.Json | None:
        """The page's state, or None where there is none that can be read."""
        return self.branches if self.branches is not None else parse.page_state(self.text)


class Stopped(Exception):
    """The look ends here with this result. `page`: the answer that ended it, where there was one."""

    def __init__(self, result: Blocked | Unavailable | Unreadable, page: Page | None = None) -> None:
        self.result, self.page = result, page
        super().__init__(str(result))


class Reader(Protocol):
    """Whatever can read a page of the site. `rendered`: as a browser shows it."""

    rendered: bool

    async def get(self, path: str, cookies: str = "") -> Page:
        """One page by its path. Raises Stopped for blocks, outages and what is not the site's."""


class Pace:
    """On average one load in `spacing` seconds or more, with some jitter; shared by everything that reads one site.

    What was not used while a film waited for its sale is there when it opens: up to SAVED loads may follow each other
    in APART seconds, as a person's do, so that the many pages of a new sale are read in time.
    """

    def __init__(self, spacing: float) -> None:
        self.spacing, self._apart = spacing, min(APART, spacing)
        self._last = self._used_until = float("-inf")  # of the last load; when all loads so far are paid for

    def next(self, now: float) -> float:
        """Take the next turn; when it is (seconds of the clock that told `now`)."""
        jitter = random.uniform(1.0, 1.3)  # noqa: S311  no secret
        turn = max(now, self._last + self._apart * jitter, self._used_until - self.spacing * (SAVED - 1))
        self._last = turn
        self._used_until = max(turn, self._used_until) + self.spacing * jitter
        return turn

    async def turn(self) -> None:
        """Wait for one's turn; turns are handed out in the order they were asked for."""
        now = time.monotonic()
        if (turn := self.next(now)) > now:
            await asyncio.sleep(turn - now)


class PlainReader:
    """The plain client."""

    rendered = False

    def __init__(self, base_url: str, pace: Pace) -> None:
        self._base, self._pace = base_url, pace
        self._http: aiohttp.ClientSession | None = None

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=WITHIN, cookie_jar=aiohttp.DummyCookieJar())
        return self._http

    async def close(self) -> None:
        """Close the client."""
        if self._http is not None:
            await self._http.close()

    async def get(self, path: str, cookies: str = "") -> Page:
        """See Reader."""
        url = f"{self._base}{path}"
        headers = {"Cookie": cookies} if cookies else {}
        await self._pace.turn()
        try:
            for _ in range(HOPS):
                async with self._client().get(url, headers=headers, allow_redirects=False) as answer:
                    if answer.status in {301, 302, 303, 307, 308}:
                        url = self._within(url, answer)
                        continue
                    text = await _text_of(answer)
                    later = answer.headers.get("Retry-After", "")
                    if blocked := parse.refusal(answer.status, text, later):
                        raise Stopped(blocked, Page(answer.status, text, retry_after=later))
                    return Page(answer.status, text)
        except (aiohttp.ClientError, TimeoutError) as broken:
            raise Stopped(Blocked("down", f"the site does not answer ({type(broken).__name__})")) from None
        raise Stopped(Unreadable("the site redirects in a circle"), Page(302, "", to=path))

    def _within(self, url: str, answer: aiohttp.ClientResponse) -> str:
        target = urlsplit(urljoin(url, answer.headers.get("Location", "")))
        if target.netloc != urlsplit(self._base).netloc:
            elsewhere = f"{target.scheme}://{target.netloc}/"
            raise Stopped(Unreadable("the site redirects to a foreign host"), Page(answer.status, "", to=elsewhere))
        return target.geturl()


async def _text_of(answer: aiohttp.ClientResponse) -> str:
    body = bytearray()
    async for piece in answer.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > MOST:
            answer.close()  # not read to its end: an endless page costs nothing more
            raise Stopped(Unreadable("a page of over 5 MB"))
    return body.decode("utf-8", errors="replace")
