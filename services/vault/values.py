"""What the vault keeps, checked at the edge, and how an event may show it."""

from __future__ import annotations

import re

import msgspec

from events.errors import BadInput
from sites.protocol import Contact


class Secrets(msgspec.Struct):
    """All secrets of one user, in memory only while they are used."""

    cards: dict[str, tuple[str, str]] = {}  # card id → number, PIN; in order of use
    email: str = ""
    phone: str = ""
    session: str = ""

    def __repr__(self) -> str:
        return f"Secrets({len(self.cards)} cards)"


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
