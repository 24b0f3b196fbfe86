"""What of the site's pages a recording keeps: no visitor; and, beside those that a look reads, those that are read once
in a long while, without which no look can be lived again."""

from __future__ import annotations

import json
import re
from collections import OrderedDict

from sites.bookmyshow import parse
from sites.bookmyshow.reading import Page, Reader
from sites.recording import Exchange, Recorder

SELDOM = 64  # pages that many looks share: regions, cinemas of a city, searches
OTHERS = ("/movies/", "/explore/")  # addresses that every look reads anew, and those that none reads
PRIVATE = re.compile(r"(<[^<>]*\bdata-private\b[^<>]*>)[^<]*")


def impersonal(body: str) -> str:
    """A page without its visitor: of its state the branches that we read, of marked elements nothing."""
    start = parse.state_start(body)
    if start >= 0:
        try:
            state, end = json.JSONDecoder().raw_decode(body, start)
            kept = {name: state[name] if name in parse.BRANCHES else None for name in state}
            text = json.dumps(kept).replace("<", "\\u003c")
        except (ValueError, RecursionError):  # where it ends is not known: nothing of its script is kept
            closed = body.find("</script", start)
            end, text = closed if closed >= 0 else len(body), "{}"
        body = body[:start] + text + body[end:]
    return PRIVATE.sub(r"\1••••", body)


class SeldomRead:
    """The newest pages of what is read seldom."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, Page] = OrderedDict()

    def keep(self, path: str, page: Page) -> None:
        """Remember a page that looks rely on without reading it each time."""
        if not path.startswith(OTHERS):
            self._pages[path] = page
            self._pages.move_to_end(path)
            if len(self._pages) > SELDOM:
                self._pages.popitem(last=False)

    def into(self, recorder: Recorder, read: set[str]) -> None:
        """Record those that a look relied on without reading them."""
        for path, page in self._pages.items():
            if path not in read:
                recorder.keep(_exchange(path, page))


class KeepingReader:
    """Reads through another reader. Nothing is read with an account's cookies here: a recording holds no person."""

    def __init__(self, reader: Reader, seldom: SeldomRead, recorder: Recorder | None) -> None:
        self.rendered = reader.rendered
        self._reader, self._seldom, self._recorder = reader, seldom, recorder
        self.read: set[str] = set()

    async def get(self, path: str, cookies: str = "") -> Page:
        """See sites.bookmyshow.reading.Reader."""
        page = await self._reader.get(path, cookies)
        if not cookies:
            self._seldom.keep(path, page)
            self.read.add(path)
            if self._recorder is not None:
                self._recorder.keep(_exchange(path, page))
        return page


def _exchange(path: str, page: Page) -> Exchange:
    return Exchange("GET", path, page.status, body=page.text)
