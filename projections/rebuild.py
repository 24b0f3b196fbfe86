"""Build beside, compare, swap."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

TABLES = {
    "jobs": "job_id",
    "timeline": "job_id, sequence",
    "bookings": "job_id, attempt",
    "looks": "sequence",
    "watch_groups": "watch_group",
    "people": "user",
    "cards": "user, card_id",
}


def compare(one: Path, other: Path) -> list[str]:
    """Every row that differs between two files, as text; [] where both say the same."""
    left, right = (sqlite3.connect(f"file:{path}?mode=ro", uri=True) for path in (one, other))
    try:
        found: list[str] = []
        for table, key in TABLES.items():
            query = f"SELECT * FROM {table} ORDER BY {key}"
            rows, others = left.execute(query).fetchall(), right.execute(query).fetchall()
            here, there = set(rows), set(others)
            found += [f"{table}: only in {one.name}: {row}" for row in rows if row not in there]
            found += [f"{table}: only in {other.name}: {row}" for row in others if row not in here]
        return found
    finally:
        left.close()
        right.close()


def swap(new: Path, live: Path) -> None:
    """Put a finished, closed file in the place of the live one."""
    for ending in ("-wal", "-shm"):
        live.with_name(live.name + ending).unlink(missing_ok=True)
    os.replace(new, live)
