"""The rule book of people: who is served, and what they may change about themselves. Pure, as events.lifecycle is."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from typing import assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from events import user as u
from events.errors import BadInput
from events.lifecycle import Refusal
from events.spending import LIMITS, check_limit
from events.wish import parse_time_range

_Check = Callable[[str, str], None]


class Standing(enum.StrEnum):
    """How somebody stands with this usher."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    APPROVED = "approved"
    REMOVED = "removed"


class Person(msgspec.Struct, frozen=True):
    """All that a rule may ask about a person: their events, folded."""

    standing: Standing = Standing.UNKNOWN
    name: str = ""
    telegram: int | None = None
    chat: int | None = None
    cards: tuple[str, ...] = ()
    settings: dict[str, str] = {}


class Order(msgspec.Struct, frozen=True):
    """A request to change one person's record. Decided, never stored."""


class Pair(Order, frozen=True):
    """Somebody showed the pairing code: they are the owner."""

    name: str
    telegram: int
    chat: int


class Knock(Order, frozen=True):
    """Somebody wrote who is not known."""

    name: str
    telegram: int
    chat: int


class Approve(Order, frozen=True):
    by: str


class Remove(Order, frozen=True):
    by: str


class SetContact(Order, frozen=True):
    """Masked already."""

    email: str
    phone: str


class AddCard(Order, frozen=True):
    card_id: str
    last4: str
    label: str


class LabelCard(Order, frozen=True):
    card_id: str
    label: str


class RemoveCard(Order, frozen=True):
    card_id: str


class OrderCards(Order, frozen=True):
    cards: tuple[str, ...]


class ChangeSettings(Order, frozen=True):
    settings: dict[str, str]


class Forget(Order, frozen=True):
    pass


Command = (
    Pair | Knock | Approve | Remove | SetContact | AddCard | LabelCard | RemoveCard | OrderCards
    | ChangeSettings | Forget
)  # fmt: skip
Decision = list[u.UserEvent] | Refusal


def decide(command: Command, person: Person) -> Decision:
    """Say what a command makes happen, or why it must not. An empty list means: nothing new."""
    match command:
        case Pair(name=name, telegram=telegram, chat=chat):
            return _pair(u.Registered(name, telegram, chat), person)
        case Knock(name=name, telegram=telegram, chat=chat):
            new = person.standing is Standing.UNKNOWN
            return [u.Registered(name, telegram, chat)] if new else []
        case Approve(by=by):
            if person.standing is Standing.UNKNOWN:
                return Refusal("nobody of that name has asked", "let them write to the bot first", "unknown_person")
            return [] if person.standing is Standing.APPROVED else [u.Approved(by)]
        case Remove(by=by):
            if person.standing not in {Standing.WAITING, Standing.APPROVED}:
                return Refusal("they are not served", "see `/users`", "not_served")
            return [u.Removed(by)]
        case SetContact(email=email, phone=phone):
            return [u.ContactSet(email, phone)]
        case AddCard(card_id=card_id, last4=last4, label=label):
            return [u.CardAdded(card_id, last4, label)]
        case LabelCard(card_id=card_id, label=label):
            if card_id not in person.cards:
                return Refusal("there is no such card of yours", "look at the wallet again", "no_card")
            return [u.CardLabelled(card_id, label)]
        case RemoveCard(card_id=card_id):
            return [u.CardRemoved(card_id)]
        case OrderCards(cards=cards):
            if sorted(cards) != sorted(person.cards):
                return Refusal("these are not all your cards, each once", "look at the wallet again", "no_card")
            return [] if cards == person.cards else [u.CardsOrdered(cards)]
        case ChangeSettings(settings=settings):
            changed = {k: v for k, v in settings.items() if person.settings.get(k, "") != v}
            return [u.SettingsChanged(changed)] if changed else []
        case Forget():
            return [u.Forgotten()]
        case _:
            assert_never(command)


def _pair(asked: u.Registered, person: Person) -> Decision:
    if person.telegram is None or person.standing is not Standing.APPROVED:
        return [asked, u.Approved("pairing code")]
    if person.telegram == asked.telegram:
        return []
    return Refusal("this usher has an owner already", "ask the owner to let you in", "has_owner")


def evolve(person: Person, event: u.UserEvent) -> Person:
    """Fold one event. Total and without opinion: what has happened is never refused."""
    change = msgspec.structs.replace
    match event:
        case u.Registered(name=name, telegram=telegram, chat=chat):
            return change(person, standing=Standing.WAITING, name=name, telegram=telegram, chat=chat)
        case u.Approved():
            return change(person, standing=Standing.APPROVED)
        case u.Removed():
            return change(person, standing=Standing.REMOVED)
        case u.ContactSet() | u.CardLabelled():
            return person
        case u.CardAdded(card_id=card_id):
            return change(person, cards=(*(c for c in person.cards if c != card_id), card_id))
        case u.CardRemoved(card_id=card_id):
            return change(person, cards=tuple(c for c in person.cards if c != card_id))
        case u.CardsOrdered(cards=cards):
            return change(person, cards=cards)
        case u.SettingsChanged(settings=settings):
            return change(person, settings=person.settings | settings)
        case u.Forgotten():
            return Person()
        case _:
            assert_never(event)


LANGUAGES = ("en", "hi")
LEVELS = ("all", "outcomes")
THEMES = ("light", "dark")


def check_settings(settings: dict[str, str]) -> dict[str, str]:
    """Return settings as they will be kept, or raise BadInput naming the one that cannot be taken."""
    for name, text in settings.items():
        if name not in SETTINGS:
            raise BadInput(name, "there is no such setting", ", ".join(SETTINGS))
        SETTINGS[name](name, text)
    return settings


def _one_of(*allowed: str) -> _Check:
    def check(name: str, text: str) -> None:
        if text not in allowed:
            raise BadInput(name, f'"{text}" is not one of them', ", ".join(a or "nothing" for a in allowed))

    return check


def _short(name: str, text: str) -> None:
    if len(text) > 1000:
        raise BadInput(name, f"it has {len(text)} characters", "up to 1000")


def _quiet(name: str, text: str) -> None:
    if text:
        parse_time_range(text)


def _clock(name: str, text: str) -> None:
    if text and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise BadInput(name, f'"{text}" is no time of day', "HH:MM, or nothing", "09:00")


def _zone(name: str, text: str) -> None:
    try:
        ZoneInfo(text or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(name, f'"{text}" is no time zone', "a name of the IANA list", "Asia/Kolkata") from None


# Every setting of a person; an empty text means the default.
SETTINGS: dict[str, _Check] = {
    "lang": _one_of("", *LANGUAGES),
    "city": _short,
    "favourites": _short,  # cinemas, joined by "|"
    "quiet": _quiet,  # "22:00-08:00": nothing rings but what needs an answer
    "zone": _zone,
    "level": _one_of("", *LEVELS),
    "digest": _clock,
    **dict.fromkeys(LIMITS, check_limit),  # what usher may spend, in rupees
    "theme": _one_of("", *THEMES),  # of the pictures: nobody tells us the chat's own
}
