"""Alarms come from the notifier: that it is gone is told by the chat, once, and once when it is back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.requests import Requests
from bot.watchdog import Watchdog
from events.settings import utc_now
from events.streams import CONSUMERS, PINNED
from services.pull import Pull
from services.status import runs
from tests.bot.conftest import says

Open = Callable[..., Any]


async def nothing(_: object) -> None:
    """Take a message and do nothing."""


async def test_a_notifier_that_is_gone_for_a_minute_is_told_once_and_its_return_too(opened: Open) -> None:
    moment = utc_now()
    async with opened() as chat:
        await chat.pair()
        async with chat.unstarted() as (_, api):
            dog = Watchdog(api, Requests(chat.nc), lambda: moment)
            for seconds in (0, 30, 61, 76):  # nobody has taken its messages since the server started
                moment = utc_now() + timedelta(seconds=seconds)
                await dog.look()
            told = await chat.asha.see(says("No notifier is running"))
            assert "usher run notifier" in told["text"]
            pulls = [
                Pull(chat.nc, c.stream, c.name, nothing, lambda: 100, pinned=(c.stream, c.name) in PINNED)
                for c in CONSUMERS
                if c.name == "notifier"
            ]
            for pull in pulls:
                await pull.start()
            while not await runs(chat.nc, "notifier"):  # the pull is on its way
                pass
            await dog.look()
            await chat.asha.see(says("✅", "No notifier is running"))
            for pull in pulls:
                await pull.stop()
        assert len([m for m in await chat.asha.messages() if "No notifier is running" in (m.get("text") or "")]) == 2


async def test_a_notifier_that_is_back_within_a_minute_is_no_alarm(opened: Open) -> None:
    moment = utc_now()
    async with opened() as chat:
        await chat.pair()
        async with chat.unstarted() as (_, api):
            dog = Watchdog(api, Requests(chat.nc), lambda: moment)
            await dog.look()
            moment += timedelta(seconds=59)
            await dog.look()
        assert not [m for m in await chat.asha.messages() if "No notifier" in (m.get("text") or "")]
