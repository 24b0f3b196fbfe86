"""Questions that a person must answer: each is a message of its own that rings, with all that is needed to decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Italic, Text, as_list

from bot.answers import Card, Person
from bot.keyboards import SHORT, JobButton
from bot.reasons import CHALLENGES, challenge_words, sentence
from bot.view import View
from bot.words import Voice, days, foreign, money, seat_list, spans
from events.wish import Show, Wish

PARTS = ("film", "city", "cinema", "date", "time", "language", "format", "screen", "class", "price", "seats")
WIDENED = ("cinema", "date", "time", "language", "format", "screen", "class", "price")
MOST_OFFERS = 4
SCORES = (0.2, 0.4, 0.6, 0.8)


def job_button(card: Card, act: str, label: str, arg: str = "") -> InlineKeyboardButton:
    """A button about this job as it stands at the card's sequence."""
    data = JobButton(job=card.job_id[-SHORT:], rev=card.sequence, act=act, arg=arg).pack()
    return InlineKeyboardButton(text=label, callback_data=data)


def answers(card: Card, voice: Voice) -> list[list[InlineKeyboardButton]]:
    """The rows of buttons that answer what is open; [] where nothing is."""
    say = voice.texts

    def press(act: str, arg: str = "") -> InlineKeyboardButton:
        return job_button(card, act, say(f"question.{act}"), arg)

    match card.open_question:
        case "consent_requested":
            return [[press("yes"), press("no")], [press("other")]]
        case "preferences_mismatched":
            return _mismatch_answers(card, voice)
        case "payment_requested":
            return [[press("paid")]]
        case "outcome_asked":
            return [[press("booked")], [press("notbooked")]]
        case "challenge_met":
            return [[press("passed")]]
    return []


def _mismatch_answers(card: Card, voice: Voice) -> list[list[InlineKeyboardButton]]:
    say = voice.texts
    rows = [
        [job_button(card, "take", say("question.take", what=_offer_label(show, voice)), str(n))]
        for n, show in enumerate(card.on_sale[:MOST_OFFERS])
    ]
    parts = [part for part in card.missing if part in WIDENED][:4]
    wider = [job_button(card, "widen", say("question.widen", part=part_name(p, voice)), p) for p in parts]
    rows += [wider[n : n + 2] for n in range(0, len(wider), 2)]
    return [*rows, [job_button(card, "wait", say("question.wait"))]]


def _offer_label(show: Show, voice: Voice) -> str:
    """Short enough for a button: when, then where."""
    return foreign(f"{voice.show_time(show.starts)} {show.cinema}", 40)


def show_line(show: Show, voice: Voice) -> str:
    """One show: cinema, start, what is shown and the price range."""
    prices = sorted({c.price for c in show.classes if c.online})
    cost = "" if not prices else money(prices[0]) + (f"–{money(prices[-1])}" if len(prices) > 1 else "")
    what = " ".join(foreign(x, 16) for x in (show.language, show.format) if x)
    return " · ".join(x for x in (foreign(show.cinema, 40), voice.show_time(show.starts), what, cost) if x)


def part_name(part: str, voice: Voice) -> str:
    """A part of the wish in the reader's words."""
    return voice.texts(f"question.part_{part}") if part in PARTS else foreign(part, 20)


def _keyboard(card: Card, voice: Voice, cancel: bool = False) -> InlineKeyboardMarkup:
    rows = answers(card, voice)
    if cancel:
        rows = [*rows, [job_button(card, "cancel", voice.texts("question.cancel"))]]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def question_view(
    card: Card, person: Person, now: datetime, picture: bytes | None = None, names: Mapping[str, str] | None = None
) -> View | None:
    """The question that is open, or None. `picture`: the seats, the code or the page (PNG); `names`: user → name."""
    voice = person.voice
    match card.open_question:
        case "consent_requested":
            return View(_consent(card, voice, now, names or {}), _keyboard(card, voice), picture)
        case "preferences_mismatched":
            return View(_mismatch(card, voice), _keyboard(card, voice))
        case "payment_requested":
            return View(_payment(card, voice, now), _keyboard(card, voice, cancel=True), picture)
        case "outcome_asked":
            return View(_uncertain(card, voice), _keyboard(card, voice), picture)
        case "challenge_met":
            return View(_challenge(card, voice), _keyboard(card, voice, cancel=True), picture)
    return None


