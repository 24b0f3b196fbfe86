"""Jobs: the list with filters, one job, and what may be done to it."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec
from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram.utils.formatting import Bold, Code, Text

from bot import words
from bot.answers import read_card
from bot.cards import HERE, ICONS, card_view, look_line
from bot.drawing import Row, button, in_rows, keyboard, lines, sheet
from bot.keyboards import SHORT, JobButton, Menu
from bot.reasons import reason_words
from bot.refusals import told
from bot.requests import Refused
from bot.requests import Row as Job
from bot.screens.home import of_job
from bot.talk import Talk
from bot.view import View
from bot.wizard.draft import from_wish
from bot.wizard.summary import seats as seats_line
from events.errors import NotFound
from events.wish import CITY_ZONE, Wish

PAGE = 6
FILTERS = ("active", "waiting", "booked", "ended", "all")
FINAL = {"SUCCESS", "FAILED", "CANCELLED", "EXPIRED", "REHEARSED"}
PAUSABLE = {"PENDING", "WATCHING", "AWAITING_INPUT", "AWAITING_CONSENT"}
CHANGEABLE = {"PENDING", "WATCHING", "PAUSED", "AWAITING_INPUT"}


async def on_jobs(message: Message, talk: Talk) -> None:
    await draw(talk)


async def on_list(query: CallbackQuery, callback_data: Menu, talk: Talk) -> None:
    """`jobs`, or `jobs-<filter>-<page>`."""
    await draw(talk, callback_data.to.removeprefix("jobs").removeprefix("-"))


async def draw(talk: Talk, place: str = "") -> None:
    """The list at `<filter>-<page>`; jobs are a private matter."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    which, _, page_text = place.partition("-")
    which = which if which in FILTERS else "active"
    page = int(page_text) if page_text.isascii() and page_text.isdigit() and len(page_text) < 4 else 0
    rows = await talk.ask.jobs(talk.who.user, which, PAGE + 1, page * PAGE)
    if not rows and page:
        page, rows = 0, await talk.ask.jobs(talk.who.user, which, PAGE + 1)
    talk.go("jobs", f"{which}-{page}")
    await talk.show(listing(talk, which, page, rows))


def listing(talk: Talk, which: str, page: int, rows: list[Job]) -> View:
    """One page of jobs; one row more than fits says that there is another page."""
    t = talk.t
    shown = rows[:PAGE]
    told = [
        Text(
            f"{ICONS.get(job['status'], '•')} ",
            Bold(words.foreign(job["film"], 60)),
            " · ",
            t(f"jobs.state_{job['status']}"),
            f"\n     {_place(job, talk)}",
        )
        for job in shown
    ]
    filters = [
        button(("✓ " if name == which else "") + t(f"jobs.filter_{name}"), Menu(to=f"jobs-{name}-0"))
        for name in FILTERS
    ]
    turn: list[InlineKeyboardButton] = []
    if page:
        turn.append(button("◀", Menu(to=f"jobs-{which}-{page - 1}")))
    if len(rows) > PAGE:
        turn.append(button("▶", Menu(to=f"jobs-{which}-{page + 1}")))
    opened = [[button(f"{ICONS.get(job['status'], '•')} {job['film']}", of_job(job, "open"))] for job in shown]
    body = lines(*told) if told else t("jobs.none")
    back = [button(t("common.home"), Menu(to="home")), button(t("home.to_new"), Menu(to="new"))]
    rows_ = [*opened, turn, *in_rows(filters, 3), back]
    return View(sheet(t("jobs.title"), body), keyboard(*rows_), loud=False)


def _place(job: Job, talk: Talk) -> str:
    """Where and when: of a booked show, else the city and the last change."""
    t = talk.t
    if job["status"] == "SUCCESS" and job.get("starts"):
        return f"{words.foreign(job.get('cinema') or job['city'], 40)} · {words.at(job['starts'], t)}"
    moved = words.Voice(t, talk.zone).near(datetime.fromisoformat(job["updated_at"]), talk.now())
    return f"{words.foreign(job['city'], 30)} · {t('jobs.moved_at', at=moved)}"


