"""/budget: how often each site was asked today, and when it may be asked again."""

from __future__ import annotations

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message
from aiogram.utils.formatting import Bold, Text

from bot import words
from bot.drawing import button, keyboard, lines, sheet
from bot.keyboards import Menu
from bot.requests import Row
from bot.talk import Talk
from bot.view import View


async def on_budget(message: Message, talk: Talk) -> None:
    await draw(talk)


async def draw(talk: Talk) -> None:
    """The budget; what this usher watches is a private matter."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"))
        return
    talk.go("budget")
    await talk.show(budget(talk, await talk.ask.budget()))


def budget(talk: Talk, rows: list[Row]) -> View:
    """One block a site."""
    t, zone = talk.t, talk.zone
    blocks: list[Text | str] = []
    for row in rows[:10]:
        blocked = row.get("blocked_until")
        blocks.append(
            lines(
                Bold(words.foreign(row["site"], 60)),
                t("budget.looks", count=row["looks_today"]),
                t("budget.next", at=_next(row.get("next_allowed_at"), talk)),
                t("budget.blocked", at=words.at(blocked, t, zone)) if blocked else t("budget.open"),
                t("budget.failures", count=row["failures"]) if row.get("failures") else "",
            )
        )
    view = sheet(t("budget.title"), *(blocks or [t("budget.none")]), t("budget.hint"))
    return View(view, keyboard([button(t("common.home"), Menu(to="home"))]), loud=False)


def _next(moment: str | None, talk: Talk) -> str:
    """When the site may be asked again; a moment that is over: now."""
    over = not moment or datetime.fromisoformat(moment) <= talk.now()
    return talk.t("wizard.now") if over else words.at(moment, talk.t, talk.zone)


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_budget, Command("budget"))
