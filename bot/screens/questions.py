"""Answers to what a job asks: poor seats, another show, a code to pay, a page for a person, an unknown outcome.

The desk decides who may answer; here a press that is out of date or another's gets a clear word. The question itself
is redrawn by the messenger from the event that the answer becomes, so that it says the same whoever answered where.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from bot import words
from bot.answers import Card, read_card
from bot.asking import job_button, part_name
from bot.drawing import keyboard, sheet
from bot.keyboards import JobButton
from bot.refusals import told
from bot.requests import Refused
from bot.screens import home
from bot.talk import Talk
from bot.view import View
from bot.widening import taken, widened
from bot.words import Voice
from events.errors import NotFound
from events.wish import Wish

ASKED_BY = {
    "yes": "consent_requested",
    "no": "consent_requested",
    "other": "consent_requested",
    "take": "preferences_mismatched",
    "widen": "preferences_mismatched",
    "wait": "preferences_mismatched",
    "paid": "payment_requested",
    "passed": "challenge_met",
    "booked": "outcome_asked",
    "notbooked": "outcome_asked",
}
SURE, BACK, SKIP = "sure", "back", "skip"


async def on_answer(query: CallbackQuery, callback_data: JobButton, talk: Talk) -> None:
    """Give an answer to the desk, if the question still stands as it was drawn."""
    card = await _standing(talk, callback_data)
    if card is None:
        return
    if callback_data.act == "notbooked" and callback_data.arg != SURE:
        await _ask_twice(talk, card, callback_data.arg)
        return
    if callback_data.act == "booked" and callback_data.arg != SKIP and talk.private:
        await ask_number(talk, card)
        return
    order = order_of(card, callback_data, Voice(talk.t, talk.zone))
    if order is None:
        await talk.say(talk.t("question.stale"), alert=True)
        return
    what, body = order
    try:
        done = await talk.ask.job(what, talk.who.user, job=card.job_id, **body)
    except Refused as refused:
        await talk.say(told(refused, talk.t), alert=True)
        return
    await talk.say(_thanks(talk, callback_data.act, str(done.get("status", ""))))
    if callback_data.arg == SKIP and talk.on_home:
        await home.draw(talk)


async def _standing(talk: Talk, pressed: JobButton) -> Card | None:
    """The job, where its question is open as it was drawn and is this person's to answer; else say why not."""
    try:
        card = read_card(await talk.ask.asked(pressed.job, pressed.rev))
    except (NotFound, Refused):
        await talk.say(talk.t("question.stale"), alert=True)
        return None
    votes = pressed.act in {"yes", "no", "other"}
    if talk.who.user != card.user and not (votes and talk.who.user in card.wish.voters):
        await talk.say(talk.t("question.foreign"), alert=True)
        return None
    if card.sequence != pressed.rev or card.open_question != ASKED_BY[pressed.act]:
        await talk.say(talk.t("question.stale"), alert=True)
        return None
    return card


def order_of(card: Card, pressed: JobButton, voice: Voice) -> tuple[str, dict[str, Any]] | None:
    """The desk's request that this press means, and its body; None where the button names nothing (any more)."""
    match pressed.act:
        case "yes":
            return "consent", {"yes": True}
        case "no" | "other" as act:
            return "consent", {"yes": False, "other": act == "other"}
        case "take":
            place = int(pressed.arg) if pressed.arg.isascii() and pressed.arg.isdigit() and len(pressed.arg) < 3 else -1
            if not 0 <= place < len(card.on_sale):
                return None
            return _change(
                taken(card.wish, card.on_sale[place], card.missing), voice.texts("question.changed_by_offer")
            )
        case "widen":
            wish = widened(card.wish, pressed.arg)
            why = voice.texts("question.changed_by_widening", part=part_name(pressed.arg, voice))
            return _change(wish, why) if wish is not None else None
        case "wait":
            return "keep_waiting", {}
        case "paid":
            return "paid", {}
        case "passed":
            return "challenge_passed", {}
        case "booked" | "notbooked" as act:
            return "settle", {"yes": act == "booked"}
    return None


def _change(wish: Wish, why: str) -> tuple[str, dict[str, Any]]:
    return "change", {"wish": msgspec.to_builtins(wish), "why": why}


async def _ask_twice(talk: Talk, card: Card, arg: str) -> None:
    """ "It was not booked" lets a second payment happen: it takes two presses."""
    if talk.press is None or talk.press.message is None:
        return
    t = talk.t
    if arg == BACK:
        first, second = job_button(card, "booked", t("question.booked")), t("question.notbooked")
        rows = [[first], [job_button(card, "notbooked", second)]]
    else:
        await talk.say(t("question.sure_notbooked"), alert=True)
        back, sure = t("question.keep_looking"), t("question.notbooked_sure")
        rows = [[job_button(card, "notbooked", back, BACK)], [job_button(card, "notbooked", sure, SURE)]]
    await talk.api.edit_message_reply_markup(
        chat_id=talk.chat,
        message_id=talk.press.message.message_id,
        reply_markup=InlineKeyboardMarkup(inline_keyboard=rows),
    )


async def ask_number(talk: Talk, card: Card, wrong: str = "") -> None:
    """The site's number belongs on the ticket; who does not have it at hand goes on without."""
    t = talk.t
    talk.go("number", card.job_id, awaiting="number")
    problem = Text("⚠️ ", words.short(wrong, 300)) if wrong else ""
    skip = [job_button(card, "booked", t("question.no_number"), SKIP)]
    await talk.show(View(sheet(t("question.number"), t("question.number_how"), problem), keyboard(skip), loud=False))


async def on_number(talk: Talk, text: str) -> None:
    """The typed number of a booking that the person told us of."""
    job_id = talk.dialogue.arg
    try:
        await talk.ask.job("settle", talk.who.user, job=job_id, yes=True, number=text.strip()[:80])
    except Refused as refused:
        card = read_card(await talk.ask.card(job_id))
        if refused.body.get("field") == "number" and card.open_question == "outcome_asked":
            await ask_number(talk, card, told(refused, talk.t))
            return
        await talk.say(told(refused, talk.t))
    else:
        await talk.say(talk.t("question.told"))
    await home.draw(talk)


def _thanks(talk: Talk, act: str, status: str) -> str:
    """What the presser reads at once; the question and the card follow."""
    if act in {"yes", "no", "other"} and status == "AWAITING_CONSENT":
        return talk.t("question.voted")
    key = {
        "take": "looking_now",
        "widen": "looking_now",
        "wait": "waiting",
        "paid": "paid_heard",
        "booked": "told",
        "notbooked": "told",
    }.get(act, "heard")
    return talk.t(f"question.{key}")


def add_to(router: Router) -> None:
    """Which presses come here."""
    router.callback_query.register(on_answer, JobButton.filter(F.act.in_(set(ASKED_BY))))
