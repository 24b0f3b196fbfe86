"""Direct reads of a stream: the last event of each type, single sequences, and the chain that joins them."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from events.chain import Stored, broken_off, chain, readable, recorded, sequence_of
from events.codec import Recorded, Unreadable, decode, moment
from events.connection import QuickClient
from events.errors import NotAllowed, Unavailable

__all__ = ["DirectReader", "QuickClient", "delivered", "history", "moment", "place_of", "recorded", "sequence_of"]


class BrokenOff(Exception):
    """The server stopped in the middle of an answer."""


class DirectReader:
    """Batched direct gets over one wildcard inbox. Open with `await reader.open()`."""

    def __init__(self, nc: Client, timeout: float = 5.0) -> None:
        self._nc, self._timeout = nc, timeout
        self._inbox = nc.new_inbox()
        self._waiting: dict[str, asyncio.Queue[Msg | NotAllowed]] = {}
        self._tokens = count()
        self._opened = False

    async def open(self) -> None:
        """Subscribe the inbox, once."""
        if not self._opened:
            self._opened = True
            await self._nc.subscribe(f"{self._inbox}.*", cb=self._on)

    async def _on(self, message: Msg) -> None:
        queue = self._waiting.get(message.subject.rsplit(".", 1)[1])
        if queue is not None:
            queue.put_nowait(message)

    async def ask(self, stream: str, body: dict[str, Any], single: bool = False) -> list[Msg]:
        """The messages a direct get answers with; [] where there are none. Raises Unavailable.

        A reading that stays unanswered for a moment is asked again: a server that restarted never saw it. So is one
        that broke off: in a bucket the value may just have been replaced. On a spoiled disk it breaks off for ever.
        """
        await self.open()
        why = f"reading {stream} took over {self._timeout:.0f} s: is NATS up?"
        for within in (self._timeout / 5, self._timeout):
            try:
                return await self._ask(stream, json.dumps(body).encode(), single, within)
            except TimeoutError:
                continue
            except BrokenOff:
                why = f"the server cannot read a message of {stream} that it holds: run `usher verify`"
        raise Unavailable(why)

    async def _ask(self, stream: str, body: bytes, single: bool, within: float) -> list[Msg]:
        token = str(next(self._tokens))
        reply = f"{self._inbox}.{token}"
        queue: asyncio.Queue[Msg | NotAllowed] = asyncio.Queue()
        self._waiting[token] = queue
        if isinstance(self._nc, QuickClient):
            self._nc.expecting[reply] = queue.put_nowait
        found: list[Msg] = []
        try:
            async with asyncio.timeout(within):
                await self._nc.publish(f"$JS.API.DIRECT.GET.{stream}", body, reply=reply)
                while True:
                    message = await queue.get()
                    if isinstance(message, NotAllowed):
                        raise message
                    status = (message.headers or {}).get("Status")
                    if status == "503":
                        raise Unavailable(f"stream {stream} does not answer: run `usher doctor`")
                    if b'"multi_last"' in body and broken_off(message.headers or {}):
                        raise BrokenOff
                    if status is not None:
                        return found
                    found.append(message)
                    if single:
                        return found
        finally:
            del self._waiting[token]
            if isinstance(self._nc, QuickClient):
                self._nc.expecting.pop(reply, None)

    async def last_of_each(self, stream: str, subject: str) -> list[Msg]:
        """The last message of every subject that fits the wildcard, in stream order."""
        return await self.ask(stream, {"multi_last": [subject], "batch": 200})

    async def at(self, stream: str, sequence: int) -> Msg | None:
        """The message with that sequence."""
        found = await self.ask(stream, {"seq": sequence}, single=True)
        return found[0] if found else None

    async def last(self, stream: str, subject: str) -> Msg | None:
        """The last message of one subject."""
        found = await self.ask(stream, {"last_by_subj": subject}, single=True)
        return found[0] if found else None


def place_of(message: Msg) -> tuple[int, int]:
    """Stream sequence and time (ns since 1970) of a message from a consumer; both stand in its reply subject.

    Read by hand: nats-py's `metadata` costs more than the decoding of the body (ADR-15 describes both forms).
    """
    tokens = message.reply.split(".")
    short = len(tokens) == 9
    return int(tokens[5 if short else 7]), int(tokens[7 if short else 9])


def delivered(message: Msg) -> Recorded | Unreadable:
    """A message from a consumer as an event."""
    sequence, nanoseconds = place_of(message)
    return decode(message.subject, message.headers, message.data, sequence, moment(nanoseconds))


async def history(reader: DirectReader, stream: str, subject: str) -> list[Recorded]:
    """Every event of one key, oldest first: the last of each type, then the chain of previous sequences for the rest.

    Its cost does not grow with the stream (facts: NATS reads a filter by walking, the last-message index does not).
    Raises BrokenHistory where the chain has a gap or holds an event that this version cannot read.
    """
    return readable(subject, await messages_of(reader, stream, subject))


async def messages_of(reader: DirectReader, stream: str, subject: str) -> list[Stored]:
    """The same as messages, whether this version can read them or not. Raises BrokenHistory where there is a gap."""
    lacking = chain(stream, subject, await reader.last_of_each(stream, subject))
    try:
        wanted = next(lacking)
        while True:
            wanted = lacking.send(await asyncio.gather(*(reader.at(stream, sequence) for sequence in wanted)))
    except StopIteration as done:
        return list(done.value)
