"""The chat and the console at work with rights on: whatever a person presses, NATS refuses no actor."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest

from events.settings import Settings
from sandbox.telegram.person import ASHA, RAVI, Person
from tests.flows.conftest import denials
from usher.client import Usher
from usher.commands.doctor import CHECKS
from usher.embedded import everything


def says(word: str) -> Any:
    return lambda message: word in (message.get("text") or message.get("caption") or "")


@pytest.mark.timeout(120)
async def test_the_chat_and_the_console_work_with_their_own_rights(quick: Settings) -> None:
    settings = msgspec.structs.replace(quick, chat=True)
    async with everything(settings) as running, aiohttp.ClientSession() as http:
        assert running.chat is not None
        asha, ravi = (Person(http, running.chat.url, running.chat.page_token, user) for user in (ASHA, RAVI))
        await asha.say(f"/start {running.pairing_code}")
        await asha.see(says("Hello"))
        await ravi.say("/start")
        await asha.press_label(await asha.see(says("would like to use")), "Let in")
        usher = Usher(running.parts.nc, settings.user)
        job = await usher.desk("job.create", wish={"film": "Monsoon 2", "city": "Hyderabad"})
        await asha.see(says("Monsoon 2"))
        for word in ("/jobs", "/why", "/budget", "/wallet", "/settings", "/users", "/help", "/new"):
            await asha.say(word)
        await usher.desk("job.pause", job=job["job"])
        for page in ("overview", "jobs", f"jobs/{job['job']}", "parked", "groups"):
            async with http.get(f"{running.console_url.split('?')[0].rstrip('/')}/api/{page}") as answer:
                await answer.read()
        await asyncio.sleep(1)  # whatever the presses set off
        assert denials(settings.home) == []
        for name in ("NATS", "rights", "private", "keys"):
            await CHECKS[name](settings)
        assert len(denials(settings.home)) == 1  # the doctor tried the vault's door, and it was shut
