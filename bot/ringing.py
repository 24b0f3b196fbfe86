"""The messages that an event sends beside the card: a question, a ticket with what belongs to it, an ending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiogram.types import MessageEntity
from aiogram.utils.formatting import Bold, Text, as_list

from bot.answers import Card, Person
from bot.asking import question_view
from bot.endings import File, calendar_file, ending_view, seats_picture, ticket_view
from bot.view import View
from bot.words import Voice, foreign
from events.wish import SeatMap

ASKED = {
    "consent_requested": "consent",
    "preferences_mismatched": "mismatch",
    "payment_requested": "qr",
    "challenge_met": "challenge",
    "outcome_asked": "uncertain",
}
ENDS = {
    "booked": "SUCCESS",
    "rehearsed": "REHEARSED",
    "failed": "FAILED",
    "expired": "EXPIRED",
    "booking_failed": "PAUSED",
    "paused": "PAUSED",
}
DECIDED = {
    "consent_given": "yes",
    "consent_declined": "no",
    "watch_resumed": "wait",
    "challenge_passed": "passed",
    "preferences_changed": "changed",
    "outcome_told": "notbooked",
}
SAID = {"booked": "card.success", "cancelled": "card.cancelled", "cancel_requested": "question.cancelling"}


@dataclass(frozen=True)
class Around:
    """What the drawing needs beside card and person. `picture`: the code or the page as PNG; `names`: user → name."""

    now: datetime
    seat_map: SeatMap | None = None
    picture: bytes | None = None
    timeline: Sequence[dict[str, Any]] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parcel:
    """One message to send: a view or a file. `asks`: it stays open until it is answered."""

    view: View | None = None
    file: File | None = None
    asks: bool = False


def parcels(name: str, card: Card, person: Person, around: Around) -> list[Parcel]:
    """What an event of that name sends, in order; [] where the job has moved on and nothing is left to say."""
    if name in ASKED:
        if card.open_question != name:
            return [Parcel(_too_late(name, card, person.voice))]
        view = question_view(card, person, around.now, question_picture(card, person, around), around.names)
        return [Parcel(view, asks=True)] if view else []
    if ENDS.get(name) != card.status:
        return []
    if name == "booked":
        return _ticket(card, person, around)
    return [Parcel(ending_view(card, person, missed_reasons(around.timeline), failed=name == "booking_failed"))]


def question_picture(card: Card, person: Person, around: Around) -> bytes | None:
    """The picture of the open question: the hall drawn where its seats are known, else what was photographed."""
    if card.consent is not None and around.seat_map is not None:
        return seats_picture(around.seat_map, card, card.consent.plan.seats, person)
    return around.picture


def _too_late(name: str, card: Card, voice: Voice) -> View:
    what = voice.texts(f"question.{ASKED[name]}")
    return View(Text(voice.texts("ring.missed_question", film=foreign(card.wish.film), what=what)), loud=False)


def _ticket(card: Card, person: Person, around: Around) -> list[Parcel]:
    found = [Parcel(ticket_view(card, person))]
    calendar = calendar_file(card, person)
    if calendar is not None:
        found.append(Parcel(file=calendar))
    if around.seat_map is not None:
        picture = seats_picture(around.seat_map, card, card.seat_labels, person)
        found.append(Parcel(View(Text(person.voice.texts("ring.your_seats")), picture=picture, loud=False)))
    return found


def missed_reasons(timeline: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """Why sales came and went without a booking: the reasons of a job's rejected shows and failed attempts, each once,
    the newest first; questions that nobody answered among them."""
    found: list[str] = []
    for row in timeline:
        body = row["body"]
        match row["type"]:
            case "show_rejected" | "booking_failed":
                found.append(str(body["reason"]))
            case "consent_expired":
                found.append("unanswered")
            case "consent_declined":
                found.append("declined")
    return tuple(dict.fromkeys(reversed(found)))


def decision_of(timeline: Iterable[dict[str, Any]], asked: int) -> dict[str, Any] | None:
    """The event that answered the question of sequence `asked`, or None where none did: it lapsed.
    What became of a payment that was given up tells more than that it was."""
    after = [row for row in timeline if row["sequence"] > asked and row["type"] in DECIDED.keys() | SAID.keys()]
    given_up = [row for row in after if row["type"] == "cancel_requested"]
    return next((row for row in after if row not in given_up), None) or next(iter(given_up), None)


def decision_line(asked: str, decided: dict[str, Any] | None, who: str, voice: Voice) -> str:
    """What became of the question that event `asked`, in one line: who decided what and when, or that it is over."""
    if decided is not None and decided["type"] == "cancel_requested":
        return voice.texts("question.cancelling")
    if asked == "payment_requested" and (decided is None or decided["type"] != "booked"):
        return voice.texts("question.qr_over")
    if decided is None:
        return voice.texts("question.lapsed")
    name, body = decided["type"], decided["body"]
    if name in SAID:
        return voice.texts(SAID[name])
    done = "other" if body.get("other") else "booked" if body.get("booked") else DECIDED[name]
    values = {"what": foreign(body["why"], 80)} if done == "changed" else {}
    at = voice.clock(datetime.fromisoformat(decided["time"]))
    return voice.texts(f"question.done_{done}", who=foreign(who, 40), at=at, **values)


def closed(text: str, entities: Sequence[dict[str, Any]], line: str) -> View:
    """A question as it was sent, with its outcome below and without its buttons."""
    asked = Text.from_entities(text, [MessageEntity.model_validate(entity) for entity in entities])
    return View(as_list(asked, "", Bold(f"☑ {line}")))
