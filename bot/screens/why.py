"""/why: why nothing happened yet, or why this was chosen."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, Text

from bot import words
from bot.cards import look_line
from bot.drawing import button, keyboard, lines, sheet
from bot.keyboards import JobButton, Menu
from bot.requests import Row
from bot.screens import jobs
from bot.screens.home import of_job
from bot.talk import Talk
from bot.texts import Texts
from bot.view import View
from events.errors import NotFound

MOST_LOOKS, MOST_SHOWS = 5, 8


async def on_why(message: Message, command: CommandObject, talk: Talk) -> None:
    """`/why ID`; without an id the only active job, else a choice."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"))
        return
    asked = "".join(letter for letter in (command.args or "").lower() if letter.isalnum())[:26]
    if asked:
        await _told(talk, asked)
        return
    rows = await talk.ask.jobs(talk.who.user, "active", 8) or await talk.ask.jobs(talk.who.user, "all", 8)
    if len(rows) == 1:
        await _told(talk, rows[0]["job_id"])
        return
    talk.go("home")
    choice = [[button(row["film"], of_job(row, "why"))] for row in rows]
    body = talk.t("why.which") if rows else talk.t("jobs.none")
    home = [button(talk.t("common.home"), Menu(to="home"))]
    await talk.show(View(sheet(talk.t("why.title"), body), keyboard(*choice, home), loud=False))


async def on_why_pressed(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    if talk.private:
        await _told(talk, callback_data.job)
    else:
        await talk.say(talk.t("common.private_only"), alert=True)


async def _told(talk: Talk, end: str) -> None:
    try:
        job = await talk.ask.own_job(talk.who.user, end)
        why = await talk.ask.why(job["job_id"])
    except NotFound:
        await talk.say(talk.t("jobs.gone"), alert=True)
        if talk.press is None:
            await jobs.draw(talk)
        return
    talk.go("job", job["job_id"])
    await talk.show(explained(talk, job, why))


def explained(talk: Talk, job: Row, why: Row) -> View:
    """The last looks, which shows were refused by which line of the wish, how often the site was asked."""
    t, zone = talk.t, talk.zone
    asked = why.get("asked_today") or 0
    looks = [f"{words.at(look['time'], t, zone)} · {_look(look, t)}" for look in why.get("looks", [])[:MOST_LOOKS]]
    state: list[Text | str] = [
        Text(Bold(t(f"jobs.state_{job['status']}"))),
        jobs.reason_line(job, words.Voice(t, zone)),
        look_line(why, words.Voice(t, zone), words.at(why.get("last_look_at"), t, zone)),
        t("card.next_look", at=words.clock(why["next_look_at"], zone))
        if why.get("next_look_at") and job["status"] == "WATCHING"
        else "",
        t.counted("why.asked", asked, count=asked),
    ]
    refused = _refused(talk, why.get("refused", []))
    fits = why.get("fits", [])
    gone = why.get("sold_out", [])
    news = [
        t.counted("why.fits", len(fits), count=len(fits)) if fits else "",
        t.counted("why.sold_out", len(gone), count=len(gone)) if gone else "",
    ]
    body = [lines(*state), lines(*news)]
    if looks:
        body.append(lines(Bold(t("why.looks")), *looks))
    if refused:
        body.append(lines(Bold(t("why.refused")), *refused))
    back = [button(t("common.back"), of_job(job, "open")), button(t("jobs.do_timeline"), of_job(job, "timeline"))]
    again = [button(t("jobs.do_refresh"), of_job(job, "why"))]
    return View(sheet(t("why.of", film=words.foreign(job["film"], 100)), *body), keyboard(again, back), loud=False)


def _look(look: Row, t: Texts) -> str:
    """What one look saw."""
    key, shows = f"why.look_{look['result']}", look["shows"]
    return t.counted(key, shows, shows=shows) if look["result"] == "seen" else t(key)


def _refused(talk: Talk, refused: list[Row]) -> list[str]:
    """Each refused show with the lines of the wish that it fails; nearest first."""
    t = talk.t
    nearest = sorted(refused, key=lambda row: (len(row["parts"]), row["show"]["starts"]))
    told = []
    for row in nearest[:MOST_SHOWS]:
        show = row["show"]
        parts = ", ".join(t(f"why.part_{part}") for part in row["parts"])
        version = " ".join(filter(None, (show.get("language"), show.get("format"))))
        where = words.foreign(show["cinema"], 40)
        told.append(f"✗ {where} {words.at(show['starts'], t)} {words.short(version, 30)} – {parts}")
    if len(nearest) > MOST_SHOWS:
        told.append(t("why.more", count=len(nearest) - MOST_SHOWS))
    return told


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_why, Command("why"))
    router.callback_query.register(on_why_pressed, JobButton.filter(F.act == "why"))
