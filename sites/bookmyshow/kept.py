"""What of the site's pages a recording keeps: no visitor; and, beside those that a look reads, those that are read once
in a long while, without which no look can be lived again."""

from __future__ import annotations

import json
import re
from collections import OrderedDict

from sites.bookmyshow import parse
from sites.bookmyshow.reading import Page, Reader, Stopped
from sites.recording import Exchange, Recorder

SELDOM = 64  # pages that many looks share: regions, cinemas of a city, searches
OTHERS = ("/movies/", "/explore/")  # addresses that every look reads anew, and those that none reads
SCRIPT = re.compile(r"(<script\b[^<>]*>).*?(?=</script|\Z)", re.S | re.I)
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])[0-9a-f]{0,4}(?:::?[0-9a-f]{1,4}){2,7}", re.I)
PRIVATE = re.compile(r"(<[^<>]*\bdata-private\b[^<>]*>)[^<]*")


def impersonal(body: str, status: int) -> str:
    """A page without its visitor: of its state the branches that we read, of marked elements nothing; of a page that
    refuses no script (they hold tokens) and no network address."""
    if parse.refusal(status, body):
        body = ADDRESS.sub("192.0.2.1", SCRIPT.sub(r"\1", body))
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
        try:
            page = await self._reader.get(path, cookies)
        except Stopped as stopped:
            self._refused(path, cookies, stopped)
            raise
        if not cookies:
            self._seldom.keep(path, page)
            self.read.add(path)
            if self._recorder is not None:
                self._recorder.keep(_exchange(path, page))
        return page

    def _refused(self, path: str, cookies: str, stopped: Stopped) -> None:
        """The answer that ended the look; without one the recording cannot say why it ended."""
        if self._recorder is None or cookies:
            return
        if stopped.page is None:
            self._recorder.missed()
        else:
            self._recorder.keep(_exchange(path, stopped.page))


def _exchange(path: str, page: Page) -> Exchange:
    return Exchange("GET", path, page.status, body=page.text, to=page.to, retry_after=page.retry_after)
