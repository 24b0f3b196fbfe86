"""Money: gift cards, charges, bookings. A charge never exceeds a balance, and an order is charged once."""

from __future__ import annotations

import json
import secrets

from sandbox.cinema.books import Books, No, Row

CARDS = (
    ("8000000000000001", "123456", 200_000, 0),
    ("8000000000000002", "123456", 50_000, 0),
    ("8000000000000003", "123456", 0, 0),
    ("8000000000000004", "123456", 100_000, 1),
)
EXPIRED = "Your session has expired"


class Till:
    """The money's part of the books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.run_many("INSERT OR IGNORE INTO cards VALUES (?, ?, ?, ?)", list(CARDS))

    def set_card(self, number: str, pin: str, balance: int, blocked: bool) -> None:
        """Make or change a gift card; `balance` in paise."""
        self._books.run("INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?)", number, pin, balance, int(blocked))

    def apply(self, hold: Row, number: str, pin: str, missing: int) -> None:
        """Promise a card for a hold; takes nothing yet. Raises No with the shop's text."""
        found = self._books.rows("SELECT * FROM cards WHERE number = ?", number)
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
        self._keep(hold["hold_id"], [*hold["applied"], part])

    def take_off(self, hold: Row, last4: str) -> None:
        """Give up the promise of the card that ends so."""
        self._keep(hold["hold_id"], [card for card in hold["applied"] if card["number"][-4:] != last4])

    def _keep(self, hold_id: str, applied: list[Row]) -> None:
        self._books.run("UPDATE holds SET applied = ? WHERE hold_id = ?", json.dumps(applied), hold_id)

    def charge(self, account: str, transaction: str, total: int, booking: Row) -> str:
        """Take the money of the applied cards and book the seats, together, once. Raises No."""
        with self._books.transaction():
            done = self._books.rows("SELECT booking_id FROM bookings WHERE transaction_id = ?", transaction)
            if done:  # a second press of the button
                return str(done[0]["booking_id"])
            if self._books.rows("SELECT 1 FROM upi WHERE transaction_id = ? AND status = 'pending'", transaction):
                raise No("A UPI payment for this order is on its way")
            return self.take(account, transaction, total, booking, by_code=0)

    def take(self, account: str, transaction: str, total: int, booking: Row, by_code: int) -> str:
        """Inside a transaction: charge the applied cards and `by_code` paise that came in by a code. Raises No."""
        sql = "SELECT * FROM holds WHERE transaction_id = ? AND status = 'held'"
        held = self._books.rows(sql, transaction)
        if not held or held[0]["account"] != account:
            raise No(EXPIRED)
        parts = json.loads(held[0]["applied"])
        if sum(part["amount"] for part in parts) + by_code != total:
            raise No("The amount is not covered")
        for part in parts:
            self._take_from(part)
        masked = [{"last4": p["number"][-4:], "amount_minor": p["amount"]} for p in parts]
        if by_code:
            masked.append({"last4": "upi", "amount_minor": by_code})
        method = "upi" if by_code else "voucher"
        charge = (secrets.token_hex(8), transaction, account, total, "INR", method, json.dumps(masked))
        self._books.run("INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *charge, self._books.at())
        self._book(held[0], total, booking)
        return str(held[0]["booking_id"])

    def _take_from(self, part: Row) -> None:
        taken = self._books.run(
            "UPDATE cards SET balance_minor = balance_minor - ? WHERE number = ? AND balance_minor >= ? AND blocked = 0",
            part["amount"],
            part["number"],
            part["amount"],
        )
        if not taken:
            raise No("A gift voucher has too little left")

    def _book(self, held: Row, total: int, booking: Row) -> None:
        order = [held[k] for k in ("booking_id", "transaction_id", "account", "event_code")]
        order += [booking["film"], held["venue"], booking["cinema"], held["session"], booking["show_at"], held["seats"]]
        self._books.run(
            "INSERT INTO bookings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'INR', ?)", *order, total, self._books.at()
        )
        self._books.run("UPDATE holds SET status = 'booked' WHERE hold_id = ?", held["hold_id"])

    def orders(self, account: str) -> list[Row]:
        """The account's paid orders, newest first."""
        with self._books.transaction():
            found = self._books.rows("SELECT * FROM bookings WHERE account = ? ORDER BY at DESC, rowid DESC", account)
        return [row | {"seats": json.loads(row["seats"])} for row in found]
