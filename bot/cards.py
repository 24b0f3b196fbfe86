"""The live card of a job: state in words and drawn, what was seen last, what comes next, and the buttons that fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Code, Text, as_list

from bot.answers import Card, Person
from bot.asking import answers, job_button, show_line
from bot.keyboards import Menu
from bot.reasons import challenge_words, reason_words
from bot.view import View
from bot.words import Voice, days, foreign, money, seat_list, spans
from events.wish import Wish

ICONS = {
    "PENDING": "🕒",
    "WATCHING": "👀",
    "BOOKING": "⚡",
    "AWAITING_INPUT": "❓",
    "AWAITING_CONSENT": "❓",
    "AWAITING_PAYMENT": "💳",
    "PAUSED": "⏸",
    "UNCERTAIN": "⚠️",
    "SUCCESS": "🎟",
    "FAILED": "❌",
    "CANCELLED": "🚫",
    "EXPIRED": "⌛",
    "REHEARSED": "🎭",
}
STEPS: dict[str, tuple[int, str]] = {  # how much of the drawn progress is filled, and its word
    "PENDING": (0, "watch"),
    "WATCHING": (1, "watch"),
    "AWAITING_INPUT": (2, "found"),
    "BOOKING": (3, "seats"),
    "AWAITING_CONSENT": (3, "seats"),
    "AWAITING_PAYMENT": (4, "pay"),
    "UNCERTAIN": (4, "pay"),
}
ENDED = frozenset({"FAILED", "CANCELLED", "EXPIRED", "REHEARSED"})
LOOKED = frozenset({None, "available", "unavailable"})  # results of looks at which the site let us look
HERE = "here"  # the argument of a button that draws the card itself anew
MOST_SHOWS, MOST_GONE, MOST_CINEMAS = 4, 3, 3


def card_view(card: Card, person: Person, now: datetime) -> View:
    """The card as it is now. It never rings; its buttons carry the card's sequence."""
    voice = person.voice
    if card.status == "SUCCESS":
        lines = [*head(card, voice), *ticket_lines(card, voice)]
    else:
        lines = [*head(card, voice), *_progress(card, voice, now), *wish_lines(card.wish, voice), ""]
        lines += [*_seen(card, voice, now), *_booking(card, voice, now), *_next(card, voice, now)]
    while lines and lines[-1] == "":
        lines.pop()
    return View(as_list(*lines), keyboard_of(card, voice), loud=False)


def head(card: Card, voice: Voice) -> list[Text | str]:
    """State and film: what a list of chats shows of the message."""
    state = voice.texts("card.cancelling" if card.cancelling else f"card.{card.status.lower()}")
    return [Text(ICONS.get(card.status, "•"), " ", Bold(state), " · ", Bold(foreign(card.wish.film)))]


def _held(card: Card, now: datetime) -> bool:
    return bool(card.seats and card.amount and card.hold_ends is not None and card.hold_ends > now)


def _progress(card: Card, voice: Voice, now: datetime) -> list[Text | str]:
    if card.status not in STEPS:
        return []
    filled, word = STEPS["AWAITING_PAYMENT"] if _held(card, now) and card.status == "BOOKING" else STEPS[card.status]
    return [f"{'▰' * filled}{'▱' * (5 - filled)} {voice.texts(f'card.step_{word}')}"]


def wish_lines(wish: Wish, voice: Voice) -> list[Text | str]:
    """The wish in at most three lines."""
    say = voice.texts
    cinemas = " › ".join(foreign(c, 40) for c in wish.cinemas[:MOST_CINEMAS]) or say("card.any_cinema")
    if len(wish.cinemas) > MOST_CINEMAS:
        cinemas += " …"
    when = " · ".join(filter(None, (days(wish.dates, say) or say("card.any_date"), spans(wish.times, say))))
    return [f"{foreign(wish.city, 40)} · {cinemas}", when, _seat_line(wish, voice)]


def _seat_line(wish: Wish, voice: Voice) -> str:
    say, seats = voice.texts, wish.seats
    plain = say("card.seat_any") if seats.count == 1 else say("card.seats_any", n=seats.count)
    parts = [
        " / ".join(foreign(x, 24) for x in wish.languages[:3]),
        " / ".join(foreign(x, 16) for x in (*wish.formats, *wish.screens)[:3]),
        say("card.seats_wished", n=seats.count, category=foreign(seats.category, 24)) if seats.category else plain,
        say("card.cap", amount=money(wish.cap.amount, wish.cap.currency)) if wish.cap else "",
        say("card.rehearsal") if wish.dry_run else "",
    ]
    return " · ".join(part for part in parts if part)


