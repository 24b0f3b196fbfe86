"""No call, however wrong, breaks the local Telegram: every one gets an answer in its own form."""

import random
from typing import Any

import aiohttp

from sandbox.telegram.methods import METHODS
from sandbox.telegram.person import ASHA, FILM_CLUB, RAVI
from tests.sandbox.conftest import PlainBot

ODD: list[Any] = [
    *(None, True, False, 0, 1, 2, -1, 10**30, 1.5, "", " ", "x", "0", "1", "<b>", "</b>", "&#0;&#x110000;", "\x00"),
    *("\ud83d", "😀" * 5000, "{", "[]", "{}", "null", '"x"', "attach://none", "HTML", "MarkdownV2", "emoji", "default"),
    *([], {}, [[]], [{}], {"type": []}, [{"type": "emoji"}], [{"type": "bold", "offset": 0, "length": 1}]),
    *(
        {"inline_keyboard": 1},
        {"inline_keyboard": [[{}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]},
    ),
    *(
        {"message_id": 10**40},
        {"type": "chat", "chat_id": {}},
        [{"command": "x", "description": "y"}],
        [{"type": "photo"}],
    ),
]
NAMES = (
    *(
        "chat_id",
        "message_id",
        "text",
        "caption",
        "parse_mode",
        "entities",
        "caption_entities",
        "reply_markup",
        "photo",
    ),
    *("document", "media", "message_ids", "callback_query_id", "commands", "scope", "action", "file_id", "reaction"),
    *("reply_parameters", "link_preview_options", "user_id", "offset", "limit", "allowed_updates", "menu_button"),
    *("language_code", "show_alert", "has_spoiler", "drop_pending_updates"),
)


async def test_no_call_however_wrong_breaks_the_server(bot: PlainBot) -> None:
    chance = random.Random(7)
    methods = [name for name, _ in METHODS.values()]
    for _ in range(1500):
        method = chance.choice(methods)
        values = {name: chance.choice(ODD) for name in chance.sample(NAMES, chance.randint(0, 8))}
        if chance.random() < 0.7:
            values["chat_id"] = chance.choice([ASHA, RAVI, FILM_CLUB])
        values |= {"timeout": 0} if method == "getUpdates" else {}
        body = await bot.call(method, **values)
        assert bot.status != 500, (method, values, body)
        assert body["ok"] or body["description"]
    assert (await bot.ok("getMe"))["is_bot"]


async def test_no_deed_at_the_page_however_wrong_breaks_the_server(bot: PlainBot) -> None:
    chance = random.Random(11)
    headers = {"Authorization": f"Bearer {bot.telegram.page_token}"}
    names = ("user", "chat", "text", "message", "data", "force", "reply_to")
    for _ in range(600):
        deed = chance.choice(["send", "press", "edit", "delete", "block", "unblock", "read"])
        values = {name: chance.choice(ODD) for name in chance.sample(names, chance.randint(0, 6))}
        if chance.random() < 0.7:
            values["user"] = chance.choice([ASHA, RAVI])
            values["chat"] = chance.choice([values["user"], FILM_CLUB])
        url = f"{bot.telegram.url}/chat/api/{deed}"
        async with bot.session.post(url, headers=headers, json=values) as answer:
            assert answer.status in {200, 400}, (deed, values, await answer.text())
            assert answer.content_type == "application/json"


async def test_bodies_that_cannot_be_read_are_refused(bot: PlainBot) -> None:
    for kind, body in (
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"\xff"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense"),
        ("application/x-www-form-urlencoded", b"text=%ff%fe"),
        ("text/plain", b"x"),
    ):
        async with bot.session.post(bot.url("sendMessage"), data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status == 400, kind
            assert (await answer.json())["description"].startswith("Bad Request: "), kind


async def test_a_broken_websocket_greeting_is_turned_away(bot: PlainBot) -> None:
    for greeting in ("", "[]", "{", '{"token": 5}'):
        async with bot.session.ws_connect(f"{bot.telegram.url}/chat/api/live") as socket:
            await socket.send_str(greeting)
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
