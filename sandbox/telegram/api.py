"""The local Telegram as a server: its doors, its folder, its start and stop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox.telegram import botapi, control, watching
from sandbox.telegram import web as pages
from sandbox.telegram.botapi import refused
from sandbox.telegram.errors import ApiError
from sandbox.telegram.params import LARGEST
from sandbox.telegram.store import Store
from sandbox.telegram.world import WORLD, World, make_world

HOST = "127.0.0.1"  # never another: the chat can spend money


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class TelegramSettings:
    """Where the state lies, where to listen (port 0: a free one), and whether Telegram's rate limits hold."""

    folder: Path
    port: int = 0
    strict_limits: bool = True
    clock: Callable[[], datetime] = _utc_now


@dataclass(frozen=True)
class Telegram:
    """A running local Telegram. Bots call `{url}/bot{bot_token}/{method}`; tokens are the folder's, for ever."""

    url: str
    port: int
    bot_token: str = field(repr=False)
    page_token: str = field(repr=False)
    control_token: str = field(repr=False)

    @property
    def page_url(self) -> str:
        """The chat page with its key, which no server ever sees: it stands behind the #."""
        return f"{self.url}/chat/#token={self.page_token}"

    def start_url(self, code: str) -> str:
        """The chat page with `/start <code>` written, as a t.me link with a payload does it."""
        return f"{self.page_url}&start={code}"


@web.middleware
async def telegram_errors(request: web.Request, handler: pages.Handler) -> web.StreamResponse:
    """What is no known place is 404 in Telegram's form."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if request.path.startswith("/chat/"):
            raise
        return refused(ApiError(404, "Not Found"))


def make_app(world: World) -> web.Application:
    """The server's doors around a world."""
    middlewares = [pages.guard, telegram_errors, control.control, pages.page_api]
    app = web.Application(middlewares=middlewares, client_max_size=LARGEST + 1024 * 1024)
    app[WORLD] = world
    for routes in (botapi.routes, pages.routes, watching.routes, control.routes):
        app.add_routes(routes)

    async def let_go(_: web.Application) -> None:
        world.updates.close()
        world.live.close()

    app.on_shutdown.append(let_go)
    return app


@asynccontextmanager
async def open_telegram(settings: TelegramSettings) -> AsyncIterator[Telegram]:
    """Run the local Telegram until the block ends. What was said is there again next time."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(settings.folder / "telegram.sqlite3")
    world = make_world(store, settings.folder, lambda: settings.clock().timestamp(), settings.strict_limits)
    runner = web.AppRunner(make_app(world), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, settings.port).start()
        port = int(runner.addresses[0][1])
        tokens = (world.people.bot_token, world.page_token, world.control_token)
        yield Telegram(f"http://{HOST}:{port}", port, *tokens)
    finally:
        await runner.cleanup()
        store.close()
