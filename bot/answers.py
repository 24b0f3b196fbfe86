"""What the read models answer, as values: a job's card and a person. Fields that are not known here are passed over."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import msgspec

from bot.texts import Texts
from bot.words import Voice, zone_of
from events.wish import SeatPlan, Show, Wish


class Consent(msgspec.Struct, frozen=True):
    """An open question about poor seats. `votes`: user → yes or no; `artifact`, `map` name the page and the hall."""

    plan: SeatPlan
    deadline: datetime
    show: str = ""
    artifact: str | None = None
    map: str | None = None
    votes: dict[str, bool] = {}


class Qr(msgspec.Struct, frozen=True):
    """A payment by QR that is waited for; `amount` in paise."""

    artifact: str | None
    amount: int
    deadline: datetime


class Challenged(msgspec.Struct, frozen=True):
    """A page that only a person can pass: captcha, otp, login or queue."""

    kind: str
    where: str
    artifact: str | None = None


class Question(msgspec.Struct, frozen=True):
    """The order history stays unreadable: was it booked?"""

    why: str = ""
    artifact: str | None = None


class Rejected(msgspec.Struct, frozen=True):
    """A show that could not be booked."""

    show: str
    reason: str
    detail: str = ""


class Charge(msgspec.Struct, frozen=True):
    """What one gift card paid, in paise."""

    last4: str
    amount: int


class Card(msgspec.Struct, frozen=True):
    """The answer of `usher.query.card`: the job as its card shows it, as of `sequence`."""

    job_id: str
    user: str
    status: str
    wish: Wish
    sequence: int
    attempt: int = 0
    show: str | None = None
    cinema: str | None = None
    starts: datetime | None = None
    seats: str | None = None
    score: float | None = None
    amount: int | None = None
    currency: str | None = "INR"
    hold_ends: datetime | None = None
    confirmation: str | None = None
    artifact: str | None = None
    reason: str | None = None
    watch_from: datetime | None = None
    watch_until: datetime | None = None
    updated_at: datetime | None = None
    shows: tuple[Show, ...] = ()
    on_sale: tuple[Show, ...] = ()
    missing: tuple[str, ...] = ()
    plan: SeatPlan | None = None
    consent: Consent | None = None
    qr: Qr | None = None
    challenge: Challenged | None = None
    question: Question | None = None
    by_code: bool = False  # this attempt showed a code to pay
    cancelling: bool = False  # the code was given up, and may have been paid all the same
    map: str | None = None
    rejected: tuple[Rejected, ...] = ()
    paid_with: tuple[Charge, ...] = ()
    last_look_at: datetime | None = None
    next_look_at: datetime | None = None
    look_result: str | None = None
    shows_seen: int | None = 0

    @property
    def open_question(self) -> str:
        """The name of the event that asks the person something now, or an empty text."""
        standing = {
            "AWAITING_CONSENT": ("consent_requested", self.consent),
            "AWAITING_INPUT": ("preferences_mismatched", self.missing or self.on_sale),
            "AWAITING_PAYMENT": ("payment_requested", self.qr),
            "UNCERTAIN": ("outcome_asked", self.question),
            "PAUSED": ("challenge_met", self.challenge),
        }
        name, body = standing.get(self.status, ("", None))
        return name if body else ""

    @property
    def booked_show(self) -> Show | None:
        """The show that is held or booked, where the last listing had it."""
        return next((s for s in self.shows if s.show_id == self.show), None)

    @property
    def seat_labels(self) -> tuple[str, ...]:
        """The held or booked seats."""
        return tuple(part.strip() for part in (self.seats or "").split(",") if part.strip())


class Person(msgspec.Struct, frozen=True):
    """A row of `usher.query.person`. Without a chat `telegram` and `chat` are 0; e-mail and phone are masked."""

    user: str
    name: str = ""
    telegram: int = 0
    chat: int = 0
    status: str = ""
    owner: bool = False
    email: str = ""
    phone: str = ""
    settings: dict[str, str] = {}

    @property
    def favourites(self) -> tuple[str, ...]:
        """Favourite cinemas in their order."""
        return tuple(name for name in self.settings.get("favourites", "").split("|") if name)

    @property
    def voice(self) -> Voice:
        """How this person is spoken to."""
        return Voice(Texts(self.settings.get("lang", "en")), zone_of(self.settings.get("zone", "")))

    @property
    def theme(self) -> str:
        """The theme of pictures."""
        return "dark" if self.settings.get("theme") == "dark" else "light"

    @property
    def hears_progress(self) -> bool:
        """Whether messages may come that neither ask nor end anything."""
        return self.settings.get("level", "all") != "outcomes"

    def quiet(self, now: datetime) -> bool:
        """Whether it is now in the person's quiet hours; a range that cannot be read is none."""
        try:
            start, until = (time.fromisoformat(part) for part in self.settings.get("quiet", "").split("-"))
        except ValueError:
            return False
        at = now.astimezone(self.voice.zone).time()
        return start <= at < until if start <= until else at >= start or at < until


def read_card(answer: dict[str, Any]) -> Card:
    """The card from the query's answer. Raises msgspec.ValidationError."""
    wish = answer["wish"]
    if isinstance(wish, str):
        answer = answer | {"wish": msgspec.json.decode(wish)}
    kept = {name: value for name, value in answer.items() if value is not None or name == "wish"}
    return msgspec.convert(kept, Card, strict=False)


def read_person(row: dict[str, Any]) -> Person:
    """The person from their row; `settings` may be JSON text. Raises msgspec.ValidationError."""
    settings = row.get("settings") or {}
    if isinstance(settings, str):
        settings = msgspec.json.decode(settings)
    kept = {name: value for name, value in row.items() if value not in (None, "")}
    return msgspec.convert(kept | {"settings": settings}, Person, strict=False)
