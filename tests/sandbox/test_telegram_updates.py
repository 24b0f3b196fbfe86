"""Updates of the local Telegram: offsets, long polling, redelivery, 409, what a bot hears and what not."""

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.telegram.api import TelegramSettings, open_telegram
from sandbox.telegram.person import ASHA, FILM_CLUB, Person
from tests.sandbox.conftest import PlainBot


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_ids_ascend_by_one_and_unconfirmed_updates_come_again(bot: PlainBot, asha: Person) -> None:
    for text in ("one", "two", "three"):
        await asha.say(text)
    first = await bot.updates()
    assert texts(first) == ["one", "two", "three"]
    ids = [update["update_id"] for update in first]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert ids[0] > 0
    assert await bot.updates() == first


async def test_an_offset_forgets_all_below_it(bot: PlainBot, asha: Person) -> None:
    for text in ("one", "two", "three"):
        await asha.say(text)
    second = (await bot.updates())[1]["update_id"]
    assert texts(await bot.updates(offset=second)) == ["two", "three"]
    assert texts(await bot.updates()) == ["two", "three"]


async def test_a_negative_offset_keeps_only_the_last(bot: PlainBot, asha: Person) -> None:
    for text in ("one", "two", "three"):
        await asha.say(text)
    assert texts(await bot.updates(offset=-2)) == ["two", "three"]
    assert texts(await bot.updates()) == ["two", "three"]


async def test_a_limit_bounds_the_batch(bot: PlainBot, asha: Person) -> None:
    for text in ("one", "two", "three"):
        await asha.say(text)
    assert texts(await bot.updates(limit=2)) == ["one", "two"]
    assert len(await bot.updates(limit=0)) == 1


async def test_a_waiting_poll_wakes_at_once(bot: PlainBot, asha: Person) -> None:
    poll = asyncio.create_task(bot.updates(timeout=30))
    await bot.polled()
    said = time.monotonic()
    await asha.say("wake")
    assert texts(await poll) == ["wake"]
    assert time.monotonic() - said < 5


async def test_a_poll_ends_empty_after_its_timeout(bot: PlainBot) -> None:
    assert await bot.updates(timeout=1) == []


async def test_a_second_waiting_poll_ends_the_first_with_409(bot: PlainBot, asha: Person) -> None:
    first = asyncio.create_task(bot.call("getUpdates", timeout=30))
    await bot.polled()
    second = asyncio.create_task(bot.updates(timeout=30, offset=1))
    assert (await first) == {
        "ok": False,
        "error_code": 409,
        "description": "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running",
    }
    await asha.say("still here")
    assert texts(await second) == ["still here"]


async def test_the_next_conflict_within_3_s_is_told_late(bot: PlainBot) -> None:
    polls = [asyncio.create_task(bot.call("getUpdates", timeout=30)) for _ in range(3)]
    began = time.monotonic()
    told = []
    for done in asyncio.as_completed(polls):
        told.append((await done)["error_code"])
        if len(told) == 2:
            break
    assert told == [409, 409]
    assert time.monotonic() - began > 2
    for poll in polls:
        poll.cancel()


async def test_nothing_is_lost_when_the_client_leaves_its_poll(bot: PlainBot, asha: Person) -> None:
    poll = asyncio.create_task(bot.updates(timeout=30))
    await bot.polled()
    poll.cancel()
    await asha.say("kept")
    assert texts(await bot.updates()) == ["kept"]


async def test_allowed_updates_stick_until_given_anew(bot: PlainBot, asha: Person) -> None:
    await bot.updates(allowed_updates=["callback_query"])
    await asha.say("unheard")
    assert await bot.updates() == []
    await bot.updates(allowed_updates=[])
    await asha.say("heard")
    assert texts(await bot.updates()) == ["heard"]


async def test_state_and_updates_outlive_the_server(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    settings = TelegramSettings(tmp_path, strict_limits=False)
    async with open_telegram(settings) as first:
        bot = PlainBot(session, first)
        await bot.person(ASHA).say("/start")
        await bot.ok("sendMessage", chat_id=ASHA, text="hello")
        before = await bot.updates()
    async with open_telegram(settings) as second:
        bot = PlainBot(session, second)
        assert (second.bot_token, second.page_token) == (first.bot_token, first.page_token)
        assert await bot.updates() == before
        assert [message["text"] for message in await bot.person(ASHA).messages()] == ["/start", "hello"]
        await bot.person(ASHA).say("next")
        after = await bot.updates(offset=before[-1]["update_id"] + 1)
        assert after[0]["update_id"] == before[-1]["update_id"] + 1
        assert after[0]["message"]["message_id"] == 3


async def test_a_group_keeps_its_privacy(bot: PlainBot, asha: Person, ravi: Person) -> None:
    card = await bot.ok("sendMessage", chat_id=FILM_CLUB, text="the card")
    await asha.say("nobody tells the bot", FILM_CLUB)
    await asha.say("/jobs", FILM_CLUB)
    await asha.say("/jobs@usher_local_bot", FILM_CLUB)
    await asha.say("/jobs@another_bot", FILM_CLUB)
    await ravi.say("look, @usher_local_bot!", FILM_CLUB)
    await ravi.say("a reply", FILM_CLUB, reply_to=card["message_id"])
    heard = await bot.updates()
    assert texts(heard) == ["/jobs", "/jobs@usher_local_bot", "look, @usher_local_bot!", "a reply"]
    assert heard[1]["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 21}]
    assert heard[3]["message"]["reply_to_message"]["text"] == "the card"
    await bot.control("POST", "/bot", reads_all=True)
    await asha.say("now it hears", FILM_CLUB)
    assert texts(await bot.updates(offset=-1)) == ["now it hears"]


async def test_message_ids_are_one_row_in_private_and_their_own_in_a_group(
    bot: PlainBot, asha: Person, ravi: Person
) -> None:
    ids = [(await person.say("x"))["message_id"] for person in (asha, ravi, asha)]
    ids.append((await bot.ok("sendMessage", chat_id=ASHA, text="x"))["message_id"])
    assert ids == list(range(ids[0], ids[0] + 4))
    assert (await asha.say("x", FILM_CLUB))["message_id"] == 1


async def test_an_edited_text_comes_as_edited_message(bot: PlainBot, asha: Person) -> None:
    sent = await asha.say("two seats")
    await asha.edit(sent["message_id"], "three seats")
    edited = (await bot.updates())[-1]["edited_message"]
    assert edited["text"] == "three seats"
    assert edited["edit_date"] >= edited["date"]
