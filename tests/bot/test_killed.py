"""The bot as a process of its own (`usher run bot`), killed while it works."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.asking import newest
from tests.bot.conftest import Chat, says
from tests.bot.steps import SENTENCE, data_of
from tests.test_house import ROOT

STARTING = 100.0  # s: loading aiogram takes seconds of a whole core, and the cores may be busy


@asynccontextmanager
async def bot_process(chat: Chat, nats_url: str, home: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`usher run bot`, ended by force where it still runs."""
    variables = {
        "USHER_BOT_TOKEN": chat.telegram.bot_token,
        "USHER_BOT_API_URL": chat.telegram.url,
        "USHER_NATS_URL": nats_url,
        "USHER_HOME": home,
        "PYTHONPATH": str(ROOT),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "usher", "run", "bot", env=os.environ | variables, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.timeout(300)
async def test_a_press_whose_handler_is_killed_is_handled_by_the_next_process(opened, server, tmp_path) -> None:
    async with opened() as chat:
        await chat.stop()
        home = str(tmp_path / "bot")
        async with bot_process(chat, server.url, home) as first:
            await chat.asha.say(f"/start {await chat.code()}")
            await chat.asha.see(says("Hello"), timeout=STARTING)
            await chat.asha.say(SENTENCE)
            summary = await chat.asha.see(says("Is that right?"))
            await chat.control("POST", "faults", name="delay_before_ms", method="editMessageText", value=60_000)
            subscription = await chat.nc.subscribe("job.created.*")
            await chat.asha.press(summary["message_id"], data_of(summary, "Watch and book"))
            await subscription.next_msg(timeout=20)
            first.send_signal(signal.SIGKILL)
            await first.wait()
        await chat.control("DELETE", "faults")
        async with bot_process(chat, server.url, home) as second:
            await chat.asha.say("/jobs")
            await chat.asha.see(says("Your jobs", "Dune"), timeout=STARTING)
            after = await newest(chat.nc, "JOBS")
            assert len(await chat.ask("usher.query.jobs", user="local", after=after)) == 1
            second.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(second.wait(), 20) == 0
