"""What happened to a job: its timeline, page by page, and its pictures."""

from __future__ import annotations

import json

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text

from bot import words
from bot.drawing import button, keyboard, lines, sheet
from bot.keyboards import JobButton
from bot.requests import Row
from bot.screens.home import of_job
from bot.talk import Talk
from bot.texts import Texts
from bot.view import View
from events.errors import NotFound

PAGE = 10
MOST_PICTURES = 6


async def on_timeline(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    """A page of the events; the newest page where none is named."""
    try:
        job = await talk.ask.own_job(talk.who.user, callback_data.job)
    except NotFound:
        await talk.say(talk.t("jobs.gone"), alert=True)
        return
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    rows = await talk.ask.timeline(job["job_id"])
    last = max(0, (len(rows) - 1) // PAGE)
    asked = callback_data.arg
    page = min(int(asked), last) if asked.isascii() and asked.isdigit() and len(asked) < 5 else last
    talk.go("job", job["job_id"])
    await talk.show(timeline(talk, job, rows, page))


def timeline(talk: Talk, job: Row, rows: list[Row], page: int) -> View:
    """One page of a job's events, oldest first."""
    t, zone = talk.t, talk.zone
    told: list[Text | str] = []
    day = ""
    for row in rows[page * PAGE : (page + 1) * PAGE]:
        date, clock = words.at(row["time"], t, zone).split(", ")
        if date != day:
            told.append(Bold(date))
            day = date
        detail = says(json.loads(row["body"]))
        told.append(f"{clock}  {name_of(row['type'], t)}" + (f" – {detail}" if detail else ""))
    last = max(0, (len(rows) - 1) // PAGE)
    turn: list[InlineKeyboardButton] = []
    if page:
        turn.append(button("◀", of_job(job, "timeline", page - 1)))
    if last:
        turn.append(button(f"{page + 1}/{last + 1}", of_job(job, "timeline", page)))
    if page < last:
        turn.append(button("▶", of_job(job, "timeline", page + 1)))
    back = [button(t("jobs.do_pictures"), of_job(job, "pictures")), button(t("common.back"), of_job(job, "open"))]
    title = t("jobs.timeline", film=words.foreign(job["film"], 80))
    return View(sheet(title, lines(*told)), keyboard(turn, back), loud=False)


def name_of(kind: str, t: Texts) -> str:
    """An event's name in words; one that has none yet is told by its own."""
    try:
        return t(f"event.{kind}")
    except KeyError:
        return kind.replace("_", " ")


def says(body: Row) -> str:
    """The one detail of an event that tells most."""
    for field in ("confirmation", "why", "reason", "detail", "where"):
        if isinstance(body.get(field), str) and body[field]:
            return words.foreign(body[field], 100)
    if body.get("amount"):
        return words.money(body["amount"])
    shows = body.get("shows") or body.get("on_sale")
    return str(len(shows)) if shows else ""


async def on_pictures(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    """Send the job's pictures that are still kept, newest last."""
    try:
        job = await talk.ask.own_job(talk.who.user, callback_data.job)
    except NotFound:
        await talk.say(talk.t("jobs.gone"), alert=True)
        return
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    found = named(await talk.ask.timeline(job["job_id"]))
    sent = 0
    for kind, name in found[-MOST_PICTURES:]:
        if picture := await talk.artifacts.get(name):
            caption = f"{words.foreign(job['film'], 100)} · {name_of(kind, talk.t)}"
            await talk.post(View(Text(caption), picture=picture, loud=False))
            sent += 1
    await talk.say(talk.t("jobs.pictures_sent", count=sent) if sent else talk.t("jobs.no_pictures"), alert=not sent)


def named(rows: list[Row]) -> list[tuple[str, str]]:
    """(event, artifact) of every picture that the events name, each once."""
    found: dict[str, str] = {}
    for row in rows:
        body = json.loads(row["body"])
        for field in ("artifact", "map"):
            if isinstance(body.get(field), str) and body[field].endswith(".png"):
                found.setdefault(body[field], row["type"])
    return [(kind, name) for name, kind in found.items()]


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.callback_query.register(on_timeline, JobButton.filter(F.act == "timeline"))
    router.callback_query.register(on_pictures, JobButton.filter(F.act == "pictures"))
