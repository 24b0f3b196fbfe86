"""What people do in their chats, and what the bot hears of it."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sandbox.telegram.chats import Message
from sandbox.telegram.errors import Refused
from sandbox.telegram.formatted import content_of, found_in, sorted_entities
from sandbox.telegram.methods import member
from sandbox.telegram.params import Upload
from sandbox.telegram.people import INSIDE
from sandbox.telegram.sending import LONGEST_TEXT
from sandbox.telegram.store import Json
from sandbox.telegram.world import World


def check_inside(world: World, person: int, chat: int) -> None:
    """Raises Refused where a person is not in a chat: nobody sees or does anything in another's."""
    if world.people.row(person) is None:
        raise Refused(f"there is no person {person}")
    if world.people.chat_row(chat) is None or world.people.status(chat, person) not in INSIDE:
        raise Refused(f"person {person} is not in chat {chat}")


def there(world: World, chat: int, number: int) -> Message:
    """A message of a chat. Raises Refused."""
    message = world.chats.get(chat, number)
    if message is None:
        raise Refused(f"there is no message {number} in chat {chat}; it may have been deleted")
    return message


def _hears(world: World, message: Message) -> bool:
    """Whether the bot gets a person's message: in groups commands, replies to it and mentions, unless it reads all."""
    if message.chat > 0:
        return True
    people = world.people
    status = people.status(message.chat, people.bot_id)
    if status not in INSIDE:
        return False
    if people.reads_all() or status == "administrator":
        return True
    target = world.chats.get(message.chat, message.reply_to) if message.reply_to else None
    if target and target.sender == people.bot_id:
        return True
    text = str(message.content.get("text") or message.content.get("caption") or "").lower()
    name = "@" + str(people.bot()["username"]).lower()
    if re.search(re.escape(name) + r"\b", text):
        return True
    command = re.match(r"/\w+(@\w+)?", text)
    return command is not None and command[1] is None


def _tell(world: World, kind: str, message: Message) -> None:
    if _hears(world, message):
        world.updates.push(kind, world.chats.rendered(message))


def _start(world: World, person: int, chat: int) -> None:
    if chat != person:
        return
    if (world.people.row(person) or {}).get("blocked"):
        unblock(world, person)
    world.store.run("UPDATE people SET started = 1 WHERE id = :id", id=person)


def _words(text: str) -> Json:
    text = text.strip()
    return content_of("text", text, sorted_entities(found_in(text, [])))


def say(world: World, person: int, chat: int, text: str, reply_to: int | None = None) -> Message:
    """Send a text as a person. A first one in private starts the bot, as any one there unblocks it."""
    check_inside(world, person, chat)
    if not text.strip():
        raise Refused("the text is empty")
    if len(text) > LONGEST_TEXT:
        raise Refused(f"the text is longer than {LONGEST_TEXT} characters")
    if reply_to is not None:
        there(world, chat, reply_to)
    with world.store.together():
        _start(world, person, chat)
        message = world.chats.post(chat, person, _words(text), reply_to=reply_to)
        _tell(world, "message", message)
    world.chats.keyboard_used(chat)
    return message


async def show(world: World, person: int, chat: int, kind: str, upload: Upload, caption: str = "") -> Message:
    """Send a photo or a document as a person."""
    check_inside(world, person, chat)
    content: Json
    if kind == "photo":
        content = {"photo": await world.files.photo(upload)}
    else:
        content = {"document": world.files.document(upload)}
    content |= content_of("caption", caption.strip(), found_in(caption.strip(), []))
    with world.store.together():
        _start(world, person, chat)
        message = world.chats.post(chat, person, content)
        _tell(world, "message", message)
    return message


def rewrite(world: World, person: int, chat: int, number: int, text: str) -> Message:
    """Edit a text of one's own."""
    check_inside(world, person, chat)
    message = there(world, chat, number)
    if message.sender != person or "text" not in message.content:
        raise Refused("only your own texts can be edited")
    if not text.strip():
        raise Refused("the text is empty")
    with world.store.together():
        changed = world.chats.change(message, _words(text), None)
        _tell(world, "edited_message", changed)
    return changed


