"""Liveness and figures of the actors in this process, as Prometheus metrics and as a page for people and probes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from events.errors import UsherError

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer this machine's own tools only: no page that a browser shows, whatever name it gave this address."""
    host = request.headers.get("Host", "").rsplit(":", 1)[0]
    if host not in {"127.0.0.1", "localhost"}:
        return web.Response(status=421, text="figures are told only at 127.0.0.1 and localhost", headers=HEADERS)
    if "Origin" in request.headers:
        return web.Response(status=403, text="figures are not for pages", headers=HEADERS)
    answer = await handler(request)
    answer.headers.update(HEADERS)
    return answer


class Health:
    """What each actor of this process does; one object per process, handed down."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._up = Gauge("usher_actor_up", "1 while the actor runs", ["actor"], registry=self.registry)
        self._seconds = Histogram("usher_handler_seconds", "Time in a handler", ["actor"], registry=self.registry)
        self._failed = Counter("usher_handler_failures", "Handlers that raised", ["actor"], registry=self.registry)
        self._parked = Counter("usher_parked", "Messages parked", ["actor"], registry=self.registry)
        self._looks = Counter("usher_looks", "Looks at a site by result", ["result"], registry=self.registry)
        self.before_scrape: list[Callable[[], Awaitable[None]]] = []
        self._actors: dict[str, str] = {}
        self.last_error: dict[str, str] = {}

    def started(self, actor: str) -> None:
        self._actors[actor] = "running"
        self._up.labels(actor).set(1)

    def stopped(self, actor: str) -> None:
        self._actors[actor] = "stopped"
        self._up.labels(actor).set(0)

    def failed(self, actor: str, error: BaseException) -> None:
        self._failed.labels(actor).inc()
        self.last_error[actor] = f"{type(error).__name__}: {error}"

    def looked(self, result: str) -> None:
        """Count a look: available, unavailable, unreadable, or how the site refused."""
        self._looks.labels(result).inc()

    def parked(self, actor: str) -> None:
        self._parked.labels(actor).inc()

    @contextlib.contextmanager
    def timed(self, actor: str) -> Iterator[None]:
        """Measure one handler call."""
        with self._seconds.labels(actor).time():
            yield

    def snapshot(self) -> dict[str, object]:
        """Actors with their state and last error."""
        return {"actors": dict(self._actors), "last_error": dict(self.last_error)}

    @asynccontextmanager
    async def served(self, port: int) -> AsyncIterator[int]:
        """Serve /health and /metrics on 127.0.0.1 (port 0: a free one); gives the port. Raises UsherError."""
        app = web.Application(middlewares=[_guarded])
        app.router.add_get("/health", self._page)
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        try:
            await site.start()
        except OSError as wrong:
            await runner.cleanup()
            raise UsherError(f"port {port} cannot be used ({wrong.strerror}): set USHER_HEALTH_PORT") from None
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _page(self, _: web.Request) -> web.Response:
        return web.json_response(self.snapshot())

    async def _metrics(self, _: web.Request) -> web.Response:
        for refresh in self.before_scrape:
            await refresh()
        return web.Response(body=generate_latest(self.registry), content_type="text/plain")
