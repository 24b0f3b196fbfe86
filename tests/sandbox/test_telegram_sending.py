"""Sending through the local Bot API: encodings, HTML and its errors, sizes, keyboards, photos, files, albums."""

import io
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox.telegram.person import ASHA, RAVI, Person
from tests.sandbox.conftest import PlainBot

Keyboard = Callable[..., dict[str, Any]]


def png(width: int = 1000, height: int = 600) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "PNG")
    return written.getvalue()


async def form(bot: PlainBot, method: str, files: dict[str, tuple[str, bytes]], **values: Any) -> Any:
    """A multipart call as bot libraries make it: everything text, objects as JSON, files beside."""
    body = aiohttp.FormData(quote_fields=False)
    for name, value in values.items():
        body.add_field(name, value if isinstance(value, str) else json.dumps(value))
    for name, (filename, data) in files.items():
        body.add_field(name, data, filename=filename, content_type="application/octet-stream")
    async with bot.session.post(bot.url(method), data=body) as answer:
        bot.status = answer.status
        return await answer.json()


async def test_a_call_may_come_as_json_form_query_get_or_multipart(bot: PlainBot) -> None:
    values = {"chat_id": str(ASHA), "text": "ok"}
    bodies = [
        bot.session.post(bot.url("sendMessage"), json={"chat_id": ASHA, "text": "ok"}),
        bot.session.post(bot.url("SENDMESSAGE"), data=values),
        bot.session.post(bot.url("sendmessage"), params=values),
        bot.session.get(bot.url("sendMessage"), params=values),
    ]
    for call in bodies:
        async with call as answer:
            assert (await answer.json())["result"]["text"] == "ok"
    assert (await form(bot, "sendMessage", {}, **values))["ok"]


async def test_wrong_tokens_paths_and_methods_are_told_apart(bot: PlainBot) -> None:
    async def get(path: str) -> tuple[int, str]:
        async with bot.session.get(bot.telegram.url + path) as answer:
            return answer.status, (await answer.json())["description"]

    assert await get("/bot1:wrong/getMe") == (401, "Unauthorized")
    assert await get("/botnonsense/getMe") == (401, "Unauthorized: invalid token specified")
    assert await get("/somewhere") == (404, "Not Found")
    assert await bot.refusal("inventMessage") == "Not Found: method not found"
    assert bot.status == 404
    assert (await bot.control("GET", "/log?method=inventMessage"))["calls"][0]["status"] == 404


async def test_get_me_says_what_a_bot_library_needs(bot: PlainBot) -> None:
    me = await bot.ok("getMe")
    assert me["is_bot"]
    assert me["username"]
    assert bot.telegram.bot_token.startswith(f"{me['id']}:")
    assert me["can_read_all_group_messages"] is False


HTML = [
    ("<b>bold</b>", "bold", [("bold", 0, 4)]),
    ("<strong>b</strong><EM>i</EM>", "bi", [("bold", 0, 1), ("italic", 1, 1)]),
    ("<u>u</u><ins>u</ins><s>s</s><strike>s</strike><del>s</del>", "uusss", None),
    ("😀<b>x</b>", "😀x", [("bold", 2, 1)]),
    ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
    ('<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>', "xy", [("spoiler", 0, 1), ("spoiler", 1, 1)]),
    ("<code>x</code>", "x", [("code", 0, 1)]),
    ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
    ("a &lt; b &amp; c &quot; &#60;&#x3e; &copy; & >", 'a < b & c " <> &copy; & >', []),
    ("<b></b>x<i></i>", "x", []),
    ("<b>x</>", "x", [("bold", 0, 1)]),
    ("  <b> x </b>\n", "x", [("bold", 0, 1)]),
]


@pytest.mark.parametrize(("html", "text", "entities"), HTML)
async def test_html_becomes_text_and_entities(
    bot: PlainBot, html: str, text: str, entities: list[tuple[str, int, int]] | None
) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text=html, parse_mode="HTML")
    assert sent["text"] == text
    if entities is not None:
        assert [(e["type"], e["offset"], e["length"]) for e in sent.get("entities", [])] == entities


async def test_links_code_languages_and_addresses_are_kept(bot: PlainBot) -> None:
    html = '<a href="https://example.org/?a=1&amp;b=2">here</a> <pre><code class="language-python">x</code></pre>'
    sent = await bot.ok("sendMessage", chat_id=ASHA, text=html, parse_mode="html")
    assert sent["entities"] == [
        {"type": "text_link", "offset": 0, "length": 4, "url": "https://example.org/?a=1&b=2"},
        {"type": "pre", "offset": 5, "length": 1, "language": "python"},
    ]


