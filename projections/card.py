"""Everything that a job's live card shows, from the job's row and its timeline. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

Row = dict[str, Any]
Body = dict[str, Any]


def card_of(job: Row, timeline: Sequence[Row]) -> Row:
    """The job's row, its wish as an object, and what stands open: see `Queries.card` for the keys."""
    events = [(row["type"], msgspec.json.decode(row["body"])) for row in timeline]
    since_change = _since(events, "preferences_changed")
    attempt = {name for name, _ in _since(events, "booking_started")}
    status, last = job["status"], events[-1][0] if events else ""
    return job | {
        "wish": msgspec.json.decode(job["wish"]),
        "shows": _field(since_change, "tickets_detected", "shows", []),
        "on_sale": _field(since_change, "preferences_mismatched", "on_sale", []),
        "missing": _field(since_change, "preferences_mismatched", "missing", []),
        "plan": _plan(events),
        "consent": _consent(events) if status == "AWAITING_CONSENT" else None,
        "qr": _last(events, "payment_requested") if status == "AWAITING_PAYMENT" else None,
        "challenge": _last(events, "challenge_met") if last == "challenge_met" else None,
        "question": _last(_since(events, "outcome_told"), "outcome_asked") if status == "UNCERTAIN" else None,
        "by_code": "payment_requested" in attempt,
        "cancelling": status == "UNCERTAIN" and "cancel_requested" in attempt,
        "rejected": [body for name, body in _since(events, "tickets_detected") if name == "show_rejected"],
        "paid_with": _field(events, "payment_submitted", "cards", []),
        "map": _field(events, "seats_held", "map", None),
        "sequence": job["last_sequence"],
    }


def _found(events: Sequence[tuple[str, Body]], name: str) -> Iterator[Body]:
    return (body for kind, body in reversed(events) if kind == name)


def _last(events: Sequence[tuple[str, Body]], name: str) -> Body | None:
    return next(_found(events, name), None)


def _field(events: Sequence[tuple[str, Body]], name: str, field: str, missing: Any) -> Any:
    return (_last(events, name) or {}).get(field, missing)


def _since(events: Sequence[tuple[str, Body]], name: str) -> Sequence[tuple[str, Body]]:
    """The events after the last one of that name; all where there is none."""
    places = [place for place, (kind, _) in enumerate(events) if kind == name]
    return events[places[-1] + 1 :] if places else events


def _plan(events: Sequence[tuple[str, Body]]) -> Body | None:
    """The seats of the newest hold, else of the newest question about seats."""
    return next((body["plan"] for kind, body in reversed(events) if kind in {"seats_held", "consent_requested"}), None)


def _consent(events: Sequence[tuple[str, Body]]) -> Body | None:
    asked = _last(events, "consent_requested")
    if asked is None:
        return None
    votes = {body["by"]: body["yes"] for kind, body in _since(events, "consent_requested") if kind == "consent_voted"}
    return asked | {"votes": votes}