def delete(world: World, person: int, chat: int, number: int) -> None:
    """Delete a message for everybody. The bot is not told, as Telegram does not tell it."""
    check_inside(world, person, chat)
    message = there(world, chat, number)
    if chat < 0 and message.sender != person and world.people.status(chat, person) == "member":
        raise Refused("in a group only your own messages can be deleted")
    world.chats.delete(chat, number)


def press(world: World, person: int, chat: int, number: int, data: str, *, force: bool = False) -> str:
    """Press a callback button; the callback's id. `force` lets a press through that no client could make:
    a button of an older version, or of a deleted message."""
    check_inside(world, person, chat)
    message = world.chats.get(chat, number)
    if not force and (message is None or not message.offers(data)):
        raise Refused("that button is no longer on the message")
    if message is None:
        body: Json = {"chat": world.people.chat(chat), "message_id": number, "date": 0}
    else:
        body = world.chats.rendered(message)
    callback = str(4_000_000_000_000_000_000 + secrets.randbelow(10**18))
    query: Json = {
        "id": callback,
        "from": world.people.user(person),
        "message": body,
        "chat_instance": world.store.kept(f"chat_instance:{chat}", lambda: str(secrets.randbits(62) - 2**61)),
        "data": data,
    }
    with world.store.together():
        world.store.run(
            "INSERT INTO presses VALUES (:id, :chat, :message, :person, :data, :at, NULL)",
            id=callback,
            chat=chat,
            message=number,
            person=person,
            data=data,
            at=world.now(),
        )
        world.updates.push("callback_query", query)
    world.live.emit("press", callback=callback, chat=chat, message_id=number, user=person, data=data)
    return callback


def _my_status(world: World, person: int, chat: int, old: Json, new: Json) -> None:
    said: dict[str, Any] = {"chat": world.people.chat(chat), "from": world.people.user(person)}
    said |= {"date": int(world.now()), "old_chat_member": old, "new_chat_member": new}
    world.updates.push("my_chat_member", said)
    world.live.emit("chat", chat=chat)


def block(world: World, person: int) -> None:
    """Block the bot: it can no longer write to this person."""
    _block(world, person, True)


def unblock(world: World, person: int) -> None:
    """Unblock the bot."""
    _block(world, person, False)


def _block(world: World, person: int, blocked: bool) -> None:
    check_inside(world, person, person)
    sql = "UPDATE people SET blocked = :blocked WHERE id = :id AND blocked != :blocked"
    if not world.store.run(sql, blocked=int(blocked), id=person):
        return
    bot = world.people.bot()
    free, shut = {"user": bot, "status": "member"}, {"user": bot, "status": "kicked", "until_date": 0}
    _my_status(world, person, person, free if blocked else shut, shut if blocked else free)


def set_member(world: World, by: int, chat: int, person: int, status: str) -> None:
    """Add, promote or remove someone, the bot too; the group and the bot are told."""
    if status not in {"creator", "administrator", "member", "left", "kicked"}:
        raise Refused("status is one of creator, administrator, member, left, kicked")
    row = world.people.chat_row(chat)
    if row is None or row["type"] != "supergroup":
        raise Refused(f"{chat} is no group")
    if person != world.people.bot_id and world.people.row(person) is None:
        raise Refused(f"there is no person {person}")
    old = member(world, chat, person)
    world.people.set_status(chat, person, status)
    was, is_in, user = old["status"] in INSIDE, status in INSIDE, world.people.user(person)
    if person == world.people.bot_id and old["status"] != status:
        _my_status(world, by, chat, old, member(world, chat, person))
    if was != is_in:
        said = {"new_chat_members": [user]} if is_in else {"left_chat_member": user}
        message = world.chats.post(chat, by, said)
        if world.people.status(chat, world.people.bot_id) in INSIDE:
            world.updates.push("message", world.chats.rendered(message))
    world.live.emit("chat", chat=chat)