def deadline_of(card: Card) -> datetime | None:
    """Until when the open question can be answered, where a clock runs."""
    if card.status == "AWAITING_CONSENT" and card.consent is not None:
        return card.consent.deadline
    return card.qr.deadline if card.status == "AWAITING_PAYMENT" and card.qr is not None else None


def _title(icon: str, words: str, card: Card) -> list[Text | str]:
    return [Text(icon, " ", Bold(words)), Bold(foreign(card.wish.film))]


def _until(card: Card, voice: Voice, now: datetime) -> list[Text | str]:
    until = deadline_of(card)
    if until is None:
        return []
    key = "pay_until" if card.status == "AWAITING_PAYMENT" else "until"
    return [Bold(voice.texts(f"question.{key}", at=voice.clock(until), left=voice.left(until, now)))]


def score_words(score: float, voice: Voice) -> str:
    """How good seats are, in words."""
    return voice.texts(f"question.score_{sum(score >= bound for bound in SCORES)}")


def _show_of(card: Card) -> Show | None:
    """The show that is asked about."""
    asked = card.consent.show if card.consent else card.show
    return next((show for show in card.shows if show.show_id == asked), None)


def _consent(card: Card, voice: Voice, now: datetime, known: Mapping[str, str]) -> Text:
    say, consent, show = voice.texts, card.consent, _show_of(card)
    assert consent is not None
    plan = consent.plan
    lines = _title("🪑", say("question.consent"), card)
    if show is not None:
        lines.append(f"{foreign(show.cinema, 60)} · {voice.show_time(show.starts)}")
    words, seats = score_words(plan.score, voice), foreign(seat_list(plan.seats), 60)
    lines.append(say("question.consent_seats", seats=seats, words=words, score=round(plan.score * 100)))
    if plan.note:
        lines.append(sentence(plan.note, voice))
    lines.append(say("question.consent_price", price=money(plan.price), n=len(plan.seats)))
    need = wished_votes(card.wish)
    if need > 1:
        yes = [foreign(known.get(user, user), 24) for user, said in consent.votes.items() if said]
        lines.append(say("question.votes", names=", ".join(yes[:8]) or "–", have=len(yes), need=need))
    return as_list(*lines, *_until(card, voice, now), Italic(say("question.consent_else")))


def wished_votes(wish: Wish) -> int:
    """How many people must say yes to poor seats."""
    return min(max(1, wish.votes), 1 + len(set(wish.voters)))


def _mismatch(card: Card, voice: Voice) -> Text:
    say, wish = voice.texts, card.wish
    parts = ", ".join(part_name(part, voice) for part in card.missing[:8])
    wished = [*(foreign(c, 40) for c in wish.cinemas[:3]), days(wish.dates[:4], say), spans(wish.times[:3], say)]
    wished += [foreign(x, 20) for x in (*wish.languages, *wish.formats)[:4]]
    lines = _title("🎬", say("question.mismatch"), card)
    if parts:
        lines.append(say("question.missing", parts=parts))
    if any(wished):
        lines.append(say("question.wished", what=" · ".join(filter(None, wished))))
    if card.on_sale:
        lines.append(say("question.instead"))
    for n, show in enumerate(card.on_sale[:MOST_OFFERS], 1):
        lines.append(f"{n}. {show_line(show, voice)}")
    return as_list(*lines, Italic(say("question.mismatch_else")))


def _payment(card: Card, voice: Voice, now: datetime) -> Text:
    say, qr = voice.texts, card.qr
    assert qr is not None
    lines = _title("💳", say("question.qr"), card)
    lines.append(Bold(money(qr.amount, card.currency or "INR")))
    lines.append(say("question.qr_how", seats=foreign(seat_list(card.seat_labels), 60)))
    return as_list(*lines, *_until(card, voice, now))


def _challenge(card: Card, voice: Voice) -> Text:
    say, met = voice.texts, card.challenge
    assert met is not None
    known = met.kind if met.kind in CHALLENGES else "other"
    lines = _title("🧩", say("question.challenge"), card)
    kind, where = challenge_words(met.kind, voice), sentence(met.where, voice, 80)
    lines.append(say("question.challenge_where", kind=kind, where=where))
    return as_list(*lines, Bold(say(f"question.challenge_{known}")))


def _uncertain(card: Card, voice: Voice) -> Text:
    say = voice.texts
    amount = money(card.amount or 0, card.currency or "INR")
    lines = _title("⚠️", say("question.uncertain"), card)
    lines.append(say("question.uncertain_what", amount=amount, seats=foreign(seat_list(card.seat_labels), 60)))
    return as_list(*lines, say("question.uncertain_ask"))
