"""Answers of `usher.query.card` and `.person`, in every state, with friendly and with hostile texts."""

from datetime import timedelta
from typing import Any

import msgspec

from bot.answers import Card, Person, read_card, read_person
from events.wish import PriceClass, SeatPlan
from tests.samples import AT, SHOW, WISH

JOB = "01k5y2v8xq3m7d9h4t6r0c2wpz"
ODD = {
    "plain": "Dune: Part Three",
    "markup": "<b>Love & <3</b> _*[x](y)*_ `</code>`",
    "emoji": "🎬👨‍👩‍👧‍👦 Film 🇮🇳",
    "long": "A very long title " * 17,
    "rtl": "فيلم طويل \u202e evil \u202c שלום",
    "hindi": "दंगल: भाग दो",
    "one letter 300 times": "W" * 300,
}
STATES = (
    "PENDING",
    "WATCHING",
    "BOOKING",
    "AWAITING_INPUT",
    "AWAITING_CONSENT",
    "AWAITING_PAYMENT",
    "PAUSED",
    "UNCERTAIN",
    "SUCCESS",
    "FAILED",
    "CANCELLED",
    "EXPIRED",
    "REHEARSED",
)


def card_row(status: str, film: str = "Dune: Part Three", **more: Any) -> dict[str, Any]:
    """The query's answer for a job in that state, full of everything that can be in it."""
    show = msgspec.structs.replace(SHOW, film=film, cinema=film if film not in ODD["plain"] else SHOW.cinema)
    classes = tuple(PriceClass(f"{film[:20]}{n}", "X", 10_000 * n) for n in range(1, 9))
    shows = [msgspec.structs.replace(show, show_id=f"S-{n}", classes=classes) for n in range(20)]
    odd = () if film == ODD["plain"] else (film,) * 10
    wish = msgspec.structs.replace(WISH, film=film, cinemas=WISH.cinemas + odd, languages=WISH.languages + odd)
    plan = SeatPlan(("A1", "A2", "A3", "B7"), 0.31, 118_000, "GOLD", "the seats are not together")
    row: dict[str, Any] = {
        "job_id": JOB,
        "user": "local",
        "status": status,
        "film": film,
        "city": wish.city,
        "watch_group": "g",
        "wish": msgspec.to_builtins(wish),
        "attempt": 1,
        "show": "S-0",
        "cinema": show.cinema,
        "starts": show.starts.isoformat(),
        "seats": "H7, H8",
        "score": 0.91,
        "amount": 65_962,
        "currency": "INR",
        "hold_ends": (AT + timedelta(minutes=5)).isoformat(),
        "confirmation": "WGQ7KTX" if status == "SUCCESS" else None,
        "artifact": None,
        "reason": "seats_taken: H7 is gone" if status in {"FAILED", "PAUSED", "EXPIRED", "CANCELLED"} else None,
        "watch_from": (AT + timedelta(hours=1)).isoformat() if status == "PENDING" else None,
        "watch_until": (AT + timedelta(days=3)).isoformat(),
        "created_at": AT.isoformat(),
        "updated_at": AT.isoformat(),
        "last_sequence": 812_345_678,
        "sequence": 812_345_678,
        "shows": msgspec.to_builtins(shows),
        "on_sale": msgspec.to_builtins(shows),
        "missing": ["cinema", "date", "time", "language", "format", "class", "price"],
        "plan": msgspec.to_builtins(plan),
        "consent": {"plan": msgspec.to_builtins(plan), "deadline": _soon(2), "show": "S-0", "votes": _votes(film)},
        "qr": {"artifact": "qr.png", "amount": 65_962, "deadline": _soon(4)},
        "challenge": None,
        "question": {"attempt": 1, "why": film, "artifact": None} if status == "UNCERTAIN" else None,
        "map": None,
        "rejected": [{"show": f"S-{n}", "reason": "sold_out", "detail": film} for n in range(9)],
        "paid_with": [{"last4": "0001", "amount": 65_962}],
        "last_look_at": (AT - timedelta(minutes=1)).isoformat(),
        "next_look_at": (AT + timedelta(minutes=1)).isoformat(),
        "look_result": "available",
        "shows_seen": 3,
    }
    return row | more


def _votes(film: str) -> dict[str, bool]:
    return {f"{film[:40]}{n}": True for n in range(12)}


def _soon(minutes: int) -> str:
    return (AT + timedelta(minutes=minutes)).isoformat()


def sample_card(status: str, film: str = "Dune: Part Three", **more: Any) -> Card:
    return read_card(card_row(status, film, **more))


def person_row(**settings: str) -> dict[str, Any]:
    row = {"user": "local", "name": "Asha", "telegram": 1001, "chat": 1001, "status": "approved", "owner": 1}
    return row | {"email": "", "phone": "", "settings": msgspec.json.encode(settings).decode()}


def sample_person(**settings: str) -> Person:
    return read_person(person_row(**settings))
