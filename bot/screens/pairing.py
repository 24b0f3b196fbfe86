"""Who is not served (yet): the pairing code, a polite word once, and the owner's button."""

from __future__ import annotations

import contextlib
import re

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, Message, ReplyParameters, User
from aiogram.utils.formatting import Bold, Text

from bot import words
from bot.answers import Person as Somebody
from bot.drawing import button, keyboard, lines
from bot.keyboards import Person
from bot.refusals import told
from bot.requests import Refused, Requests
from bot.talk import patiently
from bot.texts import Texts
from bot.view import View

log = structlog.get_logger()
_CODE = re.compile(r"[A-Za-z0-9_-]{12}")  # as `usher up` prints it; other words are no attempt


def code_in(text: str) -> str:
    """The pairing code that a message shows: after /start, or alone."""
    parts = text.split()
    if len(parts) == 2 and re.fullmatch(r"/start(?:@\w+)?", parts[0]):
        return parts[1][:64]
    return parts[0] if len(parts) == 1 and _CODE.fullmatch(parts[0]) else ""


async def on_message(api: Bot, ask: Requests, message: Message, user: User) -> bool:
    """A message of somebody who is not served, in a private chat; True where they are the owner now."""
    t = Texts.of(None, user.language_code)
    code = code_in(message.text or "")
    if code:
        with contextlib.suppress(AiogramError):  # it would stay readable in the chat
            await patiently(lambda: api.delete_message(message.chat.id, message.message_id))
        try:
            await ask.about("pair", telegram=user.id, chat=message.chat.id, name=user.full_name, code=code)
            return True
        except Refused as refused:
            if (message.text or "").startswith("/start"):
                ask_owner = "" if await _owner(ask) is None else t("pairing.wrong_code")
                await _tell(api, message.chat.id, lines(told(refused, t), ask_owner))
                return False
    if await _owner(ask) is None:  # nobody is there who could let them in
        await _tell(api, message.chat.id, Text(Bold(t("pairing.private")), "\n\n", t("pairing.unowned")))
        return False
    knocked = await ask.about("knock", telegram=user.id, chat=message.chat.id, name=user.full_name)
    if knocked.get("status") == "approved":
        return True
    if knocked.get("status") == "new":
        log.info("bot.knock", telegram=user.id)
        await _tell(api, message.chat.id, Text(Bold(t("pairing.private")), "\n\n", t("pairing.asked")))
        await _tell_owner(api, ask, user)
    return False


async def on_mention(api: Bot, ask: Requests, message: Message, user: User) -> None:
    """Somebody in a group who is not served spoke to the bot: told once, and their wish to be let in passed on."""
    knocked = await ask.about("knock", telegram=user.id, chat=user.id, name=user.full_name)
    if knocked.get("status") == "new":
        log.info("bot.knock", telegram=user.id, group=message.chat.id)
        t = Texts.of(None, user.language_code)
        text = Text(Bold(t("pairing.private")), "\n\n", t("pairing.asked_in_group"))
        await _tell(api, message.chat.id, text, message.message_id)
        await _tell_owner(api, ask, user)


async def on_press(api: Bot, query: CallbackQuery) -> None:
    """Somebody who is not served pressed a button, in a group or on an old message."""
    t = Texts.of(None, query.from_user.language_code)
    with contextlib.suppress(AiogramError):
        await api.answer_callback_query(query.id, text=t("pairing.not_you"), show_alert=True)


async def _tell(api: Bot, chat: int, text: Text, reply_to: int = 0) -> None:
    reply = ReplyParameters(message_id=reply_to, allow_sending_without_reply=True) if reply_to else None
    try:
        await patiently(lambda: api.send_message(chat, reply_parameters=reply, **text.as_kwargs()))
    except AiogramError as wrong:
        log.info("bot.not_told", chat=chat, why=type(wrong).__name__)


async def _owner(ask: Requests) -> Somebody | None:
    return next((person for person in await ask.people() if person.owner), None)


async def _tell_owner(api: Bot, ask: Requests, user: User) -> None:
    owner = await _owner(ask)
    if owner is None or not owner.chat:
        return
    view = asked(Texts(owner.settings.get("lang") or "en"), user)
    try:
        await patiently(lambda: api.send_message(owner.chat, reply_markup=view.keyboard, **view.text.as_kwargs()))
    except AiogramError as wrong:
        log.info("bot.owner_not_told", why=type(wrong).__name__)


def asked(t: Texts, user: User) -> View:
    """To the owner: somebody wants to be let in."""
    name = words.foreign(user.full_name, 80)
    known = f" (@{user.username})" if user.username else ""
    text = Text("🙋 ", Bold(f"{name}{known}"), " ", t("pairing.wants_in"))
    yes = button(t("people.approve", name=words.short(user.full_name, 20)), Person(act="approve", who=user.id))
    no = button(t("people.remove", name=words.short(user.full_name, 20)), Person(act="remove", who=user.id))
    return View(text, keyboard([yes], [no]))