def _seen(card: Card, voice: Voice, now: datetime) -> list[Text | str]:
    say = voice.texts
    if card.status == "PENDING" and card.watch_from is not None:
        return [say("card.starts_at", at=voice.near(card.watch_from, now))]
    if card.status not in {"PENDING", "WATCHING", "AWAITING_INPUT", "PAUSED"}:
        return []
    lines: list[Text | str] = []
    if card.last_look_at is None:
        lines.append(say("card.no_look"))
    else:
        lines.append(say("card.last_look", at=voice.near(card.last_look_at, now), result=_result(card, voice)))
    if card.next_look_at is not None and card.status == "WATCHING":
        lines.append(say("card.next_look", at=voice.near(max(card.next_look_at, now), now)))
    if card.watch_until is not None and card.status == "WATCHING":
        lines.append(say("card.until", at=voice.near(card.watch_until, now)))
    return lines


def _result(card: Card, voice: Voice) -> str:
    say, seen = voice.texts, card.shows_seen or 0
    if refused := no_look(card.look_result, voice):
        return refused
    if seen == 0:
        return say("card.seen_none")
    return say.counted("card.seen_some", seen, n=seen)


def no_look(result: str | None, voice: Voice) -> str:
    """Why a look saw nothing, by its result; empty where the site let us look."""
    if result in LOOKED:
        return ""
    return voice.texts(f"card.{result if result in {'unreadable', 'down', 'challenge'} else 'blocked'}")


def look_line(look: Mapping[str, Any], voice: Voice, at: str) -> str:
    """The last look, at that time: what it saw, or why it saw nothing. `look` holds the group's figures."""
    say, shows = voice.texts, look.get("shows_seen") or 0
    if not look.get("last_look_at"):
        return say("jobs.not_looked")
    if refused := no_look(look.get("look_result"), voice):
        return say("card.last_look", at=at, result=refused)
    return say.counted("jobs.looked", shows, at=at, shows=shows)


def _booking(card: Card, voice: Voice, now: datetime) -> list[Text | str]:
    """Shows found, the hold, and the shows that could not be had."""
    say = voice.texts
    lines: list[Text | str] = []
    if card.shows and card.status in {"BOOKING", "AWAITING_CONSENT", "AWAITING_PAYMENT", "UNCERTAIN"}:
        lines += [Bold(say("card.found")), *(f"• {show_line(s, voice)}" for s in card.shows[:MOST_SHOWS])]
        if len(card.shows) > MOST_SHOWS:
            lines.append(say("card.more", n=len(card.shows) - MOST_SHOWS))
    if _held(card, now) and card.hold_ends and card.amount and card.status in {"BOOKING", "AWAITING_PAYMENT"}:
        cost, until = money(card.amount, card.currency or "INR"), voice.clock(card.hold_ends)
        lines.append(say("card.held", seats=foreign(seat_list(card.seat_labels), 60), amount=cost, at=until))
    if card.rejected and card.status not in ENDED:
        gone = [f"{_name_of(r.show, card, voice)}: {reason_words(r.reason, voice)}" for r in card.rejected[-MOST_GONE:]]
        lines.append(say("card.gone", what="; ".join(gone)))
    return lines


def _name_of(show_id: str, card: Card, voice: Voice) -> str:
    show = next((s for s in card.shows if s.show_id == show_id), None)
    return f"{foreign(show.cinema, 30)} {voice.show_time(show.starts)}" if show else foreign(show_id, 30)


def _next(card: Card, voice: Voice, now: datetime) -> list[Text | str]:
    say = voice.texts
    match card.status:
        case "AWAITING_CONSENT":
            return [Bold(say("card.next_consent"))]
        case "AWAITING_INPUT":
            return [Bold(say("card.next_input"))]
        case "AWAITING_PAYMENT" if card.qr is not None:
            return [Bold(say("card.next_payment", at=voice.clock(card.qr.deadline)))]
        case "UNCERTAIN":
            return [Bold(say(_doubt(card)))]
        case "PAUSED" if card.challenge is not None:
            kind = challenge_words(card.challenge.kind, voice)
            return [Bold(say("card.next_challenge", kind=kind, button=say("question.passed")))]
        case "PAUSED":
            return [*_why(card, voice), say("card.next_paused")]
        case "FAILED" | "EXPIRED" | "CANCELLED" | "REHEARSED":
            return _why(card, voice)
    return []


