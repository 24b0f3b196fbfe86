"""/help: what usher does and how to say it."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, Code

from bot.drawing import button, keyboard, lines, sheet
from bot.keyboards import Menu
from bot.talk import Talk
from bot.view import View


async def on_help(message: Message, talk: Talk) -> None:
    await draw(talk)


async def on_help_pressed(query: CallbackQuery, talk: Talk) -> None:
    await draw(talk)


async def draw(talk: Talk) -> None:
    talk.go("help")
    await talk.show(page(talk))


def page(talk: Talk) -> View:
    """The help; shorter in a group."""
    t = talk.t
    example = lines(Bold(t("help.sentence")), Code(t("help.example")))
    names = ["new", "jobs", "wallet", "settings", "why", "budget", "forget", "cancel"]
    if talk.who.owner:
        names.append("users")
    commands = lines(*(f"/{name} – {t(f'command.{name}')}" for name in names)) if talk.private else ""
    text = sheet(t("help.title"), t("help.what"), example, commands, t("help.rules"))
    return View(text, keyboard([button(t("common.home"), Menu(to="home"))]), loud=False)


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_help, Command("help"))
    router.callback_query.register(on_help_pressed, Menu.filter(F.to == "help"))
