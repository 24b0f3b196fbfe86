"""Payment by a code: shown, paid from somebody's phone, settled by the bank; what comes too late goes back.

A payment is taken only while its code waits, its deadline is ahead, and its seats are held. Everything else that
comes in (late, twice, for a cancelled code) is refunded at once and stands in the books as such.
"""

from __future__ import annotations

import json
import secrets

from sandbox.cinema.books import Books, No, Row
from sandbox.cinema.till import EXPIRED, Till


class Upi:
    """The codes' part of the books."""

    def __init__(self, books: Books, till: Till, seconds: float) -> None:
        self._books, self._till, self._seconds = books, till, seconds
        books.chores.insert(0, self._settle)  # before holds lapse

    def show(self, hold: Row, total: int, booking: Row) -> Row:
        """The hold's code, made anew where there is none that waits; valid for some minutes, at most like the hold.
        Raises No where nothing is left to pay."""
        amount = total - sum(card["amount"] for card in hold["applied"])
        if amount <= 0:
            raise No("Nothing is left to pay")
        with self._books.transaction():
            newest = self._newest(hold["transaction_id"])
            if newest and newest["amount_minor"] == amount and self._payable(newest):
                return newest
            self._end(hold["transaction_id"], "cancelled")
            deadline = min(self._books.at(self._seconds), hold["ends_at"])
            reference = f"U{secrets.token_hex(8).upper()}"
            values = (reference, hold["transaction_id"], hold["account"], amount, total, json.dumps(booking), deadline)
            self._books.run("INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting')", *values)
        return self.code(reference) or {}

    def code(self, reference: str) -> Row | None:
        """A code by its own reference, or the newest code of a transaction or a booking id."""
        found = self._books.rows("SELECT * FROM codes WHERE reference = ?", reference)
        if found:
            return found[0]
        sql = "SELECT transaction_id FROM holds WHERE ? IN (transaction_id, booking_id)"
        hold = self._books.rows(sql, reference)
        return self._newest(hold[0]["transaction_id"]) if hold else None

    def _newest(self, transaction: str) -> Row | None:
        sql = "SELECT * FROM codes WHERE transaction_id = ? ORDER BY rowid DESC LIMIT 1"
        found = self._books.rows(sql, transaction)
        return found[0] if found else None

    def _end(self, transaction: str, status: str) -> None:
        sql = "UPDATE codes SET status = ? WHERE transaction_id = ? AND status = 'waiting'"
        self._books.run(sql, status, transaction)

    def cancel(self, account: str, reference: str) -> bool:
        """Take a code back, unless it is paid or money is on its way; whether it was taken back."""
        with self._books.transaction():
            code = self.code(reference)
            if code is None or code["account"] != account or self._money(code["transaction_id"]):
                return False
            self._end(code["transaction_id"], "cancelled")
        return True

    def _money(self, transaction: str) -> list[Row]:
        sql = "SELECT * FROM upi WHERE transaction_id = ? AND status IN ('pending', 'captured')"
        return self._books.rows(sql, transaction)

    def status(self, reference: str) -> tuple[str, str]:
        """(waiting | pending | paid | cancelled | expired, booking id or "")."""
        with self._books.transaction():
            code = self.code(reference)
            if code is None:
                return "expired", ""
            sql = "SELECT booking_id FROM bookings WHERE transaction_id = ?"
            booked = self._books.rows(sql, code["transaction_id"])
            if booked:
                return "paid", str(booked[0]["booking_id"])
            if self._money(code["transaction_id"]):
                return "pending", ""
            if code["status"] != "waiting":
                return "cancelled", ""
            return ("waiting", "") if self._payable(code) else ("expired", "")

    def _payable(self, code: Row) -> bool:
        sql = "SELECT 1 FROM holds WHERE transaction_id = ? AND status = 'held'"
        held = self._books.rows(sql, code["transaction_id"])
        return code["status"] == "waiting" and code["deadline"] > self._books.at() and bool(held)

    def pay(self, reference: str, settles_in: float = 0) -> Row:
        """Money comes in for a code from its payer's phone; the bank's word follows `settles_in` seconds later.
        Returns the payment's row: captured, pending, or refunded and why. Raises No for an unknown reference."""
        with self._books.transaction():
            code = self.code(reference)
            if code is None:
                raise No("no payment code with that reference, transaction or booking id")
            why = ""
            if self._money(code["transaction_id"]):
                why = "this order was paid already"
            elif code["status"] != "waiting":
                why = "the code was cancelled"
            elif not self._payable(code):
                why = "the payment came too late"
            payment = f"P{secrets.token_hex(6).upper()}"
            values = (payment, code["reference"], code["transaction_id"], code["amount_minor"], self._books.at())
            status = "refunded" if why else "pending"
            due = self._books.at(settles_in)
            self._books.run("INSERT INTO upi VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *values, due, status, why)
            self._settle()
            return self._books.rows("SELECT * FROM upi WHERE payment_id = ?", payment)[0]

    def _settle(self) -> None:
        """Charge and book what the bank has confirmed by now."""
        sql = "SELECT * FROM upi WHERE status = 'pending' AND settles_at <= ?"
        for paid in self._books.rows(sql, self._books.at()):
            code = self.code(paid["reference"]) or {}
            status, why = "captured", ""
            try:
                booking, total = json.loads(code["booking"]), code["total_minor"]
                with self._books.attempt():  # a card that has too little left must not cost the others
                    self._till.take(code["account"], paid["transaction_id"], total, booking, paid["amount_minor"])
                self._end(paid["transaction_id"], "paid")
            except No as no:
                status, why = "refunded", str(no) or EXPIRED
            update = "UPDATE upi SET status = ?, why = ? WHERE payment_id = ?"
            self._books.run(update, status, why, paid["payment_id"])
