"""People at the page: presses and their answers, groups, blocking, commands; and who may look at what."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.telegram.api import Telegram, TelegramSettings, open_telegram
from sandbox.telegram.errors import Refused
from sandbox.telegram.person import ASHA, FILM_CLUB, RAVI, Person
from tests.sandbox.conftest import PlainBot
from tests.sandbox.test_telegram_sending import png

Keyboard = Callable[..., dict[str, Any]]
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def test_a_press_reaches_the_bot_and_is_answered_once(bot: PlainBot, asha: Person, keyboard: Keyboard) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="?", reply_markup=keyboard(Yes="y:1"))
    pressed = await asha.press_label(sent, "Yes")
    query = (await bot.updates())[0]["callback_query"]
    assert (query["id"], query["data"], query["from"]["id"]) == (pressed, "y:1", ASHA)
    assert query["message"]["reply_markup"] == keyboard(Yes="y:1")
    assert isinstance(query["chat_instance"], str)
    assert await bot.refusal("answerCallbackQuery", callback_query_id=pressed, text="x" * 201) == (
        "Bad Request: MESSAGE_TOO_LONG"
    )
    waiting = asyncio.create_task(asha.answer(pressed))
    assert await bot.ok("answerCallbackQuery", callback_query_id=pressed, text="Done", show_alert=True)
    assert await waiting == {"text": "Done", "alert": True, "url": ""}
    assert await bot.refusal("answerCallbackQuery", callback_query_id=pressed) == TOO_OLD
    assert await bot.refusal("answerCallbackQuery", callback_query_id="1") == TOO_OLD


async def test_a_press_grows_old(tmp_path: Path, session: aiohttp.ClientSession, keyboard: Keyboard) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    async with open_telegram(TelegramSettings(tmp_path, strict_limits=False, clock=lambda: now)) as telegram:
        bot = PlainBot(session, telegram)
        asha = bot.person(ASHA)
        await asha.say("/start")
        sent = await bot.ok("sendMessage", chat_id=ASHA, text="?", reply_markup=keyboard(Yes="y"))
        pressed = await asha.press(sent["message_id"], "y")
        now += timedelta(seconds=151)
        assert [update for update in await bot.updates() if "callback_query" in update] == []
        assert await bot.refusal("answerCallbackQuery", callback_query_id=pressed) == TOO_OLD
        now += timedelta(hours=24)
        assert await bot.updates(offset=1) == []


async def test_a_stale_press_is_refused_unless_a_test_forces_it(
    bot: PlainBot, asha: Person, keyboard: Keyboard
) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="?", reply_markup=keyboard(Old="old"))
    number = sent["message_id"]
    await bot.ok("editMessageText", chat_id=ASHA, message_id=number, text="!", reply_markup=keyboard(New="new"))
    with pytest.raises(Refused, match="no longer on the message"):
        await asha.press(number, "old")
    await asha.press(number, "old", force=True)
    await asha.press(number, "old", force=True)
    first, second = (update["callback_query"] for update in await bot.updates())
    assert first["id"] != second["id"]
    assert first["message"]["text"] == "!"
    assert first["message"]["reply_markup"] == keyboard(New="new")
    await asha.delete(number)
    await asha.press(number, "new", force=True)
    gone = (await bot.updates(offset=-1))[0]["callback_query"]["message"]
    assert gone == {"chat": gone["chat"], "message_id": number, "date": 0}


async def test_anyone_in_a_group_may_press(bot: PlainBot, ravi: Person, keyboard: Keyboard) -> None:
    sent = await bot.ok("sendMessage", chat_id=FILM_CLUB, text="?", reply_markup=keyboard(Yes="y"))
    await ravi.press(sent["message_id"], "y", FILM_CLUB)
    query = (await bot.updates())[0]["callback_query"]
    assert (query["from"]["id"], query["message"]["chat"]["id"]) == (RAVI, FILM_CLUB)


async def test_nobody_sees_or_touches_anothers_chat(bot: PlainBot, asha: Person, ravi: Person) -> None:
    await bot.ok("sendMessage", chat_id=ASHA, text="for Asha alone")
    assert "for Asha alone" not in json.dumps(await ravi.state())
    for deed in (ravi.messages(ASHA), ravi.say("x", ASHA), ravi.press(1, "x", ASHA, force=True), ravi.delete(1, ASHA)):
        with pytest.raises(Refused, match="is not in chat"):
            await deed


async def test_a_bot_can_neither_write_first_nor_to_who_blocked_it(
    telegram: Telegram, session: aiohttp.ClientSession
) -> None:
    bot = PlainBot(session, telegram)
    asha = bot.person(ASHA)
    assert await bot.refusal("sendMessage", chat_id=ASHA, text="x") == "Bad Request: chat not found"
    await asha.say("hello", FILM_CLUB)
    assert await bot.refusal("sendMessage", chat_id=ASHA, text="x") == (
        "Forbidden: bot can't initiate conversation with a user"
    )
    await asha.say("/start")
    await bot.ok("sendMessage", chat_id=ASHA, text="x")
    await asha.block()
    assert await bot.refusal("sendMessage", chat_id=ASHA, text="x") == "Forbidden: bot was blocked by the user"
    assert bot.status == 403
    change = (await bot.updates(offset=-1))[0]["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    await asha.say("back again")
    await bot.ok("sendMessage", chat_id=ASHA, text="x")


async def test_a_bot_thrown_out_of_a_group_is_told(bot: PlainBot) -> None:
    await bot.control("POST", "/members", chat=FILM_CLUB, user="bot", status="kicked", by=ASHA)
    assert await bot.refusal("sendMessage", chat_id=FILM_CLUB, text="x") == (
        "Forbidden: bot was kicked from the supergroup chat"
    )
    assert (await bot.updates())[0]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    await bot.control("POST", "/members", chat=FILM_CLUB, user="bot", status="member", by=ASHA)
    await bot.ok("sendMessage", chat_id=FILM_CLUB, text="x")
    joined = (await bot.updates(offset=-1))[0]["message"]["new_chat_members"]
    assert joined[0]["is_bot"]


async def test_a_start_link_carries_its_payload(bot: PlainBot, asha: Person) -> None:
    assert bot.telegram.start_url("K7-q_1").endswith("&start=K7-q_1")
    await asha.say("/start K7-q_1")
    message = (await bot.updates())[0]["message"]
    assert message["text"] == "/start K7-q_1"
    assert message["chat"] == {"id": ASHA, "first_name": "Asha", "username": "asha", "type": "private"}
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_commands_belong_to_their_scope_and_language(bot: PlainBot, asha: Person) -> None:
    async def seen(place: int) -> list[str]:
        return [command["command"] for command in (await asha.state())["chats"][place]["commands"]]

    def commands(name: str) -> list[dict[str, str]]:
        return [{"command": name, "description": "what it does"}]

    await bot.ok("setMyCommands", commands=commands("all"))
    await bot.ok("setMyCommands", commands=commands("private"), scope={"type": "all_private_chats"})
    assert await seen(0) == ["private"]
    assert await seen(1) == ["all"]
    mine = {"type": "chat", "chat_id": ASHA}
    await bot.ok("setMyCommands", commands=commands("english"), scope=mine, language_code="en")
    assert await seen(0) == ["english"]
    assert await bot.ok("getMyCommands", scope=mine) == []
    await bot.ok("deleteMyCommands", scope=mine, language_code="en")
    assert await seen(0) == ["private"]
    assert await bot.refusal("setMyCommands", commands=commands("No Spaces")) == "Bad Request: BOT_COMMAND_INVALID"
    assert await bot.ok("setChatMenuButton", menu_button={"type": "commands"})


async def test_members_and_chats_are_described(bot: PlainBot) -> None:
    owner = await bot.ok("getChatMember", chat_id=FILM_CLUB, user_id=ASHA)
    assert (owner["status"], owner["user"]["first_name"]) == ("creator", "Asha")
    assert (await bot.ok("getChat", chat_id=FILM_CLUB))["type"] == "supergroup"
    await bot.control("POST", "/people", id=1003, first_name="Meera")
    assert (await bot.ok("getChatMember", chat_id=FILM_CLUB, user_id=1003))["status"] == "left"
    group = await bot.control("POST", "/groups", title="Two", members=[ASHA, 1003])
    assert str(group["id"]).startswith("-100")
    await bot.person(1003).say("/start", group["id"])


async def test_people_send_photos_and_files(bot: PlainBot, asha: Person) -> None:
    await asha.upload(png(), "me.png", caption="look")
    await asha.upload(b"notes", "notes.txt")
    photo, document = (update["message"] for update in await bot.updates())
    assert photo["caption"] == "look"
    assert photo["photo"][-1]["width"] == 1000
    assert document["document"]["file_name"] == "notes.txt"
    assert await asha.file(document["document"]["file_id"]) == b"notes"


async def test_the_page_is_for_this_machine_and_its_own_key(telegram: Telegram, session: aiohttp.ClientSession) -> None:
    async def status(path: str, **headers: str) -> int:
        async with session.get(telegram.url + path, headers=headers) as answer:
            return answer.status

    key = f"Bearer {telegram.page_token}"
    assert await status("/chat/") == 200
    assert await status("/chat/api/state", Authorization=key) == 200
    assert await status("/chat/api/state") == 401
    assert await status("/chat/api/state", Authorization="Bearer wrong") == 401
    assert await status("/chat/api/state", Authorization=f"Bearer {telegram.control_token}") == 401
    assert await status("/_control", Authorization=key) == 401
    assert await status("/chat/api/state", Authorization=key, Host="evil.example") == 403
    assert await status("/chat/api/state", Authorization=key, Origin="http://evil.example") == 403
    assert await status("/chat/../schema.sql") == 404
    async with session.get(telegram.page_url) as answer:
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert telegram.page_token not in await answer.text()


async def test_the_live_line_needs_the_key_and_tells_changes(bot: PlainBot, asha: Person) -> None:
    url = f"{bot.telegram.url}/chat/api/live"
    async with bot.session.ws_connect(url) as socket:
        await socket.send_json({"token": "wrong"})
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4401
    async with bot.session.ws_connect(url) as socket:
        await socket.send_json({"token": bot.telegram.page_token})
        assert (await socket.receive_json(timeout=10))["kind"] == "hello"
        await asha.say("live")
        while (told := await socket.receive_json(timeout=10))["kind"] == "pulse":
            pass
        assert (told["kind"], told["message"]["text"]) == ("message", "live")
