"""People's cards, masked."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from events import user as u
from events.codec import Recorded


def fold(db: sqlite3.Connection, records: Sequence[Recorded]) -> None:
    """Fold people's events in order."""
    for record in records:
        match record.event:
            case u.CardAdded(card_id=card_id, last4=last4, label=label):
                db.execute("INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?)", (record.key, card_id, last4, label))
            case u.CardRemoved(card_id=card_id):
                db.execute("DELETE FROM cards WHERE user = ? AND card_id = ?", (record.key, card_id))
            case u.Forgotten():
                db.execute("DELETE FROM cards WHERE user = ?", (record.key,))