def _doubt(card: Card) -> str:
    """The text about a payment of which nobody knows (yet) what came."""
    if card.question is not None:
        return "question.uncertain"
    if card.cancelling:
        return "card.next_cancelling"
    return "card.next_lapsed" if card.by_code else "card.next_uncertain"


def _why(card: Card, voice: Voice) -> list[Text | str]:
    return [f"{voice.texts('card.why')}: {reason_words(card.reason, voice)}"] if card.reason else []


def ticket_lines(card: Card, voice: Voice) -> list[Text | str]:
    """What a booked job's card and its ticket say."""
    say = voice.texts
    show = card.booked_show
    cinema = foreign(card.cinema or (show.cinema if show else ""))
    lines: list[Text | str] = [cinema] if cinema else []
    if card.starts is not None:
        lines.append(Bold(voice.show_time(card.starts)))
    if show is not None and (
        what := " · ".join(foreign(x, 24) for x in (show.language, show.format, show.screen) if x)
    ):
        lines.append(what)
    lines.append(Text(say("card.seats"), ": ", Bold(foreign(seat_list(card.seat_labels), 80))))
    lines.append(Text(say("card.number"), ": ", Code(foreign(card.confirmation or "", 60))))
    if card.amount is not None:
        paid = f"{say('card.paid')}: {money(card.amount, card.currency or 'INR')}"
        if card.paid_with:
            cards = ", ".join(f"•••• {foreign(charge.last4, 8)}" for charge in card.paid_with[:4])
            paid += f", {say('card.paid_with', cards=cards)}"
        lines.append(paid)
    return lines


def map_url(card: Card) -> str:
    """The cinema on a map: a search, since a listing holds no coordinates."""
    where = ", ".join(part for part in (card.cinema or "", card.wish.city) if part)
    return f"https://www.google.com/maps/search/?api=1&query={quote(where[:160], safe='')}"


def ticket_buttons(card: Card, voice: Voice) -> list[InlineKeyboardButton]:
    """Copy the number; the cinema on a map."""
    number = (card.confirmation or "")[:256]
    copy = InlineKeyboardButton(text=voice.texts("card.copy"), copy_text=CopyTextButton(text=number or "-"))
    return [copy, InlineKeyboardButton(text=voice.texts("card.map"), url=map_url(card))]


def keyboard_of(card: Card, voice: Voice) -> InlineKeyboardMarkup:
    """The buttons that fit the state, the destructive one last."""

    def row(*acts: str) -> list[InlineKeyboardButton]:
        names = {"why": "ask_why"}
        return [job_button(card, act, voice.texts(f"card.{names.get(act, act)}")) for act in acts]

    refresh = job_button(card, "refresh", voice.texts("card.refresh"), HERE)
    again = InlineKeyboardButton(text=voice.texts("card.again"), callback_data=Menu(to="new").pack())
    rows: Iterable[list[InlineKeyboardButton]]
    match card.status:
        case "SUCCESS":
            rows = [ticket_buttons(card, voice), row("timeline", "pictures")]
        case "FAILED" | "EXPIRED" | "CANCELLED" | "REHEARSED":
            rows = [row("why", "timeline"), [again]]
        case "PAUSED" if card.challenge is None:
            rows = [row("resume", "change"), row("why", "timeline"), row("cancel")]
        case "PENDING" | "WATCHING":
            rows = [row("why", "timeline"), row("change", "pause"), [*row("cancel"), refresh]]
        case "UNCERTAIN":
            given_up = row("cancel") if card.by_code and not card.cancelling else []
            rows = [*answers(card, voice), [*row("timeline"), refresh], given_up]
        case "BOOKING":
            rows = [[*row("timeline"), refresh], row("cancel")]
        case _:
            rows = [
                *answers(card, voice),
                row("change", "cancel") if card.status == "AWAITING_INPUT" else row("cancel"),
            ]
    return InlineKeyboardMarkup(inline_keyboard=[r for r in rows if r])
