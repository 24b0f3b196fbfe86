"""/forget: explains, asks twice, then forgets."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.drawing import button, keyboard, sheet
from bot.keyboards import Menu, Setting
from bot.refusals import told
from bot.requests import Refused
from bot.talk import Talk
from bot.view import View


async def on_forget(message: Message, talk: Talk) -> None:
    if not talk.private:
        await talk.say(talk.t("common.private_only"))
        return
    await draw(talk)


async def draw(talk: Talk) -> None:
    """What will be forgotten and what stays; the first question."""
    talk.go("forget")
    await talk.show(asked(talk, "first"))


def asked(talk: Talk, time: str) -> View:
    """The first or the second question."""
    t = talk.t
    keep = [button(t("forget.keep"), Menu(to="home"))]
    on = [button(t(f"forget.yes_{time}"), Setting(act="forget", arg=time))]
    text = sheet(t("forget.title"), t(f"forget.explain_{time}"))
    return View(text, keyboard(keep, on), loud=False)


async def on_pressed(query: CallbackQuery, callback_data: Setting, talk: Talk) -> None:
    """The second question, then the deed. It is done only from the second question itself."""
    if not talk.private or talk.dialogue.screen != "forget":
        await talk.say(talk.t("problem.stale"), alert=True)
        return
    if callback_data.arg == "first":
        talk.go("forget", "second")
        await talk.show(asked(talk, "second"))
        return
    if callback_data.arg != "second" or talk.dialogue.arg != "second":
        await talk.say(talk.t("problem.stale"), alert=True)
        return
    try:
        done = await talk.ask.about("forget", user=talk.who.user)
    except Refused as refused:
        await talk.say(told(refused, talk.t), alert=True)
        return
    ended = len(done.get("ended", {}))
    last = talk.t.counted("forget.done", ended, jobs=ended) if ended else talk.t("forget.done_none")
    await talk.forget(View(sheet(talk.t("forget.title"), last)))


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_forget, Command("forget"))
    router.callback_query.register(on_pressed, Setting.filter(F.act == "forget"))
