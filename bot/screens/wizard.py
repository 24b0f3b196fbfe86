"""The wizard in the chat: presses and messages go through the reducer; the last press becomes a job."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.keyboards import JobButton, Menu, Step
from bot.refusals import told
from bot.requests import Refused
from bot.screens import home, jobs
from bot.talk import Talk
from bot.wizard.draft import Draft, Film, Known, Offers, Press, Problem, Said, Typed, as_wish, from_wish
from bot.wizard.render import render
from bot.wizard.step import offered, settled, step
from events.errors import NotFound
from events.wish import CITY_ZONE, Wish

STEP_OF = {
    "film": "film",
    "city": "city",
    "cinema": "cinemas",
    "date": "dates",
    "time": "times",
    "seats": "seats",
    "avoid_rows": "seats",
    "cap": "seats",
}


async def on_new(message: Message, command: CommandObject, talk: Talk) -> None:
    """A new wish; with a sentence after the command, filled from it."""
    await begin(talk, command.args or "")


async def on_new_pressed(query: CallbackQuery, talk: Talk) -> None:
    """A new wish, or the one that was begun."""
    if talk.dialogue.draft is None:
        await begin(talk, "")
    else:
        await draw(talk)


async def on_cancel(message: Message, talk: Talk) -> None:
    talk.dialogue.draft = None
    await talk.say(talk.t("wizard.cancelled"))
    await home.draw(talk)


async def on_cancel_pressed(query: CallbackQuery, talk: Talk) -> None:
    job = talk.dialogue.draft.job if talk.dialogue.draft else ""
    talk.dialogue.draft = None
    await talk.say(talk.t("wizard.cancelled"))
    await (jobs.open_job(talk, job) if job else home.draw(talk))


async def on_step(query: CallbackQuery, callback_data: Step, talk: Talk) -> None:
    """A press in the wizard; one that fits no drawing of today changes nothing."""
    draft = talk.dialogue.draft
    if draft is None:
        await talk.say(talk.t("problem.stale"), alert=True)
        await home.draw(talk)
        return
    if callback_data.act == "create" and callback_data.rev == draft.rev and draft.step == "confirm":
        await _create(talk, draft)
        return
    await _take(talk, draft, Press(callback_data.rev, callback_data.act, callback_data.arg))


async def on_text(talk: Talk, text: str) -> None:
    """A message while the wizard is shown."""
    draft = talk.dialogue.draft
    if draft is None:
        await begin(talk, text)
    else:
        await _take(talk, draft, Typed(text))


async def begin(talk: Talk, text: str) -> None:
    """Start a draft, filled from a sentence where there is one."""
    draft = Draft(rev=talk.dialogue.rev + 1)
    known = await _known(talk, draft)
    fresh = offered(draft, known)
    talk.dialogue.draft = fresh
    if text:
        await _take(talk, fresh, Typed(text))
    else:
        await draw(talk)


async def on_change(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    """Open the wizard on a job's wish."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    job = await jobs.still(talk, callback_data)
    if job is None:
        return
    wish = msgspec.json.decode(job["wish"], type=Wish, strict=False)
    draft = from_wish(wish, talk.dialogue.rev + 1, talk.now().astimezone(CITY_ZONE).date())
    draft = msgspec.structs.replace(draft, job=job["job_id"], sequence=job["last_sequence"])
    talk.dialogue.draft = offered(draft, await _known(talk, draft))
    await draw(talk)


async def draw(talk: Talk, problem: Problem | None = None, typed: str = "") -> None:
    """The wizard as it stands, with what was typed and why it was not taken; home where no wish was begun."""
    draft = talk.dialogue.draft
    if draft is None:
        await home.draw(talk)
        return
    talk.go("wizard")
    talk.dialogue.rev = max(talk.dialogue.rev, draft.rev)
    await talk.show(render(draft, await _known(talk, draft), talk.t, problem, typed))
    if talk.ask.waiting:
        talk.later(_complete(talk, draft.rev))


async def _complete(talk: Talk, rev: int) -> None:
    """The site's lists came after the drawing: draw once more, if the wizard still stands there."""
    await talk.ask.arrived()
    now = await talk.reloaded()
    draft = now.dialogue.draft
    if now.dialogue.screen != "wizard" or draft is None or draft.rev != rev:
        return
    known = await _known(now, draft)
    better = settled(draft, known)
    if better == draft:
        return
    if better.step != draft.step or better.options[: len(draft.options)] != draft.options:
        better = msgspec.structs.replace(better, rev=rev + 1)  # the old drawing's buttons would mean something else
    now.dialogue.draft = better
    now.dialogue.rev = max(now.dialogue.rev, better.rev)
    await now.show(render(better, known, now.t))


