"""Reading pages in the browser, for a look whose plain read makes no sense: the same pages, at the same pace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sites.bookmyshow import parse
from sites.bookmyshow.reading import MOST, Pace, Page, Stopped
from sites.protocol import Blocked, Unreadable

if TYPE_CHECKING:
    from playwright.async_api import Page as Tab

WITHIN = 25.0  # s for one page
# a page's state holds its visitor's data: the named branches alone leave the page
TAKE = """names => { const s = window.__INITIAL_STATE__;
if (!s || typeof s !== "object") return null;
const kept = names.filter(n => n in s).map(n => [n, s[n]]);
const text = JSON.stringify(Object.fromEntries(kept)); return text.length > %d ? null : JSON.parse(text); }"""


class RenderedReader:
    """One tab's reads during one look."""

    rendered = True

    def __init__(self, tab: Tab, base_url: str, pace: Pace) -> None:
        self._tab, self._base, self._pace = tab, base_url, pace

    async def get(self, path: str, cookies: str = "") -> Page:
        """See Reader. `cookies` are the tab's own."""
        from playwright.async_api import Error

        await self._pace.turn()
        try:
            async with asyncio.timeout(WITHIN):
                return await self._get(path)
        except TimeoutError:
            raise Stopped(Unreadable("a page that does not come to rest")) from None
        except Error as broken:
            first = str(broken).splitlines()[0][:120]
            if "ERR_TOO_MANY_REDIRECTS" in first:
                raise Stopped(Unreadable("the site redirects in a circle")) from None
            if "ERR_CONNECTION" in first or "ERR_EMPTY_RESPONSE" in first or "ERR_TIMED_OUT" in first:
                raise Stopped(Blocked("down", "the site does not answer the browser")) from None
            raise Stopped(Unreadable(f"the browser could not read the page ({first})")) from None

    async def _get(self, path: str) -> Page:
        answer = await self._tab.goto(self._base + path, wait_until="domcontentloaded")
        status = answer.status if answer else 0
        if answer is not None and "json" in answer.headers.get("content-type", ""):
            text, branches = await answer.text(), None
        else:
            if await self._tab.evaluate("() => document.documentElement.outerHTML.length") > MOST:
                raise Stopped(Unreadable("a page of over 5 MB"))
            text = await self._tab.content()
            taken: Any = await self._tab.evaluate(TAKE % MOST, parse.LOOKED)
            branches = taken if isinstance(taken, dict) else {}
        if blocked := parse.refusal(status, text):
            raise Stopped(blocked)
        return Page(status, text, branches)
