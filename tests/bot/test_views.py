"""Every view stays within Telegram's limits, with the longest values and with text that would break others."""

import asyncio
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from aiogram.types import User

from bot.answers import Person as Somebody
from bot.cards import ICONS
from bot.dialogues import Dialogue
from bot.keyboards import JobButton, Menu, Person, Setting, Step, Wallet
from bot.screens import budget, forget, help, home, jobs, pairing, people, settings, timeline, wallet, why
from bot.talk import Talk
from bot.texts import LANGUAGES, Texts
from bot.view import View
from bot.wizard.draft import STEPS, Draft, Film, Known, Problem
from bot.wizard.render import render
from bot.wizard.step import offered
from events.wish import SeatWish, TimeRange, Wish

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
FILMS = (
    "<b>Kites</b> & 'Sky' <3 %s {film}",
    "🎬🔥" * 150,
    "فيلم طويل جدا " * 22,
    "a" * 300,
    "\u202eevil\u202c\n\n\t\x07",
)
JOB_ID = "z" * 26
SEQUENCE = 10**12


def talk_of(language: str, film: str) -> Talk:
    """A talk whose person has the longest of everything; it is only read here."""
    said = {"city": film[:100], "favourites": "|".join([film] * 12), "quiet": "22:00-08:00", "zone": "Asia/Kolkata"}
    who = Somebody("tg9999999999", film, 9_999_999_999, 9_999_999_999, "approved", True, "a" * 200, "9" * 30, said)
    nothing: Any = None
    return Talk(
        api=nothing,
        ask=nothing,
        artifacts=nothing,
        dialogues=nothing,
        who=who,
        t=Texts(language),
        now=lambda: NOW,
        chat=1,
        telegram=1,
        private=True,
        update_id=1,
        kept=asyncio.Event(),
        later=lambda work: work.close(),
        dialogue=Dialogue(),
        revision=0,
    )


def job_row(film: str, status: str) -> dict[str, Any]:
    wish = Wish(
        film,
        film[:100],
        (film,) * 8,
        tuple(date(2026, 12, 1) + timedelta(days=2 * n) for n in range(31)),
        (TimeRange(time(1), time(2)),) * 6,
        ("Malayalam",) * 15,
        (film,) * 9,
        (film,) * 9,
        SeatWish(10, film, 20),
        dry_run=True,
    )
    moments = dict.fromkeys(("starts", "watch_until", "updated_at", "last_look_at", "next_look_at"), NOW.isoformat())
    return moments | {
        "job_id": JOB_ID,
        "user": "local",
        "status": status,
        "film": film,
        "city": film,
        "wish": msgspec.json.encode(wish).decode(),
        "cinema": film,
        "seats": ", ".join(f"AA{n}" for n in range(60)),
        "amount": 99_999_999,
        "confirmation": film,
        "reason": film * 20,
        "last_sequence": SEQUENCE,
        "shows_seen": 99_999,
        "by_code": True,
        "cancelling": False,
    }


def long_draft(film: str, step: str) -> tuple[Draft, Known]:
    known = Known(
        today=NOW.date(),
        now=NOW,
        cities=tuple(f"{film[:60]} {n}" for n in range(200)),
        films=tuple(Film(f"{film} {n}", tuple(film[:30] for _ in range(30)), (film,) * 30) for n in range(60)),
        cinemas=tuple(f"{film[:200]} {n}" for n in range(60)),
        favourites=(film,) * 12,
        city=film[:100],
        last=Wish(film, film),
        people=tuple((f"tg{n}", film) for n in range(60)),
    )
    draft = Draft(
        rev=SEQUENCE,
        step=step,
        summary=True,
        film=f"{film} 0",
        city=film[:60],
        cinemas=tuple(f"{film[:200]} {n}" for n in range(8)),
        dates=tuple(date(2026, 12, 1) + timedelta(days=2 * n) for n in range(62)),
        times=(TimeRange(time(1), time(2)),) * 6,
        languages=("Malayalam",) * 15,
        formats=(film,) * 9,
        seats=SeatWish(10, film, 20),
        cap=99_999_900,
        voters=tuple(f"tg{n}" for n in range(60)),
        votes=60,
        typed=film,
        dry_run=True,
    )
    return offered(draft, known), known


