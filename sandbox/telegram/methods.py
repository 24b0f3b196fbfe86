"""The table of Bot API methods, and those that are about the bot, its updates, chats and files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram import editing, menus, sending
from sandbox.telegram.errors import QUERY_TOO_OLD, bad
from sandbox.telegram.params import Params
from sandbox.telegram.sending import chat_id_of
from sandbox.telegram.store import Json, dumped
from sandbox.telegram.updates import LONGEST, PRESS_KEPT
from sandbox.telegram.world import World

Method = Callable[[World, Params], Awaitable[Any]]
GONE = " gone"  # no parameter can bear this name: it carries whether the client has left
LONGEST_ANSWER = 200  # characters
ACTIONS = {
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
    *("upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"),
}
KINDS = {
    *("message", "edited_message", "channel_post", "edited_channel_post", "business_connection"),
    *("business_message", "edited_business_message", "deleted_business_messages", "message_reaction"),
    *("message_reaction_count", "inline_query", "chosen_inline_result", "callback_query", "shipping_query"),
    *("pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member"),
    *("chat_join_request", "chat_boost", "removed_chat_boost"),
}


async def get_me(world: World, call: Params) -> Any:
    return world.people.me()


async def get_updates(world: World, call: Params) -> Any:
    allowed = call.parsed("allowed_updates", "allowed updates")
    if allowed is not None:
        if not isinstance(allowed, list):
            raise bad("can't parse allowed_updates: expected an Array of String")
        world.updates.allow([kind for kind in map(str, allowed) if kind in KINDS])
    gone = call.values.get(GONE)
    return await world.updates.take(
        call.integer("offset"),
        call.integer("limit", 100, 1, 100),
        call.integer("timeout", 0, 0, LONGEST),
        gone if callable(gone) else lambda: False,
    )


async def delete_webhook(world: World, call: Params) -> Any:
    if call.flag("drop_pending_updates"):
        world.updates.clear()
    return True


async def get_webhook_info(world: World, call: Params) -> Any:
    info: Json = {"url": "", "has_custom_certificate": False}
    info["pending_update_count"] = len(world.updates.pending(0, 1_000_000))
    if allowed := world.updates.allowed():
        info["allowed_updates"] = allowed
    return info


async def answer_callback_query(world: World, call: Params) -> Any:
    text = call.text("text")
    if len(text) > LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    number = call.text("callback_query_id")
    press = world.store.one("SELECT * FROM presses WHERE id = :id", id=number)
    if press is None or press["answer"] or press["at"] < world.now() - PRESS_KEPT:
        raise bad(QUERY_TOO_OLD)
    answer = {"text": text, "alert": call.flag("show_alert"), "url": call.text("url")}
    world.store.run("UPDATE presses SET answer = :answer WHERE id = :id", answer=dumped(answer), id=number)
    about = {"callback": number, "chat": press["chat"], "message_id": press["message"], "user": press["person"]}
    world.live.emit("answer", **about, **answer)
    return True


async def send_chat_action(world: World, call: Params) -> Any:
    action = call.text("action").strip().lower()
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat = chat_id_of(call)
    world.people.reach(chat)
    world.live.emit("action", chat=chat, action=action)
    return True


async def get_file(world: World, call: Params) -> Any:
    return world.files.described(call.text("file_id"))


async def get_chat(world: World, call: Params) -> Any:
    chat = chat_id_of(call)
    full = world.people.chat(chat) | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        ),
    }
    row = world.people.chat_row(chat) or {}
    if row["pinned"] and (message := world.chats.get(chat, row["pinned"])):
        full["pinned_message"] = world.chats.rendered(message, deep=False)
    return full


def member(world: World, chat: int, person: int) -> Json:
    """Someone as a ChatMember, with the fields their status requires."""
    status = world.people.status(chat, person)
    shown: Json = {"user": world.people.user(person), "status": status}
    if status == "creator":
        shown["is_anonymous"] = False
    elif status == "administrator":
        rights = (
            *("manage_chat", "delete_messages", "manage_video_chats", "restrict_members", "promote_members"),
            *("change_info", "invite_users", "post_stories", "edit_stories", "delete_stories", "pin_messages"),
            "send_welcome_messages",
        )
        shown |= {"can_be_edited": False, "is_anonymous": False} | {f"can_{right}": True for right in rights}
    elif status == "kicked":
        shown["until_date"] = 0
    return shown


async def get_chat_member(world: World, call: Params) -> Any:
    chat = chat_id_of(call)
    world.people.chat(chat)
    person = call.integer("user_id")
    if person <= 0:
        raise bad("invalid user_id specified")
    return member(world, chat, person)


async def get_chat_administrators(world: World, call: Params) -> Any:
    chat = chat_id_of(call)
    if chat > 0:
        raise bad("there are no administrators in the private chat")
    world.people.reach(chat)
    everyone = [*world.people.members(chat), world.people.bot_id]
    admins = [one for one in everyone if world.people.status(chat, one) in {"creator", "administrator"}]
    return [member(world, chat, one) for one in admins]


async def get_chat_member_count(world: World, call: Params) -> Any:
    chat = chat_id_of(call)
    world.people.reach(chat)
    return len(world.people.members(chat)) + 1


async def leave_chat(world: World, call: Params) -> Any:
    chat = chat_id_of(call)
    world.people.reach(chat)
    if chat > 0:
        raise bad("chat can't be left")
    world.people.set_status(chat, world.people.bot_id, "left")
    world.chats.post(chat, world.people.bot_id, {"left_chat_member": world.people.bot()})
    return True


METHODS: dict[str, tuple[str, Method]] = {
    name.lower(): (name, method)
    for name, method in {
        "getMe": get_me,
        "getUpdates": get_updates,
        "deleteWebhook": delete_webhook,
        "getWebhookInfo": get_webhook_info,
        "sendMessage": sending.send_message,
        "sendPhoto": sending.send_photo,
        "sendDocument": sending.send_document,
        "sendMediaGroup": sending.send_media_group,
        "editMessageText": editing.edit_text,
        "editMessageCaption": editing.edit_caption,
        "editMessageMedia": editing.edit_media,
        "editMessageReplyMarkup": editing.edit_markup,
        "deleteMessage": editing.delete_message,
        "deleteMessages": editing.delete_messages,
        "pinChatMessage": editing.pin,
        "unpinChatMessage": editing.unpin,
        "unpinAllChatMessages": editing.unpin_all,
        "setMessageReaction": editing.react,
        "answerCallbackQuery": answer_callback_query,
        "sendChatAction": send_chat_action,
        "setMyCommands": menus.set_commands,
        "getMyCommands": menus.get_commands,
        "deleteMyCommands": menus.delete_commands,
        "setChatMenuButton": menus.set_menu_button,
        "getChatMenuButton": menus.get_menu_button,
        "getFile": get_file,
        "getChat": get_chat,
        "getChatMember": get_chat_member,
        "getChatAdministrators": get_chat_administrators,
        "getChatMemberCount": get_chat_member_count,
        "leaveChat": leave_chat,
    }.items()
}
