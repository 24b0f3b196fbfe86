"""What a visit's browser hears from the site, for its recording."""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from sites.recording import Exchange, Recorder

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page, Response

PAGES = frozenset({"document", "script", "stylesheet"})  # what a page is; no pictures, no fonts
ASKED = ("XHR", "Fetch")  # what it asks by itself: the next page may come at once, and their texts be gone with it


async def hear(page: Page, base_url: str, recorder: Recorder) -> None:
    """Record every answer of the site's own host that makes or changes a page of this visit. Raises playwright's Error
    where the page is gone."""
    ear = _Ear(await page.context.new_cdp_session(page), urlsplit(base_url).netloc, recorder)
    page.context.on("response", ear.on_response)
    ear.session.on("Fetch.requestPaused", ear.on_paused)
    stages = [{"urlPattern": "*", "resourceType": kind, "requestStage": "Response"} for kind in ASKED]
    await ear.session.send("Fetch.enable", {"patterns": stages})


class _Ear:
    """Listens to one visit. What a page asked is held back until it is read, and goes on whatever becomes of that."""

    def __init__(self, session: CDPSession, host: str, recorder: Recorder) -> None:
        self.session, self._host, self._recorder = session, host, recorder
        self._parts: set[str] = set()  # scripts and styles are the same on every page of a visit

    def on_response(self, response: Response) -> None:
        """A page or a part of it came."""
        kind = response.request.resource_type
        if urlsplit(response.url).netloc != self._host or kind not in PAGES or response.url in self._parts:
            return
        if kind != "document":
            self._parts.add(response.url)
        self._recorder.listen(self._read_page(response, self._recorder.place()))

    async def _read_page(self, response: Response, place: int) -> None:
        from playwright.async_api import Error

        request, status = response.request, response.status
        try:
            to = path_of(urljoin(response.url, response.headers["location"])) if 300 <= status < 400 else ""
            body = "" if to else await response.text()
        except (Error, KeyError, UnicodeDecodeError):  # it is gone already, or no text
            self._recorder.missed()
            return
        kind, sent = response.headers.get("content-type", ""), request.post_data or ""
        self._recorder.keep(Exchange(request.method, path_of(response.url), status, kind, body, sent, to), place)

    def on_paused(self, paused: dict[str, Any]) -> None:
        """An answer to what the page asked is there, and held back."""
        self._recorder.listen(self._read_answer(paused, self._recorder.place()))

    async def _read_answer(self, paused: dict[str, Any], place: int) -> None:
        from playwright.async_api import Error

        request, number = paused["request"], {"requestId": paused["requestId"]}
        with contextlib.suppress(Error):  # the page is gone
            try:
                if urlsplit(request["url"]).netloc == self._host and "responseStatusCode" in paused:
                    found = await self.session.send("Fetch.getResponseBody", number)
                    text = found["body"]
                    if found["base64Encoded"]:
                        text = base64.b64decode(text).decode(errors="replace")
                    headers = {one["name"].lower(): one["value"] for one in paused["responseHeaders"]}
                    status, kind = paused["responseStatusCode"], headers.get("content-type", "")
                    sent = request.get("postData", "")
                    asked = request["method"], path_of(request["url"])
                    self._recorder.keep(Exchange(*asked, status, kind, text, sent), place)
            except Error:
                self._recorder.missed()
            finally:
                await self.session.send("Fetch.continueRequest", number)


def path_of(url: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
