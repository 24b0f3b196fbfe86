"""The shop's one SQLite file: its tables, its transactions, accounts, sales and prices."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    token TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT, mobile TEXT,
    otp_due INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS holds (
    hold_id TEXT PRIMARY KEY, transaction_id TEXT NOT NULL, booking_id TEXT NOT NULL, account TEXT NOT NULL,
    venue TEXT NOT NULL, session TEXT NOT NULL, event_code TEXT NOT NULL, seats TEXT NOT NULL,
    tickets INTEGER NOT NULL, donation INTEGER NOT NULL, status TEXT NOT NULL,
    created_at TEXT NOT NULL, ends_at TEXT NOT NULL, applied TEXT NOT NULL DEFAULT '[]') STRICT;
CREATE TABLE IF NOT EXISTS seats (
    venue TEXT NOT NULL, session TEXT NOT NULL, seat TEXT NOT NULL, hold_id TEXT,
    PRIMARY KEY (venue, session, seat)) STRICT;
CREATE TABLE IF NOT EXISTS charges (
    charge_id TEXT PRIMARY KEY, transaction_id TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, method TEXT NOT NULL, parts TEXT NOT NULL,
    at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS bookings (
    booking_id TEXT PRIMARY KEY, transaction_id TEXT NOT NULL, account TEXT NOT NULL, event_code TEXT NOT NULL,
    film TEXT NOT NULL, venue TEXT NOT NULL, cinema TEXT NOT NULL, session TEXT NOT NULL, show_at TEXT NOT NULL,
    seats TEXT NOT NULL, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS cards (
    number TEXT PRIMARY KEY, pin TEXT NOT NULL, balance_minor INTEGER NOT NULL CHECK (balance_minor >= 0),
    blocked INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS codes (  -- payment codes that were shown; status waiting, paid, cancelled
    reference TEXT PRIMARY KEY, transaction_id TEXT NOT NULL, account TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    total_minor INTEGER NOT NULL, booking TEXT NOT NULL, deadline TEXT NOT NULL, status TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS upi (  -- money that came in by a code; status pending, captured, refunded
    payment_id TEXT PRIMARY KEY, reference TEXT NOT NULL, transaction_id TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    at TEXT NOT NULL, settles_at TEXT NOT NULL, status TEXT NOT NULL, why TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sales (film TEXT PRIMARY KEY, opens_at TEXT) STRICT;
CREATE TABLE IF NOT EXISTS prices (
    venue TEXT NOT NULL, session TEXT NOT NULL, category TEXT NOT NULL, price INTEGER NOT NULL,
    PRIMARY KEY (venue, session, category)) STRICT;
"""


class No(Exception):
    """The shop refuses; the text is for its customer."""


class Books:
    """The file. Every change of money or seats is one IMMEDIATE transaction, which first does the chores."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + SCHEMA)
        self._now = now
        self.chores: list[Callable[[], None]] = []  # what time alone has changed: settled payments, lapsed holds

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and nobody else in between."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for chore in self.chores:
                chore()
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Inside a transaction: undo this part alone if it fails."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._db.execute("RELEASE attempt")

    def at(self, seconds: float = 0) -> str:
        """The shop's clock as text, so many seconds from now; texts sort like times."""
        return (self._now() + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """Rows as dicts."""
        return [dict(row) for row in self._db.execute(sql, values)]

    def run(self, sql: str, *values: Any) -> int:
        """Run one statement; how many rows it changed."""
        return self._db.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: list[tuple[Any, ...]]) -> int:
        """Run one statement for each row; how many rows were changed. Raises sqlite3.IntegrityError."""
        return self._db.executemany(sql, rows).rowcount

    def account(self, token: str) -> Row | None:
        """An account by its cookie's token."""
        found = self.rows("SELECT * FROM accounts WHERE token = ?", token)
        return found[0] if found else None

    def session_of(self, name: str, email: str | None, mobile: str | None) -> str:
        """The token of the account of that name, made on first use."""
        found = self.rows("SELECT token FROM accounts WHERE name = ?", name)
        token = found[0]["token"] if found else secrets.token_urlsafe(18)
        self.run("INSERT OR IGNORE INTO accounts (token, name) VALUES (?, ?)", token, name)
        if email or mobile:
            self.set_contact(token, email or "", mobile or "")
        return str(token)

    def set_contact(self, token: str, email: str, mobile: str) -> None:
        """Where an account's tickets go."""
        self.run("UPDATE accounts SET email = ?, mobile = ? WHERE token = ?", email, mobile, token)

    def ask_otp(self, token: str, due: bool) -> None:
        """Whether an account must type a code before it may pay."""
        self.run("UPDATE accounts SET otp_due = ? WHERE token = ?", int(due), token)

    def opens_at(self, group: str) -> str | None:
        """When a film's sale was set to open: a time, "" for closed, None where nobody has set it."""
        found = self.rows("SELECT opens_at FROM sales WHERE film = ?", group)
        return found[0]["opens_at"] if found else None

    def set_sale(self, group: str, opens_at: str | None) -> None:
        """Set when a film's sale opens."""
        self.run("INSERT OR REPLACE INTO sales VALUES (?, ?)", group, opens_at)

    def prices(self, venue: str, session: str) -> dict[str, int]:
        """Prices in paise by class code, where they differ from the hall's."""
        found = self.rows("SELECT category, price FROM prices WHERE venue = ? AND session = ?", venue, session)
        return {row["category"]: row["price"] for row in found}

    def set_price(self, venue: str, session: str, category: str, price: int) -> None:
        """Set one class's price for one show."""
        self.run("INSERT OR REPLACE INTO prices VALUES (?, ?, ?, ?)", venue, session, category, price)
