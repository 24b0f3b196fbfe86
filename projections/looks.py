"""Looks, and how each group stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from events import look as lk
from projections.line import Line


def fold(db: sqlite3.Connection, records: Sequence[Line]) -> None:
    """Fold looks in order."""
    for record in records:
        _on_look(db, record)


def _on_look(db: sqlite3.Connection, record: Line) -> None:
    event, at = record.event, record.at
    if isinstance(event, lk.Seen):
        shows, detail = len(event.listing.shows), f"{event.ms} ms"
        db.execute(
            """
            INSERT OR REPLACE INTO watch_groups (watch_group, shows, changed_at, trouble)
            VALUES (?, ?, ?, '')
            """,
            (record.key, shows, at),
        )
    else:
        shows, detail = 0, event.detail
        db.execute("UPDATE watch_groups SET trouble = ? WHERE watch_group = ?", (detail, record.key))
    row = (record.sequence, record.key, record.name, shows, at, detail)
    db.execute("INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, ?, ?)", row)