async def _take(talk: Talk, draft: Draft, said: Said) -> None:
    known = await _known(talk, draft)
    outcome = step(draft, said, known)
    if isinstance(said, Typed) and talk.private:
        await talk.swallow()  # the wizard shows it: the chat stays one message
    if isinstance(outcome, Problem):
        if outcome.key == "stale":
            await talk.say(talk.t("problem.stale"), alert=True)
            await draw(talk)
        else:
            await draw(talk, outcome, said.text if isinstance(said, Typed) else "")
        return
    if (outcome.city, outcome.step) != (draft.city, draft.step):  # other lists are needed there
        outcome = settled(outcome, await _known(talk, outcome))
    talk.dialogue.draft = outcome
    await draw(talk)


async def _create(talk: Talk, draft: Draft) -> None:
    asked = settled(draft, await _known(talk, draft))
    if asked.step != "confirm":  # the site's titles came late
        talk.dialogue.draft = msgspec.structs.replace(asked, rev=draft.rev + 1)
        await draw(talk)
        return
    try:
        if draft.job:
            done = await talk.ask.job(
                "change", talk.who.user, job=draft.job, wish=as_wish(draft), why=talk.t("wizard.why_changed")
            )
        else:
            await talk.dialogues.homes.announce(talk.who.user, talk.chat, talk.now())
            done = await talk.ask.job("create", talk.who.user, wish=as_wish(draft))
            await talk.dialogues.homes.settle(done["job"], talk.chat)
    except (Refused, NotFound) as refused:
        await _refused(talk, draft, refused)
        return
    talk.dialogue.draft = None
    await talk.say(talk.t("wizard.changed" if draft.job else "wizard.created"))
    if not draft.job and not talk.who.settings.get("city"):
        await talk.ask.about("settings", user=talk.who.user, settings={"city": draft.city})
    if draft.job and talk.private:
        await jobs.open_job(talk, done["job"])
    else:  # the new job's own card comes below
        await home.draw(talk)


async def _refused(talk: Talk, draft: Draft, refused: Refused | NotFound) -> None:
    """Say why, at the step that it is about; the draft stays."""
    field = refused.body.get("field", "") if isinstance(refused, Refused) else ""
    target = STEP_OF.get(field, "confirm")
    moved = msgspec.structs.replace(draft, step=target, part="", rev=draft.rev + 1)
    talk.dialogue.draft = offered(moved, await _known(talk, moved))
    await draw(talk, Problem("desk", {"why": told(refused, talk.t)}))


async def _known(talk: Talk, draft: Draft) -> Known:
    """What the wizard may use for this drawing."""
    now, home_city = talk.now(), talk.who.settings.get("city", "")
    city = draft.city or home_city
    films, cinemas, cities = await asyncio.gather(
        talk.ask.listed("films", city) if city else _nothing(),
        talk.ask.listed("cinemas", city) if city and draft.step != "film" else _nothing(),
        talk.ask.listed("cities"),
    )
    last = people = None
    offers: Any = {}
    if draft.film and city and draft.step in {"version", "seats"}:
        offers = await talk.ask.offers(draft.film, city)
    if draft.step == "film" and talk.private:  # in a group the last wish is nobody's business
        last = await talk.ask.jobs(talk.who.user, "all", 1)
    if draft.step == "confirm" and (draft.voters or not talk.private):  # a question stands where the wish was made
        people = await talk.ask.people()
    cards: list[Any] | None = None
    if draft.step == "confirm" and draft.payment == "cards" and talk.private:
        cards = await talk.ask.cards(talk.who.user)
    return Known(
        no_cards=cards == [],
        today=now.astimezone(CITY_ZONE).date(),
        now=now,
        group=not talk.private,
        cities=tuple(cities),
        films=tuple(msgspec.convert(films, type=list[Film])),
        cinemas=tuple(cinemas),
        offers=msgspec.convert(offers, type=Offers),
        favourites=talk.who.favourites,
        city=home_city,
        last=msgspec.json.decode(last[0]["wish"], type=Wish, strict=False) if last else None,
        people=tuple(
            (person.user, person.name or person.user)
            for person in people or ()
            if person.status == "approved" and person.user != talk.who.user
        ),
    )


async def _nothing() -> list[str]:
    return []


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_new, Command("new"))
    router.callback_query.register(on_new_pressed, Menu.filter(F.to == "new"))
    router.message.register(on_cancel, Command("cancel"))
    router.callback_query.register(on_cancel_pressed, Menu.filter(F.to == "cancel"))
    router.callback_query.register(on_step, Step.filter())
    router.callback_query.register(on_change, JobButton.filter(F.act == "change"))