ERRORS = [
    ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ("ab <foo>x</foo>", 'Unsupported start tag "foo" at byte offset 3'),
    ("é <foo>", 'Unsupported start tag "foo" at byte offset 3'),
    ("a <b", "Unclosed start tag at byte offset 2"),
    ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("I <3 you", 'Unsupported start tag "3" at byte offset 2'),
]


@pytest.mark.parametrize(("html", "error"), ERRORS)
async def test_html_errors_are_telegrams_own(bot: PlainBot, html: str, error: str) -> None:
    said = await bot.refusal("sendMessage", chat_id=ASHA, text=html, parse_mode="HTML")
    assert said == f"Bad Request: can't parse entities: {error}"


async def test_entities_may_be_given_and_win_over_the_parse_mode(bot: PlainBot) -> None:
    bold = [{"type": "bold", "offset": 3, "length": 2}]
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="😀 <b", entities=bold, parse_mode="HTML")
    assert sent["text"] == "😀 <b"
    assert sent["entities"] == bold
    far = [{"type": "bold", "offset": 3, "length": 9}]
    assert (
        await bot.refusal("sendMessage", chat_id=ASHA, text="x", entities=far) == "Bad Request: ENTITY_BOUNDS_INVALID"
    )


async def test_what_people_write_gets_its_entities(asha: Person, bot: PlainBot) -> None:
    await asha.say("😀 /new@usher_local_bot @ravi #dune a@b.org https://example.org/x.")
    found = (await bot.updates())[0]["message"]["entities"]
    assert [(e["type"], e["offset"], e["length"]) for e in found] == [
        ("bot_command", 3, 20),
        ("mention", 24, 5),
        ("hashtag", 30, 5),
        ("email", 36, 7),
        ("url", 44, 21),
    ]


async def test_texts_and_captions_have_their_sizes(bot: PlainBot) -> None:
    assert await bot.refusal("sendMessage", chat_id=ASHA) == "Bad Request: message text is empty"
    assert await bot.refusal("sendMessage", chat_id=ASHA, text=" \n ") == "Bad Request: message text is empty"
    await bot.ok("sendMessage", chat_id=ASHA, text="😀" * 4096)
    await bot.ok("sendMessage", chat_id=ASHA, text=f"<b>{'x' * 4096}</b>", parse_mode="HTML")
    assert await bot.refusal("sendMessage", chat_id=ASHA, text="x" * 4097) == "Bad Request: message is too long"
    picture = {"photo": ("a.png", png())}
    assert (await form(bot, "sendPhoto", picture, chat_id=str(ASHA), caption="x" * 1024))["ok"]
    told = await form(bot, "sendPhoto", picture, chat_id=str(ASHA), caption="x" * 1025)
    assert told["description"] == "Bad Request: message caption is too long"


async def test_keyboards_have_their_sizes(bot: PlainBot, keyboard: Keyboard) -> None:
    async def refused(**markup: Any) -> str:
        return await bot.refusal("sendMessage", chat_id=ASHA, text="x", reply_markup=markup)

    await bot.ok("sendMessage", chat_id=ASHA, text="x", reply_markup=keyboard(a="é" * 32))
    assert await refused(**keyboard(a="é" * 32 + "x")) == "Bad Request: BUTTON_DATA_INVALID"
    one = {"text": "x", "callback_data": "x"}
    assert await refused(inline_keyboard=[[one] * 9]) == "Bad Request: reply markup is too long"
    assert await refused(inline_keyboard=[[one]] * 101) == "Bad Request: reply markup is too long"
    wide = {"text": "x" * 200, "callback_data": "x" * 64}
    assert await refused(inline_keyboard=[[wide]] * 50) == "Bad Request: reply markup is too long"
    bare = await refused(inline_keyboard=[[{"text": "x"}]])
    assert bare.endswith("Text buttons are unallowed in the inline keyboard")
    async with bot.session.post(bot.url("sendMessage"), data={"chat_id": ASHA, "text": "x", "reply_markup": "{"}) as no:
        assert (await no.json())["description"] == "Bad Request: can't parse reply keyboard markup JSON object"


async def test_a_message_comes_back_with_its_inline_keyboard_but_no_other(bot: PlainBot, keyboard: Keyboard) -> None:
    sent = await bot.ok("sendMessage", chat_id=ASHA, text="x", reply_markup=keyboard(Go="go"))
    assert sent["reply_markup"] == keyboard(Go="go")
    assert sent["from"]["is_bot"]
    other = await bot.ok("sendMessage", chat_id=ASHA, text="x", reply_markup={"keyboard": [[{"text": "Yes"}]]})
    assert "reply_markup" not in other


