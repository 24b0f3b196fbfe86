"""Changing what was sent: edits, deletion, pins, reactions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.telegram.api import TelegramSettings, open_telegram
from sandbox.telegram.person import ASHA, FILM_CLUB, RAVI, Person
from tests.sandbox.conftest import PlainBot
from tests.sandbox.test_telegram_sending import form, png

Keyboard = Callable[..., dict[str, Any]]
SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def test_an_edit_changes_the_text_and_says_when(bot: PlainBot, asha: Person, keyboard: Keyboard) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="one", reply_markup=keyboard(Go="go"))
    where = {"chat_id": ASHA, "message_id": sent["message_id"]}
    edited = await bot.ok(
        "editMessageText", **where, text="<b>two</b>", parse_mode="HTML", reply_markup=keyboard(Go="go")
    )
    assert (edited["text"], edited["message_id"]) == ("two", sent["message_id"])
    assert edited["edit_date"] >= sent["date"]
    assert edited["reply_markup"] == keyboard(Go="go")
    assert (await asha.messages())[-1]["text"] == "two"


async def test_the_same_content_is_refused_as_not_modified(bot: PlainBot, keyboard: Keyboard) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="<b>x</b> y", parse_mode="HTML", reply_markup=keyboard(A="a"))
    where = {"chat_id": ASHA, "message_id": sent["message_id"]}
    bold = [{"type": "bold", "offset": 0, "length": 1}]
    assert (
        await bot.refusal("editMessageText", **where, text="x y", entities=bold, reply_markup=keyboard(A="a")) == SAME
    )
    assert await bot.refusal("editMessageReplyMarkup", **where, reply_markup=keyboard(A="a")) == SAME
    await bot.ok("editMessageText", **where, text="x y", entities=bold, reply_markup=keyboard(A="b"))


async def test_an_edit_without_a_keyboard_removes_it(bot: PlainBot, keyboard: Keyboard) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="x", reply_markup=keyboard(A="a"))
    where = {"chat_id": ASHA, "message_id": sent["message_id"]}
    assert "reply_markup" not in await bot.ok("editMessageText", **where, text="y")
    assert await bot.refusal("editMessageReplyMarkup", **where, reply_markup={"inline_keyboard": []}) == SAME


async def test_deleted_foreign_and_unknown_messages_cannot_be_edited(bot: PlainBot, asha: Person) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="x")
    await asha.delete(sent["message_id"])
    gone = "Bad Request: message to edit not found"
    assert await bot.refusal("editMessageText", chat_id=ASHA, message_id=sent["message_id"], text="y") == gone
    assert await bot.refusal("editMessageText", chat_id=RAVI, message_id=sent["message_id"], text="y") == gone
    said = await asha.say("mine")
    refused = await bot.refusal("editMessageText", chat_id=ASHA, message_id=said["message_id"], text="y")
    assert refused == "Bad Request: message can't be edited"


async def test_an_edit_is_held_to_its_own_length(bot: PlainBot) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="x")
    said = await bot.refusal("editMessageText", chat_id=ASHA, message_id=sent["message_id"], text="y" * 4097)
    assert said == "Bad Request: MESSAGE_TOO_LONG"


async def test_a_text_may_become_a_photo_but_never_again_a_text(bot: PlainBot) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="card")
    where = {"chat_id": str(ASHA), "message_id": str(sent["message_id"])}
    no_caption = await bot.refusal("editMessageCaption", **where, caption="x")
    assert no_caption == "Bad Request: there is no caption in the message to edit"
    media = {"type": "photo", "media": "attach://p", "caption": "<i>map</i>", "parse_mode": "HTML"}
    told = await form(bot, "editMessageMedia", {"p": ("p.png", png())}, **where, media=media)
    assert told["result"]["caption_entities"] == [{"type": "italic", "offset": 0, "length": 3}]
    assert "text" not in told["result"]
    assert await bot.refusal("editMessageText", **where, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
    edited = await bot.ok("editMessageCaption", **where, caption="new")
    assert edited["photo"] == told["result"]["photo"]


async def test_own_messages_can_be_deleted_for_48_hours(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    settings = TelegramSettings(tmp_path, strict_limits=False, clock=lambda: now)
    async with open_telegram(settings) as telegram:
        bot = PlainBot(session, telegram)
        await bot.person(ASHA).say("/start")
        old = await bot.ok("sendMessage", chat_id=ASHA, text="old")
        now += timedelta(hours=47)
        young = await bot.ok("sendMessage", chat_id=ASHA, text="young")
        now += timedelta(hours=2)
        assert await bot.refusal("deleteMessage", chat_id=ASHA, message_id=old["message_id"]) == (
            "Bad Request: message can't be deleted"
        )
        assert await bot.ok("deleteMessage", chat_id=ASHA, message_id=young["message_id"])
        assert await bot.refusal("deleteMessage", chat_id=ASHA, message_id=young["message_id"]) == (
            "Bad Request: message to delete not found"
        )


async def test_a_bot_deletes_what_people_write_in_private_but_not_in_a_group(bot: PlainBot, asha: Person) -> None:
    secret = await asha.say("4000 1234 5678 9010")
    assert await bot.ok("deleteMessage", chat_id=ASHA, message_id=secret["message_id"])
    assert secret["message_id"] not in {message["message_id"] for message in await asha.messages()}
    said = await asha.say("/x", FILM_CLUB)
    refused = await bot.refusal("deleteMessage", chat_id=FILM_CLUB, message_id=said["message_id"])
    assert refused == "Bad Request: message can't be deleted"


async def test_several_are_deleted_and_missing_ones_passed_over(bot: PlainBot, asha: Person) -> None:
    ids = [(await bot.ok("sendMessage", chat_id=ASHA, text="x"))["message_id"] for _ in range(3)]
    assert await bot.ok("deleteMessages", chat_id=ASHA, message_ids=[*ids, 9999]) is True
    assert [message["text"] for message in await asha.messages()] == ["/start"]


async def test_a_pin_shows_until_it_is_taken_away(bot: PlainBot, asha: Person) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="card")
    where = {"chat_id": ASHA, "message_id": sent["message_id"]}
    assert await bot.ok("pinChatMessage", **where, disable_notification=True)
    assert (await bot.ok("getChat", chat_id=ASHA))["pinned_message"]["text"] == "card"
    assert (await asha.state())["chats"][0]["pinned"]["text"] == "card"
    assert await bot.ok("unpinChatMessage", **where)
    assert "pinned_message" not in await bot.ok("getChat", chat_id=ASHA)
    assert await bot.refusal("pinChatMessage", chat_id=ASHA, message_id=9999) == "Bad Request: message to pin not found"


async def test_a_reaction_shows_on_the_message(bot: PlainBot, asha: Person) -> None:
    said = await asha.say("thanks")
    thumb = [{"type": "emoji", "emoji": "👍"}]
    assert await bot.ok("setMessageReaction", chat_id=ASHA, message_id=said["message_id"], reaction=thumb)
    assert (await asha.messages())[-1]["reaction"] == thumb
