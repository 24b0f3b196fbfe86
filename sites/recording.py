"""What a site said during one look or visit, kept without what belongs to a person, so that it can be lived again.

A page may hold its visitor's data: the adapter says what of a page may be kept. Secrets that are known when they are
used (account, contact, cards) are replaced by stand-ins, the same everywhere: what is sent again then fits.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

import msgspec

from events.errors import BadInput
from sites.protocol import Contact, GiftCard

FORMAT = 1
MOST = 8_000_000  # characters of pages; what comes after them is left out, and the recording says so
PERSON = Contact("person@example.org", "9000000000")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.]{1,190}")  # bounded: a page may be one long word
# what ends a look or visit badly; a hall is the last word where nothing in it was held
BAD = frozenset({"Blocked", "Challenge", "Refused", "SeatMap", "Unknown", "Unreadable"})
Json = dict[str, Any]
Answer = TypeVar("Answer")


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request and its answer. `path` with its query; `sent`: what was sent along; `to`: where a redirect leads;
    `retry_after`: the header."""

    method: str
    path: str
    status: int
    kind: str = ""
    body: str = ""
    sent: str = ""
    to: str = ""
    retry_after: str = ""


class Call(msgspec.Struct, frozen=True):
    """What the adapter was asked and what it said, as plain values; an answer's `type` is its struct's name."""

    name: str
    asked: list[Any]
    answer: Json


class Recording(msgspec.Struct, frozen=True):
    """One look or visit; `made` (UTC) is when it began. `cut`: not everything that was said is here."""

    site: str
    made: datetime
    exchanges: tuple[Exchange, ...]
    calls: tuple[Call, ...]
    cut: bool = False
    format: int = FORMAT


class Recorder:
    """Collects one look or visit. Secrets stay in it until it is dropped; `recording` gives nothing of them away."""

    def __init__(self, site: str, made: datetime, whole: bool = False) -> None:
        """`whole`: it is wanted however it ends."""
        self._site, self._made, self._whole = site, made, whole
        self._asking = ""
        self._heard: list[Exchange | None] = []
        self._calls: list[Call] = []
        self._stand_ins: dict[str, str] = {}
        self._impersonal: Callable[[str, int], str] = lambda body, status: body
        self._size, self._cut = 0, False
        self._listening: set[asyncio.Task[None]] = set()

    def conceal(
        self,
        impersonal: Callable[[str, int], str],
        address: str,
        tokens: Iterable[str] = (),
        contact: Contact | None = None,
    ) -> None:
        """What must not be in it, now and before: the site's address, an account's tokens, where the ticket is sent;
        and by `impersonal`, which gives a body (of an answer with that status) without its visitor, what only the
        adapter can find."""
        self._impersonal = impersonal
        self._hide(address, "")
        for token in tokens:
            self._hide(token, "hidden")
        if contact is not None:
            self._hide(contact.email, PERSON.email)
            self._hide(contact.phone, PERSON.phone)

    def _hide(self, secret: str, stand_in: str) -> None:
        if len(secret) > 3:  # shorter ones would change every other word
            self._stand_ins[secret] = stand_in

    def hide_card(self, card: GiftCard) -> GiftCard:
        """Hide a card; its stand-in, which ends alike: the last four digits are in the events anyway."""
        shown = GiftCard(card.card_id, card.number[-4:].rjust(len(card.number), "8"), "0" * len(card.pin))
        self._hide(card.number, shown.number)
        self._hide(" ".join(re.findall(".{1,4}", card.number)), " ".join(re.findall(".{1,4}", shown.number)))
        self._hide(card.pin, shown.pin)
        return shown

    def place(self) -> int:
        """A place for an answer that is still being read: answers stand in the order of their beginnings."""
        self._heard.append(None)
        return len(self._heard) - 1

    def keep(self, exchange: Exchange, place: int | None = None) -> None:
        """Keep an answer, at a place that was taken for it."""
        self._size += len(exchange.body)
        if self._size > MOST:
            self._cut = True
        else:
            self._heard[self.place() if place is None else place] = exchange

    def missed(self) -> None:
        """An answer could not be read."""
        self._cut = True

    @property
    def cut(self) -> bool:
        """Whether something that was said, or that nothing was, is missing."""
        return self._cut

    def listen(self, reading: Coroutine[Any, Any, None]) -> None:
        """Read an answer beside what goes on."""
        task = asyncio.create_task(reading)
        self._listening.add(task)
        task.add_done_callback(self._listening.discard)

    async def settle(self, within: float = 2.0) -> None:
        """Wait until what is being read is read, or not longer."""
        if self._listening:
            _, late = await asyncio.wait(set(self._listening), timeout=within)
            for task in late:
                self._cut = True
                task.cancel()

    async def ask(self, name: str, asked: list[Any], answering: Awaitable[Answer]) -> Answer:
        """Keep what the adapter is asked and what it says."""
        self._asking = name
        answer = await answering
        self._asking = ""
        if answer is not None:  # what is waited for in vain is asked again and again
            self._calls.append(Call(name, [msgspec.to_builtins(one) for one in asked], plain(answer)))
        return answer

    @property
    def wanted(self) -> bool:
        """Whether it ended badly: with a no, an unreadable page, a hall in which nothing was held, or no answer."""
        return self._whole or bool(self._asking) or bool(self._calls and self._calls[-1].answer["type"] in BAD)

    def recording(self) -> Recording:
        """Everything so far, without secrets."""
        heard = tuple(self._hidden(self._without_person(one)) for one in self._heard if one is not None)
        return Recording(self._site, self._made, heard, tuple(map(self._hidden, self._calls)), self._cut)

    def _without_person(self, exchange: Exchange) -> Exchange:
        body = self._impersonal(exchange.body, exchange.status)
        if "@" in body:  # most pages hold none, and are walked for one in vain: other threads wait meanwhile
            body = _EMAIL.sub(PERSON.email, body)
        return msgspec.structs.replace(exchange, body=body)

    def _hidden(self, value: Any) -> Any:
        """The value with stand-ins for secrets, however they are written: longest first, a part is no whole."""
        text = msgspec.json.encode(value).decode()
        for secret in sorted(self._stand_ins, key=len, reverse=True):
            stand_in = self._stand_ins[secret]
            for written in (lambda t: t, quote, quote_plus, lambda t: json.dumps(t)[1:-1]):
                text = text.replace(written(secret), written(stand_in))
        return msgspec.json.decode(text, type=type(value))


def plain(answer: Any) -> Json:
    """An answer of the adapter as plain values, without pictures."""
    shown = {name: getattr(answer, name) for name in answer.__struct_fields__ if name != "picture"}
    values: Json = msgspec.json.decode(msgspec.json.encode({"type": type(answer).__name__, **shown}))
    return values


def pack(recording: Recording) -> bytes:
    """A recording as a file: JSON, gzip. The same recording gives the same bytes, whenever it is packed."""
    return gzip.compress(msgspec.json.encode(recording), 6, mtime=0)


def unpack(data: bytes) -> Recording:
    """A recording out of a file. Raises BadInput."""
    try:
        return msgspec.json.decode(gzip.decompress(data), type=Recording)
    except (OSError, EOFError, ValueError) as wrong:
        raise BadInput("recording", f"it cannot be read ({wrong})", "what usher recorded, and no newer usher") from None