async def test_a_reply_shows_its_target_one_level_deep(bot: PlainBot, asha: Person) -> None:
    first = await asha.say("first")
    second = await bot.ok(
        "sendMessage", chat_id=ASHA, text="second", reply_parameters={"message_id": first["message_id"]}
    )
    assert second["reply_to_message"]["text"] == "first"
    third = await bot.ok(
        "sendMessage", chat_id=ASHA, text="third", reply_parameters={"message_id": second["message_id"]}
    )
    assert "reply_to_message" not in third["reply_to_message"]
    gone = {"message_id": 9999}
    said = await bot.refusal("sendMessage", chat_id=ASHA, text="x", reply_parameters=gone)
    assert said == "Bad Request: message to be replied not found"
    await bot.ok("sendMessage", chat_id=ASHA, text="x", reply_parameters=gone | {"allow_sending_without_reply": True})


async def test_a_photo_has_ascending_sizes_and_can_be_sent_again_and_fetched(bot: PlainBot) -> None:
    data = png()
    told = await form(bot, "sendPhoto", {"x1": ("seats.png", data)}, chat_id=str(ASHA), photo="attach://x1")
    sizes = told["result"]["photo"]
    assert [size["width"] for size in sizes] == sorted(size["width"] for size in sizes)
    assert (sizes[-1]["width"], sizes[-1]["height"], sizes[-1]["file_size"]) == (1000, 600, len(data))
    again = await bot.ok("sendPhoto", chat_id=RAVI, photo=sizes[-1]["file_id"])
    assert again["photo"] == sizes
    file = await bot.ok("getFile", file_id=sizes[-1]["file_id"])
    url = f"{bot.telegram.url}/file/bot{bot.telegram.bot_token}/{file['file_path']}"
    async with bot.session.get(url) as answer:
        assert await answer.read() == data
    async with bot.session.get(url + "x") as answer:
        assert answer.status == 404


async def test_wrong_files_are_refused(bot: PlainBot) -> None:
    said = await bot.refusal("sendPhoto", chat_id=ASHA, photo="AgACnothing")
    assert said == "Bad Request: wrong file identifier/HTTP URL specified"
    said = await bot.refusal("getFile", file_id="AgACnothing")
    assert said == "Bad Request: wrong file_id or the file is temporarily unavailable"
    told = await form(bot, "sendPhoto", {"photo": ("a.png", b"no picture")}, chat_id=str(ASHA))
    assert told["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    told = await form(bot, "sendPhoto", {"photo": ("a.png", png(2100, 100))}, chat_id=str(ASHA))
    assert told["description"] == "Bad Request: PHOTO_INVALID_DIMENSIONS"
    told = await form(bot, "sendDocument", {"document": ("a.bin", bytes(52 * 1024 * 1024))}, chat_id=str(ASHA))
    assert (bot.status, told["description"]) == (413, "Request Entity Too Large")


async def test_a_document_keeps_its_name_and_is_no_photo(bot: PlainBot) -> None:
    told = await form(bot, "sendDocument", {"document": ("नाम.ics", b"BEGIN")}, chat_id=str(ASHA), caption="<b>c</b>")
    document = told["result"]["document"]
    assert (document["file_name"], document["file_size"]) == ("नाम.ics", 5)
    assert document["mime_type"] == "text/calendar"
    said = await bot.refusal("sendPhoto", chat_id=ASHA, photo=document["file_id"])
    assert said == "Bad Request: can't use file of type Document as Photo"


async def test_an_album_is_two_to_ten_of_one_kind(bot: PlainBot) -> None:
    files = {"a": ("a.png", png()), "b": ("b.png", png(90, 90))}
    media = [{"type": "photo", "media": "attach://a", "caption": "both"}, {"type": "photo", "media": "attach://b"}]
    told = await form(bot, "sendMediaGroup", files, chat_id=str(ASHA), media=media)
    first, second = told["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert first["caption"] == "both"
    assert second["message_id"] == first["message_id"] + 1
    one = {"type": "photo", "media": first["photo"][-1]["file_id"]}
    assert "too few" in await bot.refusal("sendMediaGroup", chat_id=ASHA, media=[one])
    assert "too many" in await bot.refusal("sendMediaGroup", chat_id=ASHA, media=[one] * 11)


async def test_unknown_chats_are_refused(bot: PlainBot) -> None:
    assert await bot.refusal("sendMessage", text="x") == "Bad Request: chat_id is empty"
    assert await bot.refusal("sendMessage", chat_id=424242, text="x") == "Bad Request: chat not found"
    assert await bot.refusal("sendChatAction", chat_id=ASHA, action="dance") == (
        "Bad Request: wrong parameter action in request"
    )
