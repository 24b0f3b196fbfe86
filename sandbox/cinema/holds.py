"""Seats: sold, held, given back. A seat has one owner at a time; the table's key sees to it."""

from __future__ import annotations

import json
import secrets
import sqlite3

from sandbox.cinema.books import Books, No, Row

TAKEN = "Sorry, one or more of your seats were just taken"
# money is on its way: such a hold neither lapses nor can be given back
IN_PAYMENT = "SELECT transaction_id FROM upi WHERE status = 'pending'"


class Holds:
    """The seats' part of the books."""

    def __init__(self, books: Books, hold_seconds: float) -> None:
        self._books, self._seconds = books, hold_seconds
        books.chores.append(self._lapse)

    def _lapse(self) -> None:
        sql = (
            f"SELECT hold_id FROM holds WHERE status = 'held' AND ends_at <= ? AND transaction_id NOT IN ({IN_PAYMENT})"
        )
        for row in self._books.rows(sql, self._books.at()):
            self._free(row["hold_id"], "lapsed")

    def _free(self, hold_id: str, status: str) -> None:
        self._books.run("DELETE FROM seats WHERE hold_id = ?", hold_id)
        self._books.run("UPDATE holds SET status = ? WHERE hold_id = ?", status, hold_id)

    def taken(self, venue: str, session: str) -> frozenset[str]:
        """Seats that are sold or held now."""
        with self._books.transaction():
            found = self._books.rows("SELECT seat FROM seats WHERE venue = ? AND session = ?", venue, session)
        return frozenset(row["seat"] for row in found)

    def all_taken(self) -> dict[tuple[str, str], frozenset[str]]:
        """Seats that are sold or held now, by (venue, session)."""
        found: dict[tuple[str, str], set[str]] = {}
        with self._books.transaction():
            rows = self._books.rows("SELECT venue, session, seat FROM seats")
        for row in rows:
            found.setdefault((row["venue"], row["session"]), set()).add(row["seat"])
        return {key: frozenset(value) for key, value in found.items()}

    def sell(self, venue: str, session: str, seats: list[str]) -> int:
        """Sell seats to nobody in particular; how many were still free."""
        with self._books.transaction():
            rows = [(venue, session, seat) for seat in seats]
            return self._books.run_many("INSERT OR IGNORE INTO seats VALUES (?, ?, ?, 'walk-in')", rows)

    def hold(self, account: str, venue: str, session: str, event: str, seats: list[str], tickets: int) -> Row:
        """Hold seats for an account, giving up its earlier hold. `tickets` in paise. Raises No."""
        hold_id, number = secrets.token_hex(8), secrets.randbelow(90_000_000) + 10_000_000
        transaction, booking = f"T{secrets.token_hex(6).upper()}", f"DC{number}"
        with self._books.transaction():
            self._release(account)
            try:
                rows = [(venue, session, seat, hold_id) for seat in seats]
                self._books.run_many("INSERT INTO seats VALUES (?, ?, ?, ?)", rows)
            except sqlite3.IntegrityError:
                raise No(TAKEN) from None
            values = (hold_id, transaction, booking, account, venue, session, event, json.dumps(seats), tickets)
            self._books.run(
                "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'held', ?, ?, '[]')",
                *values,
                100 * len(seats),
                self._books.at(),
                self._books.at(self._seconds),
            )
        return self.open_of(account) or {}

    def _release(self, account: str, booking: str = "") -> None:
        sql = (
            f"SELECT hold_id FROM holds WHERE account = ? AND status = 'held' AND transaction_id NOT IN ({IN_PAYMENT})"
            " AND ? IN ('', booking_id)"
        )
        for row in self._books.rows(sql, account, booking):
            self._free(row["hold_id"], "released")

    def release(self, account: str, booking: str = "") -> None:
        """Give an account's open hold back, if it is the named one, unless money for it is on its way."""
        with self._books.transaction():
            self._release(account, booking)

    def open_of(self, account: str) -> Row | None:
        """The account's open hold with parsed seats and applied cards, if it still runs."""
        with self._books.transaction():
            sql = "SELECT * FROM holds WHERE account = ? AND status = 'held' ORDER BY rowid DESC LIMIT 1"
            found = self._books.rows(sql, account)
        if not found:
            return None
        return found[0] | {"seats": json.loads(found[0]["seats"]), "applied": json.loads(found[0]["applied"])}

    def set_donation(self, hold_id: str, amount: int) -> None:
        """Change what is given to the good cause, in paise."""
        self._books.run("UPDATE holds SET donation = ? WHERE hold_id = ? AND status = 'held'", amount, hold_id)

    def set_tickets(self, hold_id: str, amount: int) -> None:
        """Change the tickets' price under its buyer's nose, in paise."""
        self._books.run("UPDATE holds SET tickets = ? WHERE hold_id = ?", amount, hold_id)
