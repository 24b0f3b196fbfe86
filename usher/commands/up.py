"""`usher up` and `usher run`: start, wait for a signal, drain."""

from __future__ import annotations

import asyncio
import signal

import structlog

from events.errors import BadInput
from events.settings import Settings
from usher.compose import ACTORS, house, open_home
from usher.embedded import everything
from usher.logs import set_up_logs

log = structlog.get_logger()


def stopped() -> asyncio.Event:
    """An event that the first SIGINT or SIGTERM sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def up(settings: Settings) -> int:
    """Run everything until a signal comes."""
    set_up_logs(settings.log_json)
    stop = stopped()
    async with everything(settings) as running:
        parts = {
            "nats": running.url,
            "cinema": running.cinema_url,
            "chat": running.chat.start_url(running.pairing_code) if running.chat else "",
            "pair": running.pairing_code,
            "console": running.console_url,
        }
        log.info("usher.up", home=str(settings.home), **{name: value for name, value in parts.items() if value})
        await stop.wait()
        log.info("usher.draining")
    return 0


async def run_one(settings: Settings, actor: str) -> int:
    """Run one actor until a signal comes. Raises BadInput."""
    if actor not in ACTORS:
        raise BadInput("actor", f'"{actor}"', ", ".join(ACTORS))
    set_up_logs(settings.log_json)
    stop = stopped()
    open_home(settings.home)
    async with house(settings, (actor,), settings.nats_url or "nats://127.0.0.1:4222"):
        log.info("actor.up", actor=actor)
        await stop.wait()
        log.info("actor.draining", actor=actor)
    return 0
