"""The door to the secrets, for actors: cards, contact and session of one user, and forgetting."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import msgspec
import structlog

from events.errors import BadInput, Conflict, NotFound, UsherError
from services.buckets import Bucket
from services.vault.master import KeySource
from services.vault.records import CARDS, CONTACT, SESSION, Opened, Records
from services.vault.rotation import rotate
from services.vault.values import Secrets, check_card, check_contact
from sites.protocol import Contact, GiftCard

log = structlog.get_logger()
Cards = dict[str, tuple[str, str]]  # card id → number, PIN; in order of use
TRIES = 8


class _Contact(msgspec.Struct):
    email: str = ""
    phone: str = ""


class Vault:
    """Reads and writes one user's secrets, each place a sealed record of its own, bound to its owner."""

    def __init__(self, bucket: Bucket, source: KeySource) -> None:
        self._records, self._source = Records(bucket, source), source

    async def check(self) -> None:
        """Open every data key, move records of older layouts, and make a master key where nothing is sealed yet.

        Raises WrongMasterKey: to be asked at the start, so that nobody learns of it while paying.
        """
        found = await self._records.bucket.entries(">")
        users = {key.split(".")[0] for key, (value, _) in found.items() if value is not None}
        for user in sorted(users):
            await self._records.open(user)
        if self._source.load() is None:
            self._source.create()

    async def read(self, user: str) -> Secrets:
        """The user's secrets; empty for a new user. Raises UsherError where the key does not fit."""
        opened = await self._records.open(user)
        contact = _contact(opened)
        return Secrets(_cards(opened), contact.email, contact.phone, opened.plain.get(SESSION, b"").decode())

    async def cards(self, user: str) -> tuple[GiftCard, ...]:
        """The user's cards in order of use."""
        cards = _cards(await self._records.open(user))
        return tuple(GiftCard(card_id, *pair) for card_id, pair in cards.items())

    async def contact(self, user: str) -> Contact | None:
        """Where the site shall send the ticket, if it was given."""
        held = _contact(await self._records.open(user))
        return Contact(held.email, held.phone) if held.email else None

    async def add_card(self, user: str, number: str, pin: str) -> tuple[str, str]:
        """Keep a gift card; (card id, last four). Raises BadInput, Conflict."""
        number, pin = check_card(number, pin)
        card_id = f"c{secrets.token_hex(4)}"

        def added(cards: Cards) -> Cards:
            if any(number == known for known, _ in cards.values()):
                raise BadInput("card", f"the card ending in {number[-4:]} is already there", "a card that is new")
            return cards | {card_id: (number, pin)}

        await self._change_cards(user, added)
        return card_id, number[-4:]

    async def remove_card(self, user: str, card_id: str) -> None:
        """Forget a card. Raises NotFound."""

        def removed(cards: Cards) -> Cards:
            if card_id not in cards:
                raise NotFound(f'no card "{card_id}": see `usher card list`')
            return {known: pair for known, pair in cards.items() if known != card_id}

        await self._change_cards(user, removed)

    async def order_cards(self, user: str, cards: tuple[str, ...]) -> None:
        """Use the cards in this order. Raises BadInput where these are not all of them, each once."""

        def ordered(held: Cards) -> Cards:
            if sorted(cards) != sorted(held):
                raise BadInput("cards", "these are not all your cards, each once", "every card's id, in order of use")
            return {card: held[card] for card in cards}

        await self._change_cards(user, ordered)

    async def set_session(self, user: str, session: str) -> None:
        """Keep the site's session cookies (JSON list)."""
        await self._change(user, SESSION, lambda _: session.encode())

    async def set_contact(self, user: str, email: str, phone: str) -> Contact:
        """Keep where the site sends the ticket; an empty part stays as it is. Raises BadInput."""
        email, phone = check_contact(email, phone)

        def changed(opened: Opened) -> bytes:
            held = _contact(opened)
            return msgspec.json.encode(_Contact(email or held.email, phone or held.phone))

        held = msgspec.json.decode(await self._change(user, CONTACT, changed), type=_Contact)
        return Contact(held.email, held.phone)

    async def forget(self, user: str) -> None:
        """Destroy all secrets of the user, older revisions too, and the master key that old backups need.

        Raises Unavailable.
        """
        await self._records.forget(user)
        if self._source.lock is None:
            log.warning("vault.key_not_rotated", why=f"{self._source.where} is not usher's to change")
            return
        try:
            await rotate(self._records)
        except UsherError as wrong:  # the secrets are gone; only copies in old backups could still be opened
            log.error("vault.key_not_rotated", why=str(wrong), instead="run `usher key rotate`")

    async def _change_cards(self, user: str, change: Callable[[Cards], Cards]) -> None:
        await self._change(user, CARDS, lambda opened: msgspec.json.encode(change(_cards(opened))))

    async def _change(self, user: str, place: str, change: Callable[[Opened], bytes]) -> bytes:
        """Read, change and write one place; anew where another was faster. What was written."""
        for _ in range(TRIES):
            opened = await self._records.open(user)
            plain = change(opened)
            try:
                await self._records.write(user, place, plain, opened)
                return plain
            except Conflict:
                continue
        raise Conflict("the vault is changed by others all the time: try again")


def _cards(opened: Opened) -> Cards:
    return msgspec.json.decode(opened.plain.get(CARDS, b"{}"), type=Cards)


def _contact(opened: Opened) -> _Contact:
    return msgspec.json.decode(opened.plain.get(CONTACT, b"{}"), type=_Contact)
