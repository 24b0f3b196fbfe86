"""Updates and an unwilling Telegram: whatever comes, the chat goes on and nothing is done twice."""

import asyncio
import math

import pytest
from aiogram.types import Update

from bot.app import Assistant, open_api
from bot.keyboards import JobButton, Setting, Step, Wallet
from bot.talk import SHORT_REST
from events.errors import UsherError
from events.settings import Settings
from services.buckets import Bucket
from tests.bot.conftest import Json, says
from tests.bot.steps import SENTENCE, data_of, make_job, only_job
from tests.conftest import NOW


async def test_an_update_that_cannot_be_decoded_is_stepped_over(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.control("POST", "faults", name="malformed_update", count=3)
        await chat.control("POST", "update", kind="message", body={"message_id": "what", "date": []})
        await chat.asha.say(SENTENCE)
        await chat.asha.see(says("Is that right?"))


KINDS: list[tuple[str, Json]] = [
    ("edited_message", {"message_id": 1, "date": 1, "chat": {"id": 1001, "type": "private"}, "text": "x"}),
    ("channel_post", {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel", "title": "c"}, "text": "x"}),
    ("message", {"message_id": 900, "date": 1, "chat": {"id": 1001, "type": "private"}, "from": {}, "text": "x"}),
    ("message", {"message_id": 901, "date": 1, "chat": {"id": -7, "type": "group", "title": "g"}, "text": "/start"}),
    ("poll", {"id": "1", "question": "?", "options": [], "total_voter_count": 0}),
    ("inline_query", {"id": "1", "query": "x", "offset": ""}),
    ("no_such_kind", {"a": 1}),
]


async def test_updates_of_every_kind_and_any_button_break_nothing(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        asha = (await chat.asha.state())["people"][0]
        for kind, body in KINDS:
            if "from" in body:
                body = body | {"from": asha}
            await chat.control("POST", "update", kind=kind, body=body)
        content: list[Json] = [
            {"sticker": {"file_id": "x", "file_unique_id": "y", "type": "regular", "width": 1, "height": 1}},
            {"location": {"latitude": 1.0, "longitude": 2.0}},
            {"text": "\u202e" + "🎬" * 4000},
            {"text": "/"},
            {"text": "/start@"},
        ]
        for number, more in enumerate(content):
            place = {"message_id": 950 + number, "date": 1, "chat": {"id": 1001, "type": "private"}, "from": asha}
            await chat.control("POST", "update", kind="message", body=place | more)
        buttons = [
            "",
            "m",
            "m:",
            "m:nowhere",
            "m:jobs-what-xx",
            "m:people-99",
            "w:1:create:",
            "w:x:y:z",
            Step(rev=9**9, act="pick", arg="-1").pack(),
            JobButton(job="%", rev=0, act="open").pack(),
            JobButton(job="", rev=0, act="cancel2").pack(),
            JobButton(job="x", rev=0, act="yes").pack(),
            Wallet(act="remove2", card="x").pack(),
            Setting(act="open", arg="lang").pack(),
            Setting(act="zone", arg="Mars").pack(),
            Setting(act="fav", arg="x").pack(),
            "u:approve:notanumber",
            "🎬" * 10,
        ]
        for data in buttons:
            pressed = await chat.asha.press(home["message_id"], data, force=True)
            await chat.asha.answer(pressed, timeout=10)
        await chat.asha.say("/home")
        await chat.home(chat.asha)
        await chat.asha.say(SENTENCE)
        await chat.asha.see(says("Is that right?"))
        broken = chat.health.last_error.get("bot", "")
        assert "AttributeError" not in broken, broken
        assert "TypeError" not in broken, broken


async def test_every_press_is_answered_within_a_second_even_where_nobody_answers_us(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        await chat.control("POST", "faults", name="delay_before_ms", method="editMessageText", count=1, value=2000)
        pressed = await chat.asha.press(home["message_id"], data_of(home, "Jobs"))
        told = await chat.asha.answer(pressed, timeout=1.5)
        assert "Working" in told["text"]
        await chat.asha.see(says("Your jobs"))


@pytest.mark.parametrize("fault", ["status_500", "status_502", "html_200", "drop_after", "drop_before"])
async def test_telegram_stumbles_and_the_chat_goes_on(opened, fault: str) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.control("POST", "faults", name=fault, method="getUpdates", count=2)
        await chat.control("POST", "faults", name=fault, method="editMessageText", count=1)
        await chat.asha.say(SENTENCE)
        await chat.asha.see(says("Is that right?"))


async def test_another_poller_is_said_aloud_and_outlived(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.control("POST", "faults", name="status_409", method="getUpdates", count=1)
        await chat.asha.say("hello")
        await chat.asha.see(says("hello"))
        async with asyncio.timeout(20):
            while "409" not in chat.health.last_error.get("bot", ""):  # noqa: ASYNC110  a figure announces nothing
                await asyncio.sleep(0.05)
        assert b"409" in (await Bucket(chat.nc, "chat").under("trouble"))["trouble.polling"]
        await chat.asha.say("/home")
        await chat.home(chat.asha)


async def test_the_rate_limit_is_waited_for(opened) -> None:
    async with opened(strict=True) as chat:
        await chat.pair()
        for name in ("jobs", "help", "budget", "settings", "wallet", "home", "jobs"):
            await chat.asha.say(f"/{name}")
        await chat.asha.see(says("Your jobs"), timeout=60)
        async with asyncio.timeout(60):
            while len([m for m in await chat.asha.messages() if m["from"]["is_bot"]]) > 1:
                await chat.asha.changes(await chat.asha.now(), 1)


async def test_presses_are_answered_and_done_while_telegram_lets_the_chat_rest(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        job = await make_job(chat, chat.asha)
        for method in ("editMessageText", "sendMessage"):
            await chat.control("POST", "faults", name="status_429", method=method, count=None, value=60)
        paused = await chat.asha.press_label(job, "Pause")
        told = await chat.asha.answer(paused, timeout=5)
        assert told["text"] == "Paused."
        home = await chat.asha.press_label(job, "Home")
        told = await chat.asha.answer(home, timeout=5)
        assert "again in 60 s" in told["text"]
        rows = await chat.ask("usher.query.jobs", user="local")
        assert [row["status"] for row in rows] == ["PAUSED"]


async def test_a_screen_is_drawn_after_a_long_rest_if_it_is_still_the_newest(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        seconds = math.ceil(SHORT_REST + 0.5)
        await chat.control("POST", "faults", name="status_429", method="editMessageText", count=2, value=seconds)
        for label in ("Jobs", "Wallet"):
            pressed = await chat.asha.press_label(home, label)
            assert f"again in {seconds} s" in (await chat.asha.answer(pressed))["text"]
        await chat.asha.see(says("Wallet"))
        edits = (await chat.control("GET", "log?method=editMessageText"))["calls"]
        assert [call["ok"] for call in edits] == [False, False, True]  # the screen that was left is not drawn any more


async def test_a_press_that_waits_its_turn_is_answered_at_once(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        await chat.control("POST", "faults", name="delay_before_ms", method="editMessageText", count=1, value=2500)
        first = await chat.asha.press_label(home, "Jobs")
        second = await chat.asha.press_label(home, "Settings")
        assert "Working" in (await chat.asha.answer(first))["text"]
        assert "comes after" in (await chat.asha.answer(second))["text"]
        await chat.asha.see(says("Settings"))


async def test_the_menu_of_commands_is_set_even_where_telegram_was_away(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.stop()
        await chat.control("DELETE", "log")
        await chat.control("POST", "faults", name="down")
        starting = asyncio.create_task(chat.start())
        async with asyncio.timeout(30):
            while not (await chat.control("GET", "log"))["calls"]:  # noqa: ASYNC110  the page announces no lost calls
                await asyncio.sleep(0.02)
        await chat.control("DELETE", "faults")
        await starting
        async with asyncio.timeout(30):
            while len((await chat.control("GET", "log?method=setMyCommands"))["calls"]) < 5:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await chat.asha.say("/help")
        await chat.asha.see(says("One sentence"))


async def test_a_wrong_token_is_said_in_one_line(opened) -> None:
    async with opened() as chat:
        await chat.stop()
        api = open_api(Settings(bot_token="123456:wrong", bot_api_url=chat.telegram.url))
        assistant = Assistant(chat.nc, api, chat.health, lambda: NOW)
        with pytest.raises(UsherError, match="refuses USHER_BOT_TOKEN"):
            await assistant.start()
        await api.session.close()
    with pytest.raises(UsherError, match="is no bot token"):
        open_api(Settings(bot_token="nonsense"))


async def test_an_update_that_comes_again_does_nothing_again(opened) -> None:
    """The bot dies after it did what an update asked for and before it confirmed: Telegram sends it once more."""
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say(SENTENCE)
        summary = await chat.asha.see(says("Is that right?"))
        await chat.stop()
        await chat.asha.press_label(summary, "Watch and book")
        await chat.asha.say("/new")
        url = f"{chat.telegram.url}/bot{chat.telegram.bot_token}/getUpdates"
        async with chat.http.post(url, json={"timeout": 0}) as answer:
            raw = (await answer.json())["result"]
        async with chat.unstarted() as (assistant, api):
            for _ in range(2):
                for one in raw:
                    await assistant.feed(Update.model_validate(one, context={"bot": api}), asyncio.Event())
        await chat.start()
        await chat.asha.say("/jobs")
        await chat.asha.see(says("Your jobs", "Dune"))
        kinds = [row["type"] for row in await chat.ask("usher.query.timeline", job_id=await only_job(chat))]
        assert kinds == ["created"]
        assert len([m for m in await chat.asha.messages() if m["from"]["is_bot"]]) == 1


async def test_a_chat_is_read_while_another_one_is_slow(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.admit()
        slow = {"name": "delay_before_ms", "method": "sendMessage", "value": 4000, "chat": 1001}
        await chat.control("POST", "faults", **slow)
        await chat.asha.say("/help")
        await chat.ravi.say("/help")
        await chat.ravi.see(says("One sentence"), timeout=2.5)
        await chat.asha.see(says("One sentence"))
