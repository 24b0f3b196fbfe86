"""The methods that send: texts, photos, documents, albums."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sandbox.telegram.errors import bad
from sandbox.telegram.formatted import content_of, read_text
from sandbox.telegram.markup import read_markup
from sandbox.telegram.params import Params, Upload
from sandbox.telegram.store import Json
from sandbox.telegram.world import World

LONGEST_TEXT = 4096  # characters of plain text
LONGEST_CAPTION = 1024
ALBUM = range(2, 11)


def chat_id_of(call: Params) -> int:
    """The call's chat_id. Raises 400."""
    text = call.text("chat_id").strip()
    if not text:
        raise bad("chat_id is empty")
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise bad("chat not found")
    return int(text)


def text_content(call: Params, *, edit: bool = False) -> Json:
    """The content of a text message. Raises 400 where it is empty, too long or cannot be parsed."""
    text, entities = read_text(call, "text", "entities")
    if not text:
        raise bad("message text is empty")
    if len(text) > LONGEST_TEXT:
        raise bad("MESSAGE_TOO_LONG" if edit else "message is too long")
    content = content_of("text", text, entities)
    preview = call.parsed("link_preview_options", "link preview options")
    if isinstance(preview, dict) and preview:
        content["link_preview_options"] = preview
    elif call.flag("disable_web_page_preview"):
        content["link_preview_options"] = {"is_disabled": True}
    return content


def caption_content(call: Params) -> Json:
    """The caption's fields. Raises 400 where it is too long or cannot be parsed."""
    text, entities = read_text(call, "caption", "caption_entities")
    if len(text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    content = content_of("caption", text, entities)
    if text and call.flag("show_caption_above_media"):
        content["show_caption_above_media"] = True
    return content


async def media_content(world: World, call: Params, kind: str, value: str, upload: Upload | None) -> Json:
    """A photo's or document's fields, from an upload, `attach://name` or a file_id. Raises 400."""
    if value.startswith("attach://"):
        upload = call.uploads.get(value[9:])
        if upload is None:
            raise bad("wrong file identifier/HTTP URL specified")
    if upload is None and not value:
        raise bad(f"there is no {kind} in the request")
    if kind == "photo":
        content: Json = {"photo": await world.files.photo(upload) if upload else world.files.again(kind, value)}
        if call.flag("has_spoiler"):
            content["has_media_spoiler"] = True
        return content
    return {"document": world.files.document(upload) if upload else world.files.again(kind, value)}


def _extras(call: Params) -> Json:
    """Fields any sent message may have."""
    extras: Json = {}
    if call.flag("protect_content"):
        extras["has_protected_content"] = True
    if call.flag("disable_notification"):
        extras["silent"] = True
    return extras


def reply_of(world: World, call: Params, chat: int) -> int | None:
    """The message the call replies to. Raises 400 where it is gone, unless the call bears that."""
    given = call.parsed("reply_parameters", "reply parameters")
    if isinstance(given, dict):
        number, bears = given.get("message_id"), given.get("allow_sending_without_reply") in {True, "true"}
    else:
        number, bears = call.integer("reply_to_message_id") or None, call.flag("allow_sending_without_reply")
    if number is None:
        return None
    if isinstance(number, int) and world.chats.get(chat, number):
        return number
    if bears:
        return None
    raise bad("message to be replied not found")


async def send_message(world: World, call: Params) -> Any:
    content = text_content(call)
    markup = read_markup(call)
    chat = chat_id_of(call)
    world.people.reach(chat)
    reply_to = reply_of(world, call, chat)
    world.limits.spend(chat)
    return _posted(world, chat, content | _extras(call), markup, reply_to)


async def send_photo(world: World, call: Params) -> Any:
    return await _send_media(world, call, "photo")


async def send_document(world: World, call: Params) -> Any:
    return await _send_media(world, call, "document")


async def _send_media(world: World, call: Params, kind: str) -> Any:
    caption = caption_content(call)
    markup = read_markup(call)
    chat = chat_id_of(call)
    world.people.reach(chat)
    reply_to = reply_of(world, call, chat)
    media = await media_content(world, call, kind, call.text(kind), call.uploads.get(kind))
    world.limits.spend(chat)
    return _posted(world, chat, media | caption | _extras(call), markup, reply_to)


def _posted(world: World, chat: int, content: Json, markup: Json | None, reply_to: int | None) -> Json:
    message = world.chats.post(chat, world.people.bot_id, content, markup=markup, reply_to=reply_to)
    return world.chats.rendered(message)


def input_media(call: Params, value: Any) -> tuple[str, Params]:
    """One InputMedia as its kind and the call it stands for. Raises 400."""
    if not isinstance(value, dict):
        raise bad("can't parse InputMedia: expected an Object")
    kind = value.get("type")
    if kind not in ("photo", "document"):
        raise bad("can't parse InputMedia: type must be photo or document on this local server")
    if not isinstance(value.get("media"), str):
        raise bad("can't parse InputMedia: Can't find field \"media\"")
    return kind, Params(value, call.uploads)


async def send_media_group(world: World, call: Params) -> Any:
    given = call.parsed("media", "media")
    if not isinstance(given, list) or not given:
        raise bad("there are no messages to send")
    if len(given) not in ALBUM:
        raise bad(f"too {'few' if len(given) == 1 else 'many'} messages to send as an album")
    parts = [input_media(call, one) for one in given]
    if len({kind for kind, _ in parts}) > 1:
        raise bad("document can't be mixed with other media types")
    chat = chat_id_of(call)
    world.people.reach(chat)
    reply_to = reply_of(world, call, chat)
    captions = [caption_content(part) for _, part in parts]
    contents = [await media_content(world, part, kind, part.text("media"), None) for kind, part in parts]
    world.limits.spend(chat, len(parts))
    album = str(14_000_000_000_000_000 + secrets.randbelow(10**15))
    bot = world.people.bot_id
    with world.store.together():
        sent = [
            world.chats.post(chat, bot, content | caption | _extras(call), reply_to=reply_to, album=album)
            for content, caption in zip(contents, captions, strict=True)
        ]
    return [world.chats.rendered(message) for message in sent]
