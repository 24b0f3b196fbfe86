"""The shop as a server: its routes, its files, its start and stop."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox.cinema import cinemas, control, counter, foyer, payment, qr, receipts, seating, showtimes, signin
from sandbox.cinema.books import Books
from sandbox.cinema.dress import Dress
from sandbox.cinema.faults import Faults, middleware
from sandbox.cinema.guard import guard
from sandbox.cinema.holds import Holds
from sandbox.cinema.house import HOUSE, House, keep_account
from sandbox.cinema.till import Till
from sandbox.cinema.upi import Upi


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class CinemaSettings:
    """Where the ledger lies, where to listen (port 0: a free one), how long a hold and a payment code last."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    hold_seconds: float = 480.0
    code_seconds: float = 300.0
    now: Callable[[], datetime] = _utc_now


@dataclass(frozen=True)
class Cinema:
    """A running shop."""

    url: str
    token: str
    port: int


PAGES = Path(__file__).parent / "pages"
KINDS = {"css": "text/css", "js": "text/javascript"}


async def static(request: web.Request) -> web.Response:
    """A style sheet or a script; never kept, since class names change at every start."""
    name = request.match_info["name"]
    if not (PAGES / name).is_file():
        raise web.HTTPNotFound
    text = (PAGES / name).read_text()
    if name.endswith(".css"):
        text = request.app[HOUSE].dress.style(text)
    kind = KINDS[name.rpartition(".")[2]]
    return web.Response(text=text, content_type=kind, headers={"Cache-Control": "no-store"})


@asynccontextmanager
async def open_cinema(settings: CinemaSettings) -> AsyncIterator[Cinema]:
    """Run the shop until the block ends."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    books = Books(settings.data_dir / "cinema.sqlite3", settings.now)
    holds, till = Holds(books, settings.hold_seconds), Till(books)
    upi, faults = Upi(books, till, settings.code_seconds), Faults()
    app = web.Application(
        middlewares=[guard(settings.host), keep_account, middleware(faults)], client_max_size=64 * 1024
    )
    app[HOUSE] = House(books, holds, till, upi, faults, Dress(secrets.token_hex(4)), settings.now, settings.token)
    for part in (control, foyer, showtimes, cinemas, seating, counter, signin, payment, qr, receipts):
        app.add_routes(part.routes)
    app.router.add_get("/static/{name:[a-z]+[.](?:css|js)}", static)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        port = int(runner.addresses[0][1])
        yield Cinema(f"http://{settings.host}:{port}", settings.token, port)
    finally:
        await runner.cleanup()
        books.close()
