"""The methods that change what was sent: edit, delete, pin, react."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.chats import Message
from sandbox.telegram.errors import NOT_MODIFIED, bad
from sandbox.telegram.markup import read_markup
from sandbox.telegram.params import Params
from sandbox.telegram.sending import caption_content, chat_id_of, input_media, media_content, text_content
from sandbox.telegram.store import Json
from sandbox.telegram.world import World

DELETABLE = 48 * 3600  # seconds
CAPTION = {"caption", "caption_entities", "show_caption_above_media"}
TEXT = {"text", "entities", "link_preview_options"}


def _message(world: World, call: Params, what: str) -> Message:
    """The message a call names. Raises 400 `message to <what> not found`, 403 and such."""
    chat = chat_id_of(call)
    number = call.integer("message_id")
    if number <= 0:
        raise bad("message identifier is not specified")
    world.people.reach(chat)
    message = world.chats.get(chat, number)
    if message is None:
        raise bad(f"message to {what} not found")
    return message


def _own(world: World, call: Params) -> Message:
    message = _message(world, call, "edit")
    if message.sender != world.people.bot_id or "pinned_message" in message.content:
        raise bad("message can't be edited")
    return message


def _kept(message: Message, without: set[str]) -> Json:
    return {name: part for name, part in message.content.items() if name not in without}


def _edited(world: World, message: Message, content: Json, markup: Json | None) -> Json:
    if content == message.content and markup == message.markup:
        raise bad(NOT_MODIFIED)
    world.limits.spend(message.chat)
    only_markup = content == message.content
    return world.chats.rendered(world.chats.change(message, content, markup, edited=not only_markup))


async def edit_text(world: World, call: Params) -> Any:
    content = text_content(call, edit=True)
    markup = read_markup(call, inline_only=True)
    message = _own(world, call)
    if "text" not in message.content:
        raise bad("there is no text in the message to edit")
    return _edited(world, message, _kept(message, TEXT) | content, markup)


async def edit_caption(world: World, call: Params) -> Any:
    caption = caption_content(call)
    markup = read_markup(call, inline_only=True)
    message = _own(world, call)
    if "text" in message.content:
        raise bad("there is no caption in the message to edit")
    return _edited(world, message, _kept(message, CAPTION) | caption, markup)


async def edit_media(world: World, call: Params) -> Any:
    kind, part = input_media(call, call.parsed("media", "media"))
    caption = caption_content(part)
    markup = read_markup(call, inline_only=True)
    message = _own(world, call)
    if message.album and kind not in message.content:
        raise bad("can't change media type of a message in an album")
    media = await media_content(world, part, kind, part.text("media"), None)
    kept = _kept(message, TEXT | CAPTION | {"photo", "document", "has_media_spoiler"})
    return _edited(world, message, media | caption | kept, markup)


async def edit_markup(world: World, call: Params) -> Any:
    markup = read_markup(call, inline_only=True)
    message = _own(world, call)
    return _edited(world, message, message.content, markup)


def _may_delete(world: World, message: Message) -> bool:
    admin = world.people.status(message.chat, world.people.bot_id) in {"administrator", "creator"}
    if message.chat < 0 and message.sender != world.people.bot_id and not admin:
        return False
    return admin or world.now() - message.at < DELETABLE


async def delete_message(world: World, call: Params) -> Any:
    message = _message(world, call, "delete")
    if not _may_delete(world, message):
        raise bad("message can't be deleted")
    world.chats.delete(message.chat, message.id)
    return True


async def delete_messages(world: World, call: Params) -> Any:
    chat = chat_id_of(call)
    given = call.parsed("message_ids", "message identifiers")
    if not isinstance(given, list) or not 1 <= len(given) <= 100:
        raise bad("message identifiers are not specified" if not given else "too many message identifiers specified")
    world.people.reach(chat)
    found = [message for one in given if isinstance(one, int) and (message := world.chats.get(chat, one))]
    for message in found:
        if _may_delete(world, message):
            world.chats.delete(chat, message.id)
    return True


async def pin(world: World, call: Params) -> Any:
    message = _message(world, call, "pin")
    row = world.people.chat_row(message.chat) or {}
    if row.get("pinned") == message.id:
        return True
    world.chats.pin(message.chat, message.id)
    said = world.chats.post(
        message.chat, world.people.bot_id, {"pinned_message": world.chats.rendered(message, deep=False)}
    )
    world.updates.push("message", world.chats.rendered(said))
    return True


async def unpin(world: World, call: Params) -> Any:
    chat = chat_id_of(call)
    world.people.reach(chat)
    pinned = (world.people.chat_row(chat) or {}).get("pinned")
    number = call.integer("message_id") or pinned
    if number is None or world.chats.get(chat, number) is None:
        raise bad("message to unpin not found")
    if number == pinned:
        world.chats.pin(chat, None)
    return True


async def unpin_all(world: World, call: Params) -> Any:
    chat = chat_id_of(call)
    world.people.reach(chat)
    world.chats.pin(chat, None)
    return True


def _is_emoji(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "emoji" and isinstance(value.get("emoji"), str)


async def react(world: World, call: Params) -> Any:
    message = _message(world, call, "react")
    given = call.parsed("reaction", "reaction types") or []
    if not isinstance(given, list) or not all(map(_is_emoji, given)):
        raise bad("REACTION_INVALID")
    if len(given) > 1:
        raise bad("REACTIONS_TOO_MANY")
    world.chats.react(message, given)
    return True
