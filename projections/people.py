"""People as the owner and the chat see them: standing, settings, masked contact and cards."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from events import user as u
from projections.line import Line


def fold(db: sqlite3.Connection, records: Sequence[Line]) -> None:
    """Fold people's events in order."""
    for record in records:
        db.execute(
            "INSERT INTO people (user, name, status) VALUES (?, '', 'unknown') ON CONFLICT DO NOTHING", (record.key,)
        )
        _fold_one(db, record.key, record.event)


def _fold_one(db: sqlite3.Connection, user: str, event: u.UserEvent) -> None:
    match event:
        case u.Registered(name=name, telegram=telegram, chat=chat):
            values = (name, telegram, chat, user)
            db.execute("UPDATE people SET name = ?, telegram = ?, chat = ?, status = 'waiting' WHERE user = ?", values)
        case u.Approved(by=by):
            owner = int(by == "pairing code")
            db.execute("UPDATE people SET status = 'approved', owner = ? WHERE user = ?", (owner, user))
        case u.Removed():
            db.execute("UPDATE people SET status = 'removed' WHERE user = ?", (user,))
        case u.ContactSet(email=email, phone=phone):
            db.execute("UPDATE people SET email = ?, phone = ? WHERE user = ?", (email, phone, user))
        case u.SettingsChanged(settings=settings):
            row = db.execute("SELECT settings FROM people WHERE user = ?", (user,)).fetchone()
            merged = json.dumps(json.loads(row[0]) | settings, ensure_ascii=False)
            db.execute("UPDATE people SET settings = ? WHERE user = ?", (merged, user))
        case u.CardAdded(card_id=card_id, last4=last4, label=label):
            db.execute(
                """
                INSERT OR REPLACE INTO cards
                SELECT ?, ?, ?, ?, coalesce(max(position), 0) + 1 FROM cards WHERE user = ?
                """,
                (user, card_id, last4, label, user),
            )
        case u.CardLabelled(card_id=card_id, label=label):
            db.execute("UPDATE cards SET label = ? WHERE user = ? AND card_id = ?", (label, user, card_id))
        case u.CardRemoved(card_id=card_id):
            db.execute("DELETE FROM cards WHERE user = ? AND card_id = ?", (user, card_id))
        case u.CardsOrdered(cards=cards):
            db.executemany(
                "UPDATE cards SET position = ? WHERE user = ? AND card_id = ?",
                [(position, user, card_id) for position, card_id in enumerate(cards, 1)],
            )
        case u.Forgotten():
            db.execute("DELETE FROM cards WHERE user = ?", (user,))
            db.execute("DELETE FROM people WHERE user = ?", (user,))
