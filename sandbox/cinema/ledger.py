"""The ledger as a whole, for whoever counts: what the control endpoint shows."""

from __future__ import annotations

import json

from sandbox.cinema.books import Books, Row

HIDDEN = {"applied", "booking"}
LISTS = {"seats", "parts"}


def read(books: Books) -> Row:
    """Holds, charges, bookings, UPI payments and codes, balances by a card's last four digits, and sales."""
    with books.transaction():
        pass  # does the chores: what has lapsed or settled by now shows as such
    found: Row = {}
    for table in ("holds", "charges", "bookings", "upi", "codes"):
        rows = books.rows(f"SELECT * FROM {table} ORDER BY rowid")
        found[table] = [
            {k: json.loads(v) if k in LISTS else v for k, v in row.items() if k not in HIDDEN} for row in rows
        ]
    found["balances"] = {r["number"][-4:]: r["balance_minor"] for r in books.rows("SELECT * FROM cards")}
    found["sales"] = [{"event_code": r["film"], "opened_at": r["opens_at"]} for r in books.rows("SELECT * FROM sales")]
    return found
