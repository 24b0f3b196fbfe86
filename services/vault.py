"""Secrets: gift cards, contact and site sessions, AES-256-GCM under a master key file, in the bucket `vault`."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.errors import BadInput, Conflict, NotFound, UsherError
from services.buckets import Bucket
from sites.protocol import Contact, GiftCard

NONCE = 12


class Secrets(msgspec.Struct):
    """All secrets of one user."""

    cards: dict[str, tuple[str, str]] = {}  # card id → number, PIN; in order of use
    email: str = ""
    phone: str = ""
    session: str = ""

    def __repr__(self) -> str:
        return f"Secrets({len(self.cards)} cards)"


def load_master_key(path: Path) -> bytes:
    """The master key (32 bytes) from a file of mode 0600, made on first use. Raises UsherError."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # of actors that start together, one makes the key of all
            os.link(fresh, path)
        fresh.unlink()
    if path.stat().st_mode & 0o077:
        raise UsherError(f"{path} can be read by others. Allowed: mode 0600. Run: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise UsherError(f"{path} holds no key of 64 hexadecimal digits. Restore it from your backup.")
    return key


class Vault:
    """Reads and writes one user's secrets as one sealed record, bound to its owner."""

    def __init__(self, bucket: Bucket, master_key: bytes) -> None:
        self._bucket, self._cipher = bucket, AESGCM(master_key)

    async def read(self, user: str) -> Secrets:
        """The user's secrets; empty for a new user. Raises UsherError where the key does not fit."""
        return (await self._read(user))[0]

    async def _read(self, user: str) -> tuple[Secrets, int]:
        found = await self._bucket.get(user)
        if found is None:
            return Secrets(), await self._bucket.revision(user)
        sealed, revision = found
        try:
            plain = self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], self._binding(user))
        except InvalidTag:
            raise UsherError("the vault cannot be opened with this master key: restore the right key file") from None
        return msgspec.json.decode(plain, type=Secrets), revision

    @staticmethod
    def _binding(user: str) -> bytes:
        return f"usher/vault/1/{user}".encode()

    async def _write(self, user: str, held: Secrets, revision: int) -> None:
        nonce = secrets.token_bytes(NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, msgspec.json.encode(held), self._binding(user))
        await self._bucket.put(user, sealed, revision)

    async def add_card(self, user: str, number: str, pin: str) -> tuple[str, str]:
        """Keep a gift card; (card id, last four). Raises BadInput, Conflict."""
        number, pin = check_card(number, pin)
        held, revision = await self._read(user)
        if any(number == known for known, _ in held.cards.values()):
            raise BadInput("card", f"the card ending in {number[-4:]} is already there", "a card that is new")
        card_id = f"c{secrets.token_hex(4)}"
        held.cards[card_id] = (number, pin)
        await self._write(user, held, revision)
        return card_id, number[-4:]

    async def remove_card(self, user: str, card_id: str) -> None:
        """Forget a card. Raises NotFound."""
        held, revision = await self._read(user)
        if held.cards.pop(card_id, None) is None:
            raise NotFound(f'no card "{card_id}": see `usher card list`')
        await self._write(user, held, revision)

    async def order_cards(self, user: str, cards: tuple[str, ...]) -> None:
        """Use the cards in this order. Raises BadInput where these are not all of them, each once."""

        def ordered(held: Secrets) -> None:
            if sorted(cards) != sorted(held.cards):
                raise BadInput("cards", "these are not all your cards, each once", "every card's id, in order of use")
            held.cards = {card: held.cards[card] for card in cards}

        await self._change(user, ordered)

    async def set_session(self, user: str, session: str) -> None:
        """Keep the site's session cookies (JSON list)."""

        def changed(held: Secrets) -> None:
            held.session = session

        await self._change(user, changed)

    async def set_contact(self, user: str, email: str, phone: str) -> Contact:
        """Keep where the site sends the ticket; an empty part stays as it is. Raises BadInput."""
        email, phone = check_contact(email, phone)

        def changed(held: Secrets) -> None:
            held.email, held.phone = email or held.email, phone or held.phone

        held = await self._change(user, changed)
        return Contact(held.email, held.phone)

    async def forget(self, user: str) -> None:
        """Destroy all secrets of the user, older versions too. Raises Unavailable."""
        await self._bucket.purge(user)

    async def _change(self, user: str, change: Callable[[Secrets], None]) -> Secrets:
        for _ in range(5):
            held, revision = await self._read(user)
            change(held)
            with contextlib.suppress(Conflict):
                await self._write(user, held, revision)
                return held
        raise Conflict("the vault is changed by others all the time: try again")

    async def cards(self, user: str) -> tuple[GiftCard, ...]:
        """The user's cards in order of use."""
        return tuple(GiftCard(card_id, *pair) for card_id, pair in (await self.read(user)).cards.items())

    async def contact(self, user: str) -> Contact | None:
        """Where the site shall send the ticket, if it was given."""
        held = await self.read(user)
        return Contact(held.email, held.phone) if held.email else None


def check_card(number: str, pin: str) -> tuple[str, str]:
    """Number and PIN without spaces and dashes. Raises BadInput, which never repeats them."""
    plain, code = re.sub(r"[\s-]", "", number).upper(), re.sub(r"[\s-]", "", pin)
    if not re.fullmatch(r"[A-Z0-9]{10,20}", plain):
        raise BadInput("card number", "it has the wrong form", "10 to 20 letters and digits", "8000 0000 0000 0001")
    if plain.startswith("7"):
        raise BadInput("card number", "it starts with 7, which is a win-pin", "a gift voucher, which starts with 8")
    if not re.fullmatch(r"[0-9]{4,8}", code):
        raise BadInput("PIN", "it has the wrong form", "4 to 8 digits")
    return plain, code


def check_contact(email: str, phone: str) -> tuple[str, str]:
    """E-mail and ten-digit phone as the site takes them; empty parts stay empty. Raises BadInput, repeating neither."""
    email, digits = email.strip(), re.sub(r"[\s()+-]", "", phone)
    if email and (len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}", email)):
        raise BadInput("email", "it is no e-mail address", "name@host", "asha@example.com")
    if len(digits) == 12 and digits.startswith("91"):
        digits = digits[2:]
    if digits and not re.fullmatch(r"[6-9]\d{9}", digits):
        raise BadInput("phone", "it is no Indian mobile number", "ten digits", "98765 43210")
    return email, digits


def mask_contact(contact: Contact) -> tuple[str, str]:
    """`a•••@example.com` and `••••••3210`, as an event may hold them; empty parts stay empty."""
    name, _, host = contact.email.partition("@")
    email = f"{name[:1]}•••@{host}" if host else ""
    return email, f"••••••{contact.phone[-4:]}" if contact.phone else ""
