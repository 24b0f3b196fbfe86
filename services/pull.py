"""A continuous pull from one durable consumer: prefetching, flow-controlled, healing after an outage."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from events.streams import GROUP, PIN

CHECK = 0.5  # s: how soon after a reconnect the requests are made anew
Handle = Callable[[Msg], Awaitable[None]]


class Pull:
    """Own loop, since `fetch` can block for its whole timeout (nats.py#986) and waits out an outage.

    `room` is asked before each request: how many more messages may be taken into work. A `pinned` consumer gives its
    messages to one client at a time: this one asks anew well within its silence, so that it stays the one or,
    standing by, becomes it.
    """

    def __init__(
        self,
        nc: Client,
        stream: str,
        consumer: str,
        handle: Handle,
        room: Callable[[], int],
        beat: float = 5.0,
        pinned: bool = False,
    ) -> None:
        self._nc, self._handle, self._room, self._pinned = nc, handle, room, pinned
        self._beat = PIN / 2 if pinned else beat
        self._pin = ""
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = nc.new_inbox()
        self._asked = self._round = 0
        self._seen = time.monotonic()
        self._subscription: Subscription | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Subscribe and ask for the first messages."""
        self._subscription = await self._nc.subscribe(
            self._inbox + ".*.*", cb=self._on, pending_msgs_limit=-1, pending_bytes_limit=-1
        )
        self._watch = asyncio.create_task(self._keep_asking())
        await self.ask()

    async def ask(self) -> None:
        """Ask for as many messages as there is room for."""
        wanted = self._room() - self._asked
        if wanted <= 0 or self._subscription is None:
            return
        self._asked += wanted
        body: dict[str, object] = {"batch": wanted}
        if self._pinned:
            body |= {"expires": int(PIN / 2 * 1e9), "group": GROUP} | ({"id": self._pin} if self._pin else {})
        else:
            body |= {"expires": 30_000_000_000, "idle_heartbeat": int(self._beat * 1e9)}
        try:
            reply = f"{self._inbox}.{self._round}.{wanted}"
            await self._nc.publish(self._subject, json.dumps(body).encode(), reply=reply)
        except NatsError:  # not connected: the watch asks again
            self._asked -= wanted

    async def _on(self, message: Msg) -> None:
        self._seen = time.monotonic()
        status = message.headers.get("Status") if message.headers and not message.data else None
        if status is None:
            self._asked = max(0, self._asked - 1)
            self._pin = (message.headers or {}).get("Nats-Pin-Id", "")
            await self._handle(message)
            return
        if status == "100":
            return
        round_, wanted = map(int, message.subject.split(".")[-2:])
        if round_ == self._round:  # this request is over: so many will not come
            left = (message.headers or {}).get("Nats-Pending-Messages", wanted)
            self._asked = max(0, self._asked - int(left))
        if status == "423":  # another client is the active one by now
            self._pin = ""
        if status in {"408", "423"}:
            await self.ask()

    async def _keep_asking(self) -> None:
        connection = self._nc.stats["reconnects"]
        while True:
            await asyncio.sleep(CHECK)
            if not self._nc.is_connected:
                continue
            renewed = self._nc.stats["reconnects"] != connection
            if renewed or time.monotonic() - self._seen > 2 * self._beat:  # a server that restarted knows no request
                connection = self._nc.stats["reconnects"]
                self._round += 1
                self._asked, self._seen = 0, time.monotonic()
            await self.ask()

    async def stop(self) -> None:
        """Take no more messages."""
        if self._watch is not None:
            self._watch.cancel()
        if self._subscription is not None:
            with contextlib.suppress(NatsError):
                await self._subscription.unsubscribe()
