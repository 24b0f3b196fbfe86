"""A NATS connection that reads headers quickly and says at once what it may not do."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nats.aio.client import Client

from events.errors import NotAllowed, Unavailable
from events.wire import Wire

if TYPE_CHECKING:
    import ssl

DENIED = re.compile(r'permissions violation for publish to "([^"]+)"', re.IGNORECASE)
REMEMBERED = 4_096  # requests; a denial comes within milliseconds


class QuickClient(Client):
    """nats-py looks at each letter of each header's name, which is half of what a message costs; this reads them in one
    pass. Where it lets a denied request run into its timeout, this fails it when the server's word comes (facts: the
    word names the subject only, in lower case). And where its `flush` pings ahead of what is buffered, so that the
    answer says nothing of it, this pings behind it. Should nats-py rename a method, its own comes back.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)  # subject, reply
        self.expecting: dict[str, Callable[[NotAllowed], None]] = {}  # reply → whom to tell
        self.seed, self.inbox = "", "_INBOX"  # as which NATS user, for a second connection of the same one
        self.tls: ssl.SSLContext | None = None  # how the servers are known, for that connection too

    async def connect(self, *servers: Any, **options: Any) -> None:
        """As nats-py's; who we are is remembered."""
        logging.getLogger("asyncio").addFilter(_worth_telling)
        self.seed, self.inbox = options.get("nkeys_seed_str", ""), options.get("inbox_prefix", "_INBOX")
        self.tls = options.get("tls")
        await super().connect(*servers, **options)

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in raw.decode("utf-8", "replace").split("\r\n"):
            name, separator, value = line.partition(":")
            if separator:
                found[name.strip()] = value.strip()
        return found

    async def publish(
        self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, Any] | None = None
    ) -> None:
        """As nats-py's; a message that wants a reply is remembered for a moment."""
        if reply:
            self._asked.append((subject, reply))
        await super().publish(subject, payload, reply=reply, headers=headers)

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        await self._flush_pending(force_flush=True)
        await super()._send_ping(future)

    async def _process_err(self, err_msg: str) -> None:
        if found := DENIED.search(err_msg):
            self._deny(found[1].lower())
        await super()._process_err(err_msg)

    def _deny(self, subject: str) -> None:
        refused = NotAllowed(f"this NATS user may not publish {subject}: see `usher doctor`")
        for asked, reply in list(self._asked):
            if asked.lower() != subject:
                continue
            self._asked.remove((asked, reply))
            if reply in self.expecting:
                self.expecting[reply](refused)
            waiting = (self._resp_map or {}).get(reply.rsplit(".", 1)[1])
            if waiting is not None and not waiting.done():
                waiting.set_exception(refused)


def _worth_telling(record: logging.LogRecord) -> bool:
    """asyncio warns at the end of every TLS connection: nats-py answers that end as one without TLS would."""
    return "eof_received() has no effect" not in record.getMessage()


def wire_beside(nc: Client, patience: float) -> Wire:
    """A plain socket to the same server as the same user, for reading much; blocking. Raises Unavailable."""
    where = nc.connected_url
    if where is None:
        raise Unavailable("the connection to NATS is lost")
    if not isinstance(nc, QuickClient):
        return Wire(where.geturl(), patience)
    return Wire(where.geturl(), patience, nc.seed, nc.inbox, nc.tls)
