"""The console as a server on 127.0.0.1: its pages, its questions, and a stream that says when something moved."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog
from aiohttp import web
from nats.aio.client import Client
from nats.aio.msg import Msg

from events.errors import BadInput, NotFound, Unavailable, UsherError
from events.reading import DirectReader
from events.settings import Settings, utc_now
from services.asking import Refused
from services.health import Health
from services.unparking import Unparking
from usher.console.facts import Facts
from usher.console.guard import guard

log = structlog.get_logger()
PAGES = Path(__file__).parent / "pages"
CALM = 0.25  # s between two words that something moved
MOVES = ("job.*.*", "look.*.>", "parked.>", "retry.>", "settled.>")
ALIVE = 15.0  # s between two signs of life


@dataclass(frozen=True)
class Console:
    """A running console. `url` holds the token in its fragment, which no server log sees."""

    url: str
    port: int


@asynccontextmanager
async def open_console(
    nc: Client, settings: Settings, port: int, health: Health | None = None
) -> AsyncIterator[Console]:
    """Serve the console until the block ends (port 0: a free one). `health`: of the actors, where they share this
    process. Raises UsherError where the port is taken.
    """
    token = secrets.token_urlsafe(24)
    pages = Pages(nc, settings, health)
    app = web.Application(middlewares=[guard(token)])
    app.add_routes(pages.routes())
    app.router.add_static("/static", PAGES)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as wrong:
            raise UsherError(f"port {port} cannot be used ({wrong.strerror}): choose another with --port") from None
        async with pages.live():
            taken = int(runner.addresses[0][1])
            yield Console(f"http://127.0.0.1:{taken}/#token={token}", taken)
    finally:
        await runner.cleanup()


class Pages:
    """The routes."""

    def __init__(self, nc: Client, settings: Settings, health: Health | None) -> None:
        self._nc = nc
        reader = DirectReader(nc)
        self._facts = Facts(nc, reader, health)
        self._hand = Unparking(nc, reader, settings.home / "usher.sqlite3", settings.user, utc_now)
        self._listeners: set[asyncio.Event] = set()

    def routes(self) -> list[web.RouteDef]:
        """Every route: what is got only reads, what is posted needs the token."""
        facts = self._facts
        return [
            web.get("/", self._index),
            web.get("/api/live", self._live),
            web.get("/api/artifacts/{name}", self._artifact),
            web.get("/api/overview", self._json(lambda r: facts.overview())),
            web.get("/api/jobs", self._json(self._jobs)),
            web.get("/api/jobs/{id}", self._json(lambda r: facts.job(r.match_info["id"]))),
            web.get("/api/groups", self._json(lambda r: facts.groups())),
            web.get("/api/looks/{group}", self._json(lambda r: facts.looks(r.match_info["group"]))),
            web.get("/api/parked", self._json(lambda r: facts.parked())),
            web.get("/api/alarms", self._json(lambda r: facts.alarms())),
            web.post("/api/parked/retry", self._json(lambda r: self._retry(None))),
            web.post(r"/api/parked/{number:\d{1,15}}/retry", self._json(self._retry)),
            web.post(r"/api/parked/{number:\d{1,15}}/drop", self._json(self._drop)),
        ]

    async def _retry(self, request: web.Request | None) -> Any:
        """One message, or all that wait in their order."""
        if request is None:
            return {"asked": await self._hand.retry_all(_unseen)}
        return {"asked": await self._hand.retry(int(request.match_info["number"]), _unseen)}

    async def _drop(self, request: web.Request) -> Any:
        try:
            why = msgspec.json.decode(await request.read(), type=dict[str, str]).get("why", "")
        except msgspec.MsgspecError:
            raise BadInput("why", "the request cannot be read", '{"why": "a reason"}') from None
        number = int(request.match_info["number"])
        await self._hand.drop(number, why)
        return {"dropped": number}

    async def _index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGES / "index.html")

    def _json(self, ask: Callable[[web.Request], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                return web.json_response(await ask(request))
            except UsherError as wrong:
                return web.json_response({"error": str(wrong)}, status=_status(wrong))

        return answer

    async def _jobs(self, request: web.Request) -> Any:
        query = request.query
        which, text = query.get("which", "all"), query.get("text", "")
        return await self._facts.jobs(which, text, query.get("older", ""), query.get("newer", ""))

    async def _artifact(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        try:
            data = await self._facts.artifact(name)
        except UsherError as wrong:
            return web.json_response({"error": str(wrong)}, status=404)
        picture = name.endswith(".png")
        # a page dump must never run as a page of ours
        kind = "image/png" if picture else "text/plain"
        return web.Response(body=data, content_type=kind, headers={"Content-Disposition": "inline"})

    @asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        """Hear of every event while the block runs."""
        subscriptions = [await self._nc.subscribe(subject, cb=self._moved) for subject in MOVES]
        try:
            yield
        finally:
            for subscription in subscriptions:
                with contextlib.suppress(Exception):
                    await subscription.unsubscribe()

    async def _moved(self, _: Msg) -> None:
        for listener in self._listeners:
            listener.set()

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `moved` soon after something happened, at most four a second."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        await answer.prepare(request)
        listener = asyncio.Event()
        self._listeners.add(listener)
        try:
            await answer.write(b"retry: 1000\n\n")
            while True:
                word = b": alive\n\n"
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(listener.wait(), ALIVE)
                    word = f"event: moved\ndata: {json.dumps({'connected': self._nc.is_connected})}\n\n".encode()
                listener.clear()
                await answer.write(word)
                await asyncio.sleep(CALM)
        except (ConnectionResetError, asyncio.CancelledError):
            return answer
        finally:
            self._listeners.discard(listener)


def _unseen(done: int, of: int) -> None:
    """A retry of the projector folds the log anew: the page only says that it works."""


def _status(wrong: UsherError) -> int:
    if isinstance(wrong, NotFound | Refused):
        return 404
    return 503 if isinstance(wrong, Unavailable) else 400
