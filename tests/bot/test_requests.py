"""The bot's words to the rest of usher."""

import json
import subprocess
import sys
from typing import Any

from nats.aio.client import Client

from bot.requests import Requests
from tests.test_house import ROOT


def test_the_requests_need_no_chat_library() -> None:
    code = "import sys, bot.requests; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


async def test_a_list_that_comes_late_is_there_for_the_next_question(nc: Client) -> None:
    asked: list[Any] = []

    async def slow(message: Any) -> None:
        asked.append(message)

    await nc.subscribe("usher.site.films", cb=slow)
    requests = Requests(nc)
    assert await requests.listed("films", "Hyderabad") == []
    await asked[0].respond(json.dumps({"films": [{"title": "Dune"}]}).encode())
    assert await requests.listed("films", "Hyderabad") == [{"title": "Dune"}]
    assert await requests.listed("films", "Hyderabad") == [{"title": "Dune"}]
    assert len(asked) == 1
    await requests.close()


async def test_a_site_that_nobody_reads_gives_an_empty_list(nc: Client) -> None:
    requests = Requests(nc)
    assert await requests.listed("cities") == []
    await requests.close()
