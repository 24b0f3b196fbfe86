"""The books: holds, charges, bookings, cards. Seats are never sold twice, a charge never exceeds a balance."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (token TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT, mobile TEXT) STRICT;
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
CREATE TABLE IF NOT EXISTS sales (film TEXT PRIMARY KEY, opens_at TEXT) STRICT;
CREATE TABLE IF NOT EXISTS prices (
    venue TEXT NOT NULL, session TEXT NOT NULL, category TEXT NOT NULL, price INTEGER NOT NULL,
    PRIMARY KEY (venue, session, category)) STRICT;
"""
CARDS = (
    ("8000000000000001", "123456", 200_000, 0),
    ("8000000000000002", "123456", 50_000, 0),
    ("8000000000000003", "123456", 0, 0),
    ("8000000000000004", "123456", 100_000, 1),
)


class No(Exception):
    """The shop refuses; the text is for its customer."""


class Ledger:
    """One SQLite file. Every change of money or seats is one IMMEDIATE transaction."""

    def __init__(self, path: Path, now: Callable[[], datetime], hold_seconds: float) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + SCHEMA)
        self._db.executemany("INSERT OR IGNORE INTO cards VALUES (?, ?, ?, ?)", CARDS)
        self._now, self._hold_seconds = now, hold_seconds

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._lapse()
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def _lapse(self) -> None:
        """Give back the seats of holds that ran out."""
        for row in self.rows("SELECT hold_id FROM holds WHERE status = 'held' AND ends_at <= ?", self._iso()):
            self._free(row["hold_id"], "lapsed")

    def _free(self, hold_id: str, status: str) -> None:
        self._db.execute("DELETE FROM seats WHERE hold_id = ?", (hold_id,))
        self._db.execute("UPDATE holds SET status = ? WHERE hold_id = ?", (status, hold_id))

    def _iso(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """Rows as dicts."""
        return [dict(row) for row in self._db.execute(sql, values)]

    # accounts
    def account(self, token: str) -> Row | None:
        found = self.rows("SELECT * FROM accounts WHERE token = ?", token)
        return found[0] if found else None

    def session_of(self, name: str, email: str | None, mobile: str | None) -> str:
        """The token of the account of that name, made on first use."""
        found = self.rows("SELECT token FROM accounts WHERE name = ?", name)
        token = found[0]["token"] if found else secrets.token_urlsafe(18)
        self._db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, NULL, NULL)", (token, name))
        if email or mobile:
            self.set_contact(token, email or "", mobile or "")
        return str(token)

    def set_contact(self, token: str, email: str, mobile: str) -> None:
        self._db.execute("UPDATE accounts SET email = ?, mobile = ? WHERE token = ?", (email, mobile, token))

    # sales and prices
    def opens_at(self, group: str) -> str | None:
        found = self.rows("SELECT opens_at FROM sales WHERE film = ?", group)
        return found[0]["opens_at"] if found else None

    def set_sale(self, group: str, opens_at: str | None) -> None:
        self._db.execute("INSERT OR REPLACE INTO sales VALUES (?, ?)", (group, opens_at))

    def prices(self, venue: str, session: str) -> dict[str, int]:
        found = self.rows("SELECT category, price FROM prices WHERE venue = ? AND session = ?", venue, session)
        return {row["category"]: row["price"] for row in found}

    def set_price(self, venue: str, session: str, category: str, price: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO prices VALUES (?, ?, ?, ?)", (venue, session, category, price))

    # seats and holds
    def taken(self, venue: str, session: str) -> frozenset[str]:
        """Seats that are sold or held now."""
        with self._transaction():
            found = self.rows("SELECT seat FROM seats WHERE venue = ? AND session = ?", venue, session)
        return frozenset(row["seat"] for row in found)

    def sell(self, venue: str, session: str, seats: list[str]) -> int:
        """Sell seats to nobody in particular; how many were still free."""
        with self._transaction():
            rows = [(venue, session, seat) for seat in seats]
            return self._db.executemany("INSERT OR IGNORE INTO seats VALUES (?, ?, ?, 'walk-in')", rows).rowcount

    def hold(self, account: str, venue: str, session: str, event: str, seats: list[str], tickets: int) -> Row:
        """Hold seats for an account, giving up its earlier hold. `tickets` in paise. Raises No."""
        hold_id, number = secrets.token_hex(8), secrets.randbelow(90_000_000) + 10_000_000
        transaction, booking = f"T{secrets.token_hex(6).upper()}", f"DC{number}"
        ends = (self._now() + timedelta(seconds=self._hold_seconds)).isoformat(timespec="milliseconds")
        with self._transaction():
            self._release(account)
            try:
                rows = [(venue, session, seat, hold_id) for seat in seats]
                self._db.executemany("INSERT INTO seats VALUES (?, ?, ?, ?)", rows)
            except sqlite3.IntegrityError:
                raise No("Sorry, one or more of your seats were just taken") from None
            values = (hold_id, transaction, booking, account, venue, session, event, json.dumps(seats), tickets)
            self._db.execute(
                "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'held', ?, ?, '[]')",
                (*values, 100 * len(seats), self._iso(), ends),
            )
        return self.hold_of(account) or {}

    def _release(self, account: str) -> None:
        for row in self.rows("SELECT hold_id FROM holds WHERE account = ? AND status = 'held'", account):
            self._free(row["hold_id"], "released")

    def release(self, account: str) -> None:
        """Give an account's open hold back."""
        with self._transaction():
            self._release(account)

    def hold_of(self, account: str) -> Row | None:
        """The account's open hold with parsed seats and applied cards, if it still runs."""
        with self._transaction():
            found = self.rows("SELECT * FROM holds WHERE account = ? AND status = 'held'", account)
        if not found:
            return None
        return found[0] | {"seats": json.loads(found[0]["seats"]), "applied": json.loads(found[0]["applied"])}

    def set_donation(self, hold_id: str, amount: int) -> None:
        self._db.execute("UPDATE holds SET donation = ? WHERE hold_id = ? AND status = 'held'", (amount, hold_id))

    # money
    def apply(self, hold: Row, number: str, pin: str, missing: int) -> None:
        """Promise a card for a hold; takes nothing yet. Raises No with the shop's text."""
        found = self.rows("SELECT * FROM cards WHERE number = ?", number)
        if not found:
            raise No("This gift voucher is not valid.")
        if found[0]["pin"] != pin:
            raise No("The PIN is incorrect.")
        if found[0]["blocked"]:
            raise No("This gift voucher is blocked.")
        if any(number == card["number"] for card in hold["applied"]):
            raise No("This gift voucher is already applied.")
        if not found[0]["balance_minor"]:
            raise No("This gift voucher has no balance left.")
        part = {"number": number, "amount": min(missing, found[0]["balance_minor"])}
        applied = json.dumps([*hold["applied"], part])
        self._db.execute("UPDATE holds SET applied = ? WHERE hold_id = ?", (applied, hold["hold_id"]))

    def charge(self, account: str, transaction: str, total: int, booking: Row) -> str:
        """Take the money of the applied cards and book the seats, together, once. Raises No."""
        with self._transaction():
            done = self.rows("SELECT booking_id FROM bookings WHERE transaction_id = ?", transaction)
            if done:  # a second press of the button
                return str(done[0]["booking_id"])
            held = self.rows("SELECT * FROM holds WHERE transaction_id = ? AND status = 'held'", transaction)
            if not held or held[0]["account"] != account:
                raise No("Your session has expired")
            parts = json.loads(held[0]["applied"])
            if sum(part["amount"] for part in parts) != total:
                raise No("The amount is not covered")
            for part in parts:
                taken = self._db.execute(
                    "UPDATE cards SET balance_minor = balance_minor - ? WHERE number = ? AND balance_minor >= ?",
                    (part["amount"], part["number"], part["amount"]),
                ).rowcount
                if not taken:
                    raise No("A gift voucher has too little left")
            masked = json.dumps([{"last4": p["number"][-4:], "amount_minor": p["amount"]} for p in parts])
            at = self._iso()
            charge = (secrets.token_hex(8), transaction, account, total, "INR", "voucher", masked, at)
            self._db.execute("INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?)", charge)
            self._book(held[0], account, total, booking, at)
            return str(held[0]["booking_id"])

    def _book(self, held: Row, account: str, total: int, booking: Row, at: str) -> None:
        row = (
            held["booking_id"],
            held["transaction_id"],
            account,
            held["event_code"],
            booking["film"],
            held["venue"],
            booking["cinema"],
            held["session"],
            booking["show_at"],
            held["seats"],
            total,
            "INR",
            at,
        )
        self._db.execute("INSERT INTO bookings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._db.execute("UPDATE holds SET status = 'booked' WHERE hold_id = ?", (held["hold_id"],))

    def set_card(self, number: str, pin: str, balance: int, blocked: bool) -> None:
        self._db.execute("INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?)", (number, pin, balance, int(blocked)))

    def orders(self, account: str) -> list[Row]:
        """The account's paid orders, newest first."""
        found = self.rows("SELECT * FROM bookings WHERE account = ? ORDER BY at DESC", account)
        return [row | {"seats": json.loads(row["seats"])} for row in found]

    def all(self) -> Row:
        """The whole ledger, for whoever counts."""
        with self._transaction():
            pass
        parsed: Row = {}
        for table in ("holds", "charges", "bookings"):
            parsed[table] = [
                {k: json.loads(v) if k in {"seats", "parts"} else v for k, v in row.items() if k != "applied"}
                for row in self.rows(f"SELECT * FROM {table} ORDER BY rowid")
            ]
        parsed["balances"] = {r["number"][-4:]: r["balance_minor"] for r in self.rows("SELECT * FROM cards")}
        parsed["sales"] = [
            {"event_code": r["film"], "opened_at": r["opens_at"]} for r in self.rows("SELECT * FROM sales")
        ]
        return parsed
