"""What happened to a job: its timeline, page by page, and its pictures."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text

from bot import words
from bot.drawing import button, keyboard, lines, sheet
from bot.keyboards import JobButton
from bot.pictures.timeline import Step, draw_timeline
from bot.reasons import reason_words, sentence
from bot.requests import Row
from bot.screens.home import of_job
from bot.talk import Talk
from bot.texts import Texts
from bot.view import View
from events.errors import NotFound

PAGE = 10
MOST_PICTURES = 6
MOODS = {  # how the picture marks an event; the rest is plain
    "consent_requested": "ask",
    "preferences_mismatched": "ask",
    "payment_requested": "ask",
    "challenge_met": "ask",
    "outcome_asked": "ask",
    "tickets_detected": "good",
    "seats_held": "good",
    "booked": "good",
    "show_rejected": "bad",
    "booking_failed": "bad",
    "outcome_unknown": "bad",
    "cancelled": "bad",
    "expired": "bad",
    "failed": "bad",
}


async def _mine(talk: Talk, pressed: JobButton) -> Row | None:
    """The person's job, where it may be shown here; else say why not."""
    try:
        job = await talk.ask.own_job(talk.who.user, pressed.job)
    except NotFound:
        await talk.say(talk.t("jobs.gone"), alert=True)
        return None
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return None
    return job


async def on_timeline(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    """A page of the events."""
    job = await _mine(talk, callback_data)
    if job is not None:
        rows = await talk.ask.timeline(job["job_id"])
        talk.go("job", job["job_id"])
        await talk.show(timeline(talk, job, rows, callback_data.arg))


async def on_drawn(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    """The same page as a picture."""
    job = await _mine(talk, callback_data)
    if job is not None:
        page = turned(await talk.ask.timeline(job["job_id"]), callback_data.arg)
        title = talk.t("jobs.timeline", film=words.foreign(job["film"], 80))
        picture = await asyncio.to_thread(draw_timeline, title, drawn(page.rows, talk.t, talk.zone), talk.who.theme)
        await talk.post(View(Text(title), picture=picture, loud=False))


@dataclass(frozen=True)
class Page:
    """One page of a job's events; pages count from 0 to `last`."""

    rows: list[Row]
    number: int
    last: int


def turned(rows: list[Row], asked: str) -> Page:
    """The page that a button names; the newest where it names none."""
    last = max(0, (len(rows) - 1) // PAGE)
    number = min(int(asked), last) if asked.isascii() and asked.isdigit() and len(asked) < 5 else last
    return Page(rows[number * PAGE : (number + 1) * PAGE], number, last)


def drawn(rows: list[Row], t: Texts, zone: ZoneInfo) -> list[Step]:
    """A page's events as steps of the picture."""
    steps: list[Step] = []
    day = ""
    for row in rows:
        date, clock = words.at(row["time"], t, zone).split(", ")
        mood = MOODS.get(row["type"], "plain")
        detail = says(json.loads(row["body"]), t, zone)
        steps.append(Step(clock, name_of(row["type"], t), detail, date if date != day else "", mood))
        day = date
    return steps


def timeline(talk: Talk, job: Row, rows: list[Row], asked: str) -> View:
    """One page of a job's events, oldest first."""
    t, page = talk.t, turned(rows, asked)
    told: list[Text | str] = []
    for step in drawn(page.rows, t, talk.zone):
        if step.day:
            told.append(Bold(step.day))
        told.append(f"{step.clock}  {step.text}" + (f" – {step.detail}" if step.detail else ""))
    turn: list[InlineKeyboardButton] = []
    if page.number:
        turn.append(button("◀", of_job(job, "timeline", page.number - 1)))
    if page.last:
        turn.append(button(f"{page.number + 1}/{page.last + 1}", of_job(job, "timeline", page.number)))
    if page.number < page.last:
        turn.append(button("▶", of_job(job, "timeline", page.number + 1)))
    more = [
        button(t("jobs.do_drawn"), of_job(job, "drawn", page.number)),
        button(t("jobs.do_pictures"), of_job(job, "pictures")),
    ]
    back = [button(t("common.back"), of_job(job, "open"))]
    title = t("jobs.timeline", film=words.foreign(job["film"], 80))
    return View(sheet(title, lines(*told)), keyboard(turn, more, back), loud=False)


def name_of(kind: str, t: Texts) -> str:
    """An event's name in words; one that has none yet is told by its own."""
    try:
        return t(f"event.{kind}")
    except KeyError:
        return kind.replace("_", " ")


def says(body: Row, t: Texts, zone: ZoneInfo) -> str:
    """The one detail of an event that tells most."""
    for field in ("confirmation", "why", "reason", "detail", "where"):
        if isinstance(body.get(field), str) and body[field]:
            voice = words.Voice(t, zone)
            return reason_words(body[field], voice) if field == "reason" else sentence(body[field], voice, 100)
    if body.get("amount"):
        return words.money(body["amount"])
    shows = body.get("shows") or body.get("on_sale")
    return t.counted("event.shows", len(shows), count=len(shows)) if shows else ""


async def on_pictures(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    """Send the job's pictures that are still kept, newest last."""
    job = await _mine(talk, callback_data)
    if job is None:
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
    router.callback_query.register(on_drawn, JobButton.filter(F.act == "drawn"))
    router.callback_query.register(on_pictures, JobButton.filter(F.act == "pictures"))
