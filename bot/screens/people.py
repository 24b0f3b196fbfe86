"""/users: the owner says who is served."""

from __future__ import annotations

import structlog
from aiogram import F, Router
from aiogram.exceptions import AiogramError
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from bot import words
from bot.answers import Person as Somebody
from bot.drawing import button, keyboard, lines, sheet
from bot.keyboards import Menu, Person
from bot.refusals import told
from bot.requests import Refused
from bot.talk import Talk, patiently
from bot.texts import Texts
from bot.view import View

log = structlog.get_logger()
PAGE = 8
SIGNS = {"waiting": "🙋", "approved": "✅", "removed": "🚫"}


async def on_users(message: Message, talk: Talk) -> None:
    await draw(talk)


async def on_people(query: CallbackQuery, callback_data: Menu, talk: Talk) -> None:
    page = callback_data.to.removeprefix("people").removeprefix("-")
    await draw(talk, int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 0)


async def draw(talk: Talk, page: int = 0) -> None:
    """The list of people, for the owner alone and in private."""
    if not talk.who.owner or not talk.private:
        await talk.say(talk.t("people.owner_only"), alert=True)
        if talk.press is None and talk.private:
            from bot.screens import home

            await home.draw(talk)
        return
    talk.go("people", str(page))
    await talk.show(listing(talk, await talk.ask.people(), page))


def listing(talk: Talk, everybody: list[Somebody], page: int) -> View:
    """One page; who waits comes first."""
    t = talk.t
    order = {"waiting": 0, "approved": 1, "removed": 2}
    others = sorted((p for p in everybody if not p.owner and p.status in order), key=lambda p: order[p.status])
    last = max(0, (len(others) - 1) // PAGE)
    page = min(page, last)
    shown = others[page * PAGE : (page + 1) * PAGE]
    told = [f"{SIGNS[p.status]} {words.foreign(p.name or p.user, 60)} · {t('people.' + p.status)}" for p in shown]
    rows = []
    for person in shown:
        name = words.short(person.name or person.user, 20)
        row = []
        if person.status != "approved":
            row.append(button(t("people.approve", name=name), Person(act="approve", who=person.telegram)))
        if person.status != "removed":
            row.append(button(t("people.remove", name=name), Person(act="remove", who=person.telegram)))
        rows.append(row)
    if last:
        rows.append(
            [
                button("◀", Menu(to=f"people-{(page - 1) % (last + 1)}")),
                button(f"{page + 1}/{last + 1}", Menu(to=f"people-{page}")),
                button("▶", Menu(to=f"people-{(page + 1) % (last + 1)}")),
            ]
        )
    rows.append([button(t("common.home"), Menu(to="home"))])
    body = lines(*told) if told else t("people.none")
    return View(sheet(t("people.title"), body, t("people.hint")), keyboard(*rows), loud=False)


async def on_decided(query: CallbackQuery, callback_data: Person, talk: Talk) -> None:
    """Let somebody in, or out. The desk checks that it is the owner who says so."""
    act, who = callback_data.act, f"tg{callback_data.who}"
    before = next((p for p in await talk.ask.people() if p.user == who), None) if talk.who.owner else None
    try:
        await talk.ask.about(act, user=talk.who.user, who=who)
    except Refused as refused:
        await talk.say(told(refused, talk.t), alert=True)
    else:
        name = words.foreign(before.name, 60) if before else who
        await talk.say(talk.t(f"people.done_{act}", name=name))
        if act == "approve" and before and before.status != "approved":
            await welcome(talk, before)
    if talk.who.owner and talk.on_home:
        await draw(talk)
    elif talk.who.owner and talk.press and talk.press.message:
        await talk.delete(talk.press.message.message_id)


async def welcome(talk: Talk, person: Somebody) -> None:
    """Tell somebody that they are served from now on."""
    t = Texts(person.settings.get("lang") or talk.who.settings.get("lang") or "en")
    start = keyboard([button(t("people.start"), Menu(to="home"))])
    text = Text(t("people.welcome"))
    try:
        await patiently(lambda: talk.api.send_message(person.chat, reply_markup=start, **text.as_kwargs()))
    except AiogramError as wrong:
        log.info("bot.not_welcomed", user=person.user, why=type(wrong).__name__)


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_users, Command("users"))
    router.callback_query.register(on_people, Menu.filter(F.to.startswith("people")))
    router.callback_query.register(on_decided, Person.filter(F.act.in_({"approve", "remove"})))