async def open_job(talk: Talk, end: str) -> None:
    """One job on the home message; the list where it is nobody's or another's."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    try:
        job = await talk.ask.own_job(talk.who.user, end[-SHORT:])
        card = await talk.ask.card(job["job_id"])
    except NotFound:
        await talk.say(talk.t("jobs.gone"), alert=True)
        await draw(talk)
        return
    talk.go("job", job["job_id"])
    await talk.show(one(talk, card))


def one(talk: Talk, job: Job) -> View:
    """A job: state, wish, looks, seats, and the buttons that fit its state."""
    t, zone, status = talk.t, talk.zone, job["status"]
    wish = msgspec.convert(job["wish"], type=Wish, strict=False)
    state = "cancelling" if job.get("cancelling") else status
    rows: list[Text | str] = [
        Text(ICONS.get(status, "•"), " ", Bold(t(f"jobs.state_{state}"))),
        reason_line(job, words.Voice(t, zone)),
    ]
    looks: list[Text | str] = []
    if status == "WATCHING":
        looks = [look_line(job, words.Voice(t, zone), words.clock(job.get("last_look_at"), zone))]
        if job.get("next_look_at"):
            looks.append(t("card.next_look", at=words.clock(job["next_look_at"], zone)))
    if status not in FINAL:
        looks.append(t("card.until", at=words.at(job["watch_until"], t, zone)))
    text = sheet(
        words.foreign(job["film"], 200),
        lines(*rows),
        lines(*looks),
        _booked(talk, job),
        _wish(talk, wish),
        Text(t("jobs.id"), " ", Code(str(job["job_id"])[-SHORT:])),
    )
    return View(text, keyboard(*buttons(talk, job)), loud=False)


def reason_line(job: Job, voice: words.Voice) -> str:
    """Why the job stands still or has ended; of one that is watched, why its last attempt failed."""
    if not job.get("reason") or job["status"] in {"SUCCESS", "UNCERTAIN"}:
        return ""
    title = "event.booking_failed" if job["status"] in {"WATCHING", "BOOKING"} else "card.why"
    return f"{voice.texts(title)}: {reason_words(job['reason'], voice)}"


def _booked(talk: Talk, job: Job) -> Text | str:
    """Seats, show and price, once there are some."""
    t = talk.t
    if not job.get("seats"):
        return ""
    rows: list[Text | str] = [
        f"{words.foreign(job.get('cinema') or '', 100)} · {words.at(job.get('starts'), t)}",
        t("jobs.seats", seats=words.short(job["seats"], 200)),
        t("jobs.price", price=words.money(job["amount"])) if job.get("amount") else "",
    ]
    if job.get("confirmation"):
        rows.append(Text(t("jobs.confirmation"), " ", Code(words.short(job["confirmation"], 60))))
    return lines(*rows)


def _wish(talk: Talk, wish: Wish) -> Text:
    t = talk.t
    said = {
        "city": words.foreign(wish.city, 60),
        "cinemas": words.names(wish.cinemas, 300),
        "dates": words.days(wish.dates, t),
        "times": words.spans(wish.times, t),
        "version": words.names((*wish.languages, *wish.formats, *wish.screens), 160),
        "seats": seats_line(from_wish(wish, 1, talk.now().astimezone(CITY_ZONE).date()), t),
    }
    dry = t("wizard.line_dry") if wish.dry_run else ""
    return lines(*(f"{t(f'wizard.line_{name}')} {value}" for name, value in said.items() if value), dry)


def buttons(talk: Talk, job: Job) -> list[Row]:
    """What a person may do to a job in this state."""
    t, status = talk.t, job["status"]

    def do(act: str) -> InlineKeyboardButton:
        return button(t(f"jobs.do_{act}"), of_job(job, act))

    first: list[InlineKeyboardButton] = []
    if status in PAUSABLE:
        first.append(do("pause"))
    if status == "PAUSED":
        first.append(do("resume"))
    if status in CHANGEABLE:
        first.append(do("change"))
    last = [button(t("common.jobs"), Menu(to="jobs")), button(t("common.home"), Menu(to="home"))]
    settled = status in FINAL or (status == "UNCERTAIN" and (job["cancelling"] or not job["by_code"]))
    end = [] if settled else [do("cancel")]
    return [first, [do("timeline"), do("why")], [do("pictures"), do("refresh")], end, last]


async def on_open(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    if callback_data.act == "refresh" and callback_data.arg == HERE and not talk.on_home:
        await _redraw(talk, callback_data)
    else:
        await open_job(talk, callback_data.job)


async def _redraw(talk: Talk, pressed: JobButton) -> None:
    """Draw a live card anew where it stands: what a look saw changes on it without an event. A forged press, of a
    button that its message does not have, draws nothing."""
    message = talk.press.message if talk.press else None
    markup = message.reply_markup if isinstance(message, Message) else None
    shown = [one.callback_data or "" for row in (markup.inline_keyboard if markup else ()) for one in row]
    try:
        job = await talk.ask.own_job(talk.who.user, pressed.job)
        card = read_card(await talk.ask.card(job["job_id"]))
    except NotFound:
        await talk.say(talk.t("jobs.gone"), alert=True)
        return
    if message is None or not any(re.fullmatch(rf"j:{pressed.job}:\d+:refresh:{HERE}", data) for data in shown):
        await talk.say(talk.t("problem.stale"), alert=True)
        return
    await talk.redraw(message.message_id, card_view(card, talk.who, talk.now()))
    await talk.answer(talk.t("card.refreshed"))


async def still(talk: Talk, pressed: JobButton) -> Job | None:
    """The job, if it stands as it was drawn; else say so, draw it anew and give None."""
    try:
        job = await talk.ask.own_job(talk.who.user, pressed.job)
    except NotFound:
        await talk.say(talk.t("jobs.gone"), alert=True)
        return None
    if job["last_sequence"] == pressed.rev:
        return job
    await talk.say(talk.t("jobs.moved"), alert=True)
    if talk.private:
        await open_job(talk, job["job_id"])
    return None


async def on_act(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    """Do it, if the job still stands as it was drawn."""
    job = await still(talk, callback_data)
    if job is None:
        return
    if callback_data.act == "cancel" and talk.private:
        talk.go("job", job["job_id"])
        await talk.show(sure(talk, job))
    elif callback_data.act == "cancel":
        await _cancel_in_group(talk, job)
    else:
        await _command(talk, job, callback_data.act)


async def _cancel_in_group(talk: Talk, job: Job) -> None:
    """There the question is not written down for all: the same button pressed once more is the answer."""
    once = f"cancel {job['job_id']} {job['last_sequence']}"
    if talk.dialogue.awaiting == once:
        talk.dialogue.awaiting = ""
        await _command(talk, job, "cancel2")
    else:
        talk.dialogue.awaiting = once
        await talk.say(talk.t("jobs.sure_in_group"), alert=True)


async def _command(talk: Talk, job: Job, act: str) -> None:
    what = {"cancel2": "cancel"}.get(act, act)
    why = {} if what == "resume" else {"why": talk.t(f"jobs.why_{what}")}
    try:
        done = await talk.ask.job(what, talk.who.user, job=job["job_id"], **why)
        paying = what == "cancel" and done["status"] == "UNCERTAIN"
        await talk.say(talk.t("jobs.done_cancel_code" if paying else f"jobs.done_{what}"), alert=paying)
    except Refused as refused:
        await talk.say(told(refused, talk.t), alert=True)
    if talk.private and (talk.on_home or what == "cancel"):
        await open_job(talk, job["job_id"])  # elsewhere the live card changes by itself


def sure(talk: Talk, job: Job) -> View:
    """Are you sure? Cancelling has no way back."""
    t = talk.t
    more = "sure_more_code" if job["status"] in {"AWAITING_PAYMENT", "UNCERTAIN"} else "sure_more"
    rows = [[button(t("jobs.keep"), of_job(job, "open"))], [button(t("jobs.do_cancel2"), of_job(job, "cancel2"))]]
    title = t("jobs.sure", film=words.foreign(job["film"], 100))
    return View(sheet(title, t(f"jobs.{more}")), keyboard(*rows), loud=False)


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_jobs, Command("jobs"))
    router.callback_query.register(on_list, Menu.filter(F.to.startswith("jobs")))
    router.callback_query.register(on_open, JobButton.filter(F.act.in_({"open", "refresh"})))
    router.callback_query.register(on_act, JobButton.filter(F.act.in_({"pause", "resume", "cancel", "cancel2"})))
