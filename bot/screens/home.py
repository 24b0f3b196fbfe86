"""Home: what is being watched, and the way to everything else."""

from __future__ import annotations

import asyncio
from typing import Any

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram.utils.formatting import Bold, Code, Text

from bot import words
from bot.cards import ICONS
from bot.drawing import Row, button, in_rows, keyboard, lines, sheet
from bot.keyboards import SHORT, JobButton, Menu
from bot.requests import Row as Job
from bot.talk import Talk
from bot.texts import Texts
from bot.view import View
from events.errors import UsherError

MOST_SHOWN = 5


async def on_start(message: Message, talk: Talk) -> None:
    """Home, as a new message below; a pairing code in an approved person's /start is taken out of the chat."""
    if talk.private and message.text and len(message.text.split()) > 1:
        await talk.swallow()
    await draw(talk)


async def on_home(query: CallbackQuery, talk: Talk) -> None:
    await draw(talk)


async def draw(talk: Talk) -> None:
    """The home screen. In a group it names no jobs: they are nobody else's business."""
    talk.go("home")
    if not talk.private:
        await talk.show(group_home(talk.t))
        return
    jobs = await talk.ask.jobs(talk.who.user, "active", MOST_SHOWN)
    waiting = 0
    if talk.who.owner:
        waiting = sum(person.status == "waiting" for person in await talk.ask.people())
    looks = await asyncio.gather(*(_looks(talk, job) for job in jobs))
    draft = talk.dialogue.draft.film if talk.dialogue.draft else None
    await talk.show(home(talk, jobs, looks, waiting, draft))


async def _looks(talk: Talk, job: Job) -> Job:
    try:
        return await talk.ask.card(job["job_id"])
    except UsherError:  # the line then only lacks its times
        return {}


def home(talk: Talk, jobs: list[Job], looks: list[Job], waiting: int, draft: str | None) -> View:
    """Home for these jobs; `looks` are their cards, `waiting` people to approve, `draft` a wish that was begun."""
    t = talk.t
    told = [_line(talk, job, look) for job, look in zip(jobs, looks, strict=True)]
    body = lines(*told) if told else Text(t("home.nothing"))
    name = words.foreign(talk.who.name, 40)
    example = "" if told or draft is not None else Text(t("help.sentence"), "\n", Code(t("help.example")))
    text = sheet(t("home.hello", name=name) if name else t("home.hello_you"), body, t("home.hint"), example)
    opened = [[button(f"{ICONS.get(job['status'], '•')} {job['film']}", of_job(job, "open"))] for job in jobs]
    begun: list[Row] = []
    if draft is not None:
        begun = [[button(t("home.continue", film=words.short(draft or "…", 24)), Menu(to="new"))]]
    return View(text, keyboard(*opened, *begun, *_menu(talk, waiting)), loud=False)


def _menu(talk: Talk, waiting: int) -> list[Row]:
    t = talk.t

    def to(where: str, label: str | None = None) -> InlineKeyboardButton:
        return button(label or t(f"home.to_{where}"), Menu(to=where))

    rows: list[Row] = [[to("new")], [to("jobs"), to("wallet")], [to("settings"), to("help")]]
    if talk.who.owner:
        people = t("home.to_people_waiting", count=waiting) if waiting else t("home.to_people")
        rows.append([to("people", people)])
    return rows


def _line(talk: Talk, job: Job, look: Job) -> Text:
    t, zone = talk.t, talk.zone
    state = t(f"jobs.state_{job['status']}")
    more = []
    if job["status"] == "WATCHING" and look.get("next_look_at"):
        more.append(t("home.next_look", at=words.clock(look["next_look_at"], zone)))
    if job["status"] in {"WATCHING", "PENDING"}:
        more.append(t("home.until", at=words.at(job["watch_until"], t, zone)))
    icon = ICONS.get(job["status"], "•")
    return Text(f"{icon} ", Bold(words.foreign(job["film"], 60)), f" · {state}", *(f"\n     {line}" for line in more))


def group_home(t: Texts) -> View:
    """What usher says of itself in a group."""
    rows = in_rows([button(t("home.to_new"), Menu(to="new")), button(t("home.to_help"), Menu(to="help"))], 2)
    return View(sheet(t("home.group"), t("home.group_hint")), keyboard(*rows), loud=False)


def of_job(job: Job, act: str, arg: Any = "") -> JobButton:
    """A button's data about a job, as it stands in this drawing."""
    return JobButton(job=str(job["job_id"])[-SHORT:], rev=job["last_sequence"], act=act, arg=str(arg))


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_start, Command("start", "home", "menu"))
    router.callback_query.register(on_home, Menu.filter(F.to == "home"))
