"""`usher up` and the demo: every actor in one process, with the world in a box where none is configured."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import structlog

from events.errors import UsherError
from events.settings import Clock, Settings, utc_now
from events.store import EventStore
from services.buckets import Bucket
from services.pairing import Pairing
from services.people import People
from services.vault import Vault
from usher.compose import ACTORS, House, house, open_home, vault_of
from usher.console.server import open_console
from usher.environment import store_key_given
from usher.identities import identities_of

if TYPE_CHECKING:
    from sandbox.telegram.api import Telegram

log = structlog.get_logger()


@dataclass(frozen=True)
class Running:
    """A whole usher in this process. The cinema's fields are empty where a real site is configured, the chat's where
    Telegram is or where there shall be no chat."""

    url: str
    cinema_url: str
    cinema_token: str
    pairing_code: str
    chat: Telegram | None
    console_url: str
    parts: House


@asynccontextmanager
async def everything(settings: Settings, now: Clock = utc_now) -> AsyncIterator[Running]:
    """Embedded server, demo cinema where no site is configured, and every actor; `up.json` while they run."""
    from sandbox.nats_server import ServerError, run_server

    open_home(settings.home)
    async with AsyncExitStack() as stack:
        chatty = settings.chat or bool(settings.bot_token)
        loading = asyncio.create_task(asyncio.to_thread(_load_chat)) if chatty else None
        url = settings.nats_url
        if not url:
            try:
                server = await stack.enter_async_context(
                    run_server(
                        settings.home / "nats",
                        sync_always=settings.sync_always,
                        users=identities_of(settings).authorization(),
                        store_key=store_key_given(),
                    )
                )
            except ServerError as broken:
                raise UsherError(str(broken)) from None
            url = server.url
        cinema_url = cinema_token = ""
        if not settings.site_url:
            cinema_url, cinema_token = await _demo_cinema(settings, stack)
            settings = msgspec.structs.replace(settings, site_url=cinema_url, page_spacing=0.0)  # our own guest
        chat: Telegram | None = None
        if settings.chat and not settings.bot_token:
            chat = await _local_chat(settings, stack)
            settings = msgspec.structs.replace(settings, bot_token=chat.bot_token, bot_api_url=chat.url)
        actors = [name for name in ACTORS if name != "bot" or settings.bot_token]
        if loading is not None:
            await loading
        parts = await stack.enter_async_context(house(settings, actors, url, user="cli", now=now))
        desk = parts.of("desk")
        store = EventStore(desk.nc, "desk")
        vault = vault_of(desk, store)
        if cinema_url:
            accounts = DemoAccounts(vault, cinema_url, cinema_token)
            await accounts.sign_in(settings.user)
            await parts.nc.subscribe("user.approved.*", cb=accounts.on_approved)
        code = await _pairing_code(settings, store, vault)
        console = await stack.enter_async_context(open_console(parts.nc, settings, settings.console_port, parts.health))
        note = {
            "pid": os.getpid(),
            "nats_url": url,
            "nats_keys": str(identities_of(settings).folder.absolute()),
            "cinema_url": cinema_url,
            "cinema_token": cinema_token,
            "pairing_code": code,
            "chat_url": chat.page_url if chat else "",
            "chat_token": chat.control_token if chat else "",
            "console_url": console.url,
        }
        path = settings.home / "up.json"
        _write_private(path, json.dumps(note))
        stack.callback(path.unlink, missing_ok=True)
        yield Running(url, cinema_url, cinema_token, code, chat, console.url, parts)


def _load_chat() -> None:
    """aiogram takes seconds to import: in a thread, beside the start of everything that needs no chat."""
    for module in ("bot.app", "bot.joining"):
        import_module(module)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


async def _demo_cinema(settings: Settings, stack: AsyncExitStack) -> tuple[str, str]:
    from sandbox.cinema.shop import CinemaSettings, open_cinema

    cinema = await stack.enter_async_context(open_cinema(CinemaSettings(settings.home / "cinema")))
    return cinema.url, cinema.token


async def _local_chat(settings: Settings, stack: AsyncExitStack) -> Telegram:
    """A local Telegram with its chat page, for a machine without a bot's token."""
    from sandbox.telegram.api import TelegramSettings, open_telegram

    return await stack.enter_async_context(open_telegram(TelegramSettings(settings.home / "telegram")))


class DemoAccounts:
    """Signs people in at the demo cinema: at a real site a person does this once by hand."""

    def __init__(self, vault: Vault, url: str, token: str) -> None:
        self._vault, self._url, self._token = vault, url, token

    async def sign_in(self, user: str) -> None:
        """Open an account of the user's name and keep its session."""
        body = {"account": user, "email": f"{user}@usher.invalid", "mobile": "9000000000"}
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._token}"}) as http:
            async with http.post(f"{self._url}/_control/sessions", json=body) as answer:
                cookies = (await answer.json())["cookies"]
        await self._vault.set_session(user, json.dumps(cookies))

    async def on_approved(self, message: Any) -> None:
        """Somebody was let in."""
        await self.sign_in(message.subject.rsplit(".", 1)[1])


async def _pairing_code(settings: Settings, store: EventStore, vault: Vault) -> str:
    """The code that makes the owner, or nothing where the owner is known."""
    pairing = Pairing(Bucket(store.nc, "chat", store.reader))
    people = People(store, vault, pairing, settings)
    return "" if await people.paired() else await pairing.code()