def every_view(language: str, film: str) -> dict[str, View]:
    talk = talk_of(language, film)
    views: dict[str, View] = {}
    for status in ICONS:
        row = job_row(film, status)
        views[f"job {status}"] = jobs.one(talk, row | {"wish": json.loads(row["wish"])})
        views[f"home {status}"] = home.home(talk, [row] * 5, [row] * 5, 999, film)
        views[f"list {status}"] = jobs.listing(talk, "waiting", 999, [row] * 7)
    row = job_row(film, "WATCHING")
    views["sure"] = jobs.sure(talk, row)
    event = {"type": "payment_submitted", "time": NOW.isoformat(), "body": json.dumps({"why": film * 3})}
    views["timeline"] = timeline.timeline(talk, row, [event] * 500, "30")
    show = {"cinema": film, "starts": NOW.isoformat(), "language": film, "format": film}
    parts = ["film", "cinema", "date", "time", "language", "format", "screen", "class", "price"]
    look = {"time": NOW.isoformat(), "result": "unreadable", "shows": 9999}
    reasons = {"looks": [look] * 50, "refused": [{"show": show, "parts": parts}] * 900, "asked_today": 10**6}
    views["why"] = why.explained(talk, row, row | reasons | {"fits": [1], "sold_out": [1]})
    site = {"site": film, "looks_today": 9, "blocked_until": NOW.isoformat(), "failures": 9}
    views["budget"] = budget.budget(talk, [site] * 50)
    cards = [{"card_id": "c" * 26, "last4": "0001", "label": film, "spent": 9_999_999, "empty": 0}] * 40
    views["wallet"] = wallet.wallet(talk, cards)
    views["card"] = wallet.sure(talk, cards[0])
    views["settings"] = settings.overview(talk)
    for key in settings.TYPED:
        views[f"setting {key}"] = settings.question(talk, key, [f"{film} {n}" for n in range(99)], film * 3)
    crowd = [
        Somebody(f"tg{n}", film, 9_999_999_999, 1, s) for n in range(30) for s in ("waiting", "approved", "removed")
    ]
    views["people"] = people.listing(talk, crowd, 5)
    views["knock"] = pairing.asked(talk.t, User(id=9_999_999_999, is_bot=False, first_name=film, username="u" * 32))
    views["help"] = help.page(talk)
    views["forget"], views["forget2"] = forget.asked(talk, "first"), forget.asked(talk, "second")
    views["group"] = home.group_home(talk.t)
    for step in STEPS:
        draft, known = long_draft(film, step)
        views[f"wizard {step}"] = render(draft, known, talk.t, Problem("desk", {"why": film * 3}))
    for step, part in (("seats", "class"), ("seats", "cap"), ("confirm", "window"), ("confirm", "people")):
        draft, known = long_draft(film, step)
        drawn = offered(msgspec.structs.replace(draft, part=part), known)
        views[f"wizard {part}"] = render(drawn, known, talk.t)
    return views


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("film", FILMS, ids=["signs", "emoji", "arabic", "long", "control"])
def test_every_view_fits_telegram(language: str, film: str) -> None:
    for name, view in every_view(language, film).items():
        text, entities = view.text.render()
        assert 0 < len(text) <= 4096, name
        assert len(entities) <= 100, name
        assert view.text.as_kwargs()["parse_mode"] is None
        if view.keyboard is None:
            continue
        rows = view.keyboard.inline_keyboard
        assert all(0 < len(row) <= 8 for row in rows), name
        assert sum(map(len, rows)) <= 100, name
        for button in (button for row in rows for button in row):
            assert 0 < len(button.text) <= 40, name
            assert 0 < len((button.callback_data or "").encode()) <= 64, f"{name}: {button.callback_data}"
        assert len(view.keyboard.model_dump_json(exclude_none=True)) <= 10_000, name


def test_callback_data_fits_with_the_longest_values() -> None:
    longest = [
        Menu(to="people-9999"),
        Menu(to="jobs-waiting-999"),
        JobButton(job="z" * 12, rev=2**53, act="challenge_passed", arg="9999"),
        Step(rev=2**53, act="together", arg="cards_or_qr"),
        Wallet(act="remove2", card="c" * 40),
        Setting(act="fav", arg="x" * 40),
        Setting(act="zone", arg="America/Argentina/ComodRivadavia"),
        Person(act="approve", who=2**52),
    ]
    assert all(len(data.pack().encode()) <= 64 for data in longest)


def test_a_film_that_looks_like_markup_stays_text() -> None:
    view = home.home(talk_of("en", "x"), [job_row("<b>x</b> {y}", "WATCHING")], [{}], 0, None)
    assert "<b>x</b> {y}" in view.text.render()[0]


def test_a_name_from_right_to_left_is_fenced() -> None:
    view = home.home(talk_of("en", "x"), [job_row("فيلم", "WATCHING")], [{}], 0, None)
    assert "\u2068فيلم\u2069" in view.text.render()[0]
