"""Rate limits as Telegram's FAQ names them, and the switches that make the local server misbehave."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from sandbox.telegram.api import TelegramSettings, open_telegram
from sandbox.telegram.person import ASHA, FILM_CLUB, RAVI, Person
from tests.sandbox.conftest import PlainBot


@dataclass
class Held:
    """A clock that only moves when told."""

    now: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
async def strict(tmp_path: Path, session: aiohttp.ClientSession, held: Held) -> AsyncIterator[PlainBot]:
    """A bot held to the limits, on a held clock."""
    async with open_telegram(TelegramSettings(tmp_path, clock=lambda: held.now)) as telegram:
        bot = PlainBot(session, telegram)
        for user in (ASHA, RAVI):
            await bot.person(user).say("/start")
        yield bot


async def test_a_chat_takes_a_burst_and_then_one_a_second(strict: PlainBot, held: Held) -> None:
    for number in range(5):
        await strict.ok("sendMessage", chat_id=ASHA, text=str(number))
    body = await strict.call("sendMessage", chat_id=ASHA, text="too fast")
    assert body == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert (strict.status, strict.headers["Retry-After"]) == (429, "1")
    await strict.ok("sendMessage", chat_id=RAVI, text="another chat is free")
    held.wait(1)
    await strict.ok("sendMessage", chat_id=ASHA, text="now")


async def test_edits_count_and_answers_do_not(strict: PlainBot) -> None:
    sent = await strict.ok("sendMessage", chat_id=ASHA, text="0")
    for number in range(1, 5):
        await strict.ok("editMessageText", chat_id=ASHA, message_id=sent["message_id"], text=str(number))
    said = await strict.refusal("editMessageText", chat_id=ASHA, message_id=sent["message_id"], text="x")
    assert said == "Too Many Requests: retry after 1"
    await strict.ok("sendChatAction", chat_id=ASHA, action="typing")


async def test_a_group_takes_twenty_a_minute(strict: PlainBot, held: Held) -> None:
    for number in range(20):
        await strict.ok("sendMessage", chat_id=FILM_CLUB, text=str(number))
        held.wait(1)
    said = await strict.refusal("sendMessage", chat_id=FILM_CLUB, text="x")
    assert said == "Too Many Requests: retry after 40"
    held.wait(40)
    await strict.ok("sendMessage", chat_id=FILM_CLUB, text="x")


async def test_the_limits_can_be_lifted(strict: PlainBot) -> None:
    await strict.control("POST", "/limits", strict=False)
    for number in range(40):
        await strict.ok("sendMessage", chat_id=ASHA, text=str(number))


async def test_a_hurried_poll_with_the_same_offset_is_held(strict: PlainBot) -> None:
    held_back = await strict.updates(offset=-1)
    began = time.monotonic()
    assert await strict.updates(offset=held_back[0]["update_id"] + 1) == []
    assert await strict.updates(offset=held_back[0]["update_id"] + 1) == []
    assert time.monotonic() - began > 2


async def test_refusals_are_met_as_often_as_asked(bot: PlainBot) -> None:
    await bot.control("POST", "/faults", name="status_429", value=7, count=2, method="sendMessage")
    for _ in range(2):
        assert await bot.refusal("sendMessage", chat_id=ASHA, text="x") == "Too Many Requests: retry after 7"
    await bot.ok("sendMessage", chat_id=ASHA, text="x")
    for name, code in (("status_500", 500), ("status_409", 409), ("status_403", 403), ("status_401", 401)):
        await bot.control("POST", "/faults", name=name)
        await bot.ok("getUpdates")
        await bot.refusal("sendMessage", chat_id=ASHA, text="x")
        assert bot.status == code


async def test_a_group_that_became_a_supergroup_names_its_new_id(bot: PlainBot) -> None:
    await bot.control("POST", "/faults", name="migrated", value=FILM_CLUB)
    body = await bot.call("sendMessage", chat_id=-4242, text="x")
    assert body["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert body["parameters"] == {"migrate_to_chat_id": FILM_CLUB}


async def test_a_fault_can_be_for_one_chat_and_be_cleared(bot: PlainBot) -> None:
    await bot.control("POST", "/faults", name="status_403", chat=ASHA, count=None)
    await bot.ok("sendMessage", chat_id=RAVI, text="x")
    await bot.refusal("sendMessage", chat_id=ASHA, text="x")
    assert [fault["name"] for fault in (await bot.control("GET"))["on"]] == ["status_403"]
    await bot.control("DELETE", "/faults")
    await bot.ok("sendMessage", chat_id=ASHA, text="x")


async def test_a_dropped_answer_was_delivered_and_a_dropped_call_was_not(bot: PlainBot, asha: Person) -> None:
    for name in ("drop_after", "drop_before"):
        await bot.control("POST", "/faults", name=name, method="sendMessage")
        with pytest.raises(aiohttp.ClientError):
            await bot.call("sendMessage", chat_id=ASHA, text=name)
    assert [message["text"] for message in await asha.messages()] == ["/start", "drop_after"]
    calls = (await bot.control("GET", "/log?method=sendMessage"))["calls"]
    assert [(call["fault"], call["ok"]) for call in calls] == [("drop_after", False), ("drop_before", False)]


async def test_a_slow_answer_is_late_but_done(bot: PlainBot, asha: Person) -> None:
    await bot.control("POST", "/faults", name="delay_ms", value=60_000, method="sendMessage")
    call = asyncio.create_task(bot.call("sendMessage", chat_id=ASHA, text="slow"))
    await asha.see(lambda message: message["text"] == "slow")
    assert not call.done()
    call.cancel()


async def test_down_closes_everything_until_cleared(bot: PlainBot) -> None:
    await bot.control("POST", "/faults", name="down")
    for method in ("getMe", "getUpdates", "getMe"):
        with pytest.raises(aiohttp.ClientError):
            await bot.call(method)
    await bot.control("DELETE", "/faults")
    await bot.ok("getMe")


async def test_pages_instead_of_json(bot: PlainBot) -> None:
    for name, status in (("status_502", 502), ("html_200", 200)):
        await bot.control("POST", "/faults", name=name)
        async with bot.session.get(bot.url("getMe")) as answer:
            assert (answer.status, answer.content_type) == (status, "text/html")


async def test_a_malformed_update_comes_between_good_ones(bot: PlainBot, asha: Person) -> None:
    await asha.say("before")
    await bot.control("POST", "/faults", name="malformed_update")
    first = await bot.updates()
    await asha.say("after")
    assert "chat" not in first[1]["message"]
    assert [update["message"]["text"] for update in await bot.updates(offset=first[1]["update_id"] + 1)] == ["after"]
    told = await bot.control("POST", "/update", kind="poll", body={"id": 1})
    assert (await bot.updates(offset=-1))[0] == {"update_id": told["update_id"], "poll": {"id": 1}}


async def test_an_unknown_switch_says_what_is_allowed(bot: PlainBot) -> None:
    headers = {"Authorization": f"Bearer {bot.telegram.control_token}"}
    url = f"{bot.telegram.url}/_control/faults"
    async with bot.session.post(url, headers=headers, json={"name": "explode"}) as answer:
        assert answer.status == 400
        assert "allowed: status_429" in (await answer.json())["error"]
