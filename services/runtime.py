"""Runs an actor: pull, one message at a time per key, heartbeat, handler, **then** ack; retry, park, drain."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from traceback import format_exception

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from events.codec import Recorded, Unreadable
from events.errors import OutcomeUnknown, Unavailable, UsherError
from events.reading import DirectReader, delivered, recorded
from events.store import CAUSE, HEARD
from events.streams import CONSUMERS, PINNED
from services.health import Health
from services.parking import How, Parked, Retry, Settled, older_of, read_cases
from services.pull import Pull

log = structlog.get_logger()
AGAIN = 0.3  # s until a retry whose turn has not come is looked at again


class Delivery(msgspec.Struct, frozen=True):
    """One message as a handler sees it. `recorded` is None for timers; `key` is the job's or group's id."""

    subject: str
    key: str
    data: bytes
    recorded: Recorded | None

    @property
    def cause(self) -> str | None:
        """The id of the event that is being reacted to."""
        return self.recorded.event_id if self.recorded else None


class Later(Exception):
    """Not a failure: the message shall come again after so many seconds. It is never parked for it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(0.05, seconds)
        super().__init__(f"later, in {self.seconds:.1f} s")


Handler = Callable[[Delivery], Awaitable[None]]


class Policy(msgspec.Struct, frozen=True):
    """How an actor works: messages in work at once, tries before parking, first pause of the backoff, heartbeat (s)."""

    at_once: int = 16
    tries: int = 5
    first_pause: float = 0.5
    longest_pause: float = 30.0
    beat: float = 5.0

    def pause(self, tried: int) -> float:
        """Seconds until the next try."""
        return float(min(self.longest_pause, self.first_pause * 2 ** min(tried - 1, 16)))


class Source(msgspec.Struct, frozen=True):
    """A durable consumer (declared in events.streams) and what handles its messages."""

    stream: str
    consumer: str
    handler: Handler


class Actor:
    """One actor's consumers, run until `drain`. Handlers never ack, sleep or catch Exception."""

    def __init__(self, nc: Client, name: str, sources: tuple[Source, ...], policy: Policy, health: Health) -> None:
        self.name, self._nc, self._policy, self._health = name, nc, policy, health
        self._sources, self._reader = sources, DirectReader(nc)
        self._pulls: list[Pull] = []
        self._work: set[asyncio.Task[None]] = set()
        self._keys: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()  # messages of a key that wait for its lock or hold it
        self._failures: dict[tuple[str, int], int] = {}  # a `Later` is delivered again too, and is no failure

    async def start(self) -> None:
        """Start pulling from every source, and what shall be tried again."""
        retries = any((one.stream, one.name) == ("PARKED", self.name) for one in CONSUMERS)
        again = (Source("PARKED", self.name, self._again),) if retries else ()
        for source in (*self._sources, *again):
            pinned = (source.stream, source.consumer) in PINNED
            pull = Pull(self._nc, source.stream, source.consumer, self._taker(source), self._room, pinned=pinned)
            self._pulls.append(pull)
            await pull.start()
        self._health.started(self.name)

    def _room(self) -> int:
        return max(0, self._policy.at_once - len(self._work))

    def _taker(self, source: Source) -> Callable[[Msg], Awaitable[None]]:
        async def take(message: Msg) -> None:
            task = asyncio.create_task(self._work_on(source, message))
            self._work.add(task)
            task.add_done_callback(self._done)

        return take

    def _done(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        for pull in self._pulls:
            asking = asyncio.ensure_future(pull.ask())
            self._work_extra(asking)

    def _work_extra(self, task: asyncio.Future[None]) -> None:
        task.add_done_callback(lambda done: done.exception() if not done.cancelled() else None)

    async def _work_on(self, source: Source, message: Msg) -> None:
        delivery = self._read(message)
        if isinstance(delivery, Unreadable):
            await self._park(source, message, delivery.why)
            return
        lock = self._keys.setdefault(delivery.key, asyncio.Lock())
        self._waiting[delivery.key] += 1
        beat = asyncio.create_task(self._heartbeat(message))
        try:
            async with lock:
                await self._deliver(source, message, delivery)
        finally:
            beat.cancel()
            self._waiting[delivery.key] -= 1
            if not self._waiting[delivery.key]:  # a lock that was just released may have a waiter all the same
                del self._waiting[delivery.key], self._keys[delivery.key]

    @staticmethod
    def _read(message: Msg) -> Delivery | Unreadable:
        """A timer has no event in it: its subject says it all."""
        family, key = message.subject.split(".", 1)[0], message.subject.rsplit(".", 1)[1]
        if family in {"due", "retry"}:
            return Delivery(message.subject, key, message.data, None)
        record = delivered(message)
        if isinstance(record, Unreadable):
            return record
        return Delivery(message.subject, key, message.data, record)

    async def _deliver(self, source: Source, message: Msg, delivery: Delivery) -> None:
        """Run the effect, then ack. A crash in between means once more, so effects bear repetition."""
        CAUSE.set(delivery.cause)  # each message is worked on in a task, and so in a context, of its own
        HEARD.set((delivery.key, delivery.recorded.sequence if delivery.recorded else 0))
        bound = log.bind(actor=self.name, subject=delivery.subject, event_id=delivery.cause)
        try:
            with self._health.timed(self.name):
                await source.handler(delivery)
        except asyncio.CancelledError:
            await _quietly(message.nak(delay=0.1))
            raise
        except Later as later:
            await _quietly(message.nak(delay=later.seconds))
        except Exception as broken:  # the one broad catch of the project: whatever broke, the broker asks again
            self._health.failed(self.name, broken)
            place = (source.stream, message.metadata.sequence.stream)
            failures = self._failures[place] = self._failures.get(place, 0) + 1
            away = isinstance(broken, Unavailable | OutcomeUnknown | NatsError)  # an outage is not the message's fault
            if failures >= self._policy.tries and not away:
                del self._failures[place]
                plain = isinstance(broken, UsherError)  # written for people
                why = str(broken) if plain else "".join(traceback.format_exception_only(broken))
                await self._park(source, message, why, "".join(format_exception(broken)))
                return
            pause = self._policy.pause(failures)
            expected = isinstance(broken, UsherError)
            bound.warning("actor.effect_failed", retry_in=pause, why=str(broken), exc_info=not expected)
            await _quietly(message.nak(delay=pause))
        else:
            self._failures.pop((source.stream, message.metadata.sequence.stream), None)
            await _quietly(message.ack())

    async def _heartbeat(self, message: Msg) -> None:
        while True:
            await asyncio.sleep(self._policy.beat)
            await _quietly(message.in_progress())

    async def _again(self, delivery: Delivery) -> None:
        """Handle a parked message once more, as it stands in its stream; then say so. It is its key's turn already."""
        order = msgspec.json.decode(delivery.data, type=Retry)
        parked = order.message
        if not await self._is_next(order):
            return
        source = next((s for s in self._sources if (s.stream, s.consumer) == (parked.stream, parked.consumer)), None)
        if source is None:
            raise UsherError(f"{self.name} reads nothing as {parked.stream}/{parked.consumer}: drop it")
        original = Delivery(parked.subject, parked.key, parked.data.encode(), None)
        if not parked.subject.startswith("due."):
            message = await self._reader.at(parked.stream, parked.sequence)
            if message is None:
                raise UsherError(f"{parked.stream} does not hold message {parked.sequence} any more: drop it")
            record = recorded(message)
            if isinstance(record, Unreadable):
                raise UsherError(f"it still cannot be read: {record.why}")
            original = Delivery(parked.subject, parked.key, message.data, record)
        CAUSE.set(original.cause)
        await source.handler(original)
        await self._settle(delivery.subject, order, "retried", "")

    async def _is_next(self, order: Retry) -> bool:
        """Whether it is this one's turn; False where it was handled already and only its ack was lost.

        A process that dies leaves its retries to be delivered in any order: an older one of the same key goes first.
        Raises Later while that is under way, UsherError where nobody asked for it (any more: it failed again).
        """
        known = await read_cases(self._reader)
        case = next((case for case in known if case.number == order.parked), None)
        if case is None or not case.open:
            return case is None
        for older in older_of(case, known):
            if older.asked is not None:
                raise Later(AGAIN)
            raise UsherError(f"{older.number} of the same job goes first: it waits in PARKED")
        return True

    async def _settle(self, subject: str, order: Retry, how: How, why: str) -> None:
        end = Settled(order.parked, how, order.by, why, datetime.now(UTC))
        place = subject.removeprefix("retry.")
        await self._nc.request(f"settled.{place}", msgspec.json.encode(end), timeout=5)

    async def _park(self, source: Source, message: Msg, why: str, trace: str = "") -> None:
        """Copy the message to PARKED first, then terminate it: nothing is skipped silently."""
        parked = Parked(
            subject=message.subject,
            why=why,
            stream=source.stream,
            consumer=source.consumer,
            sequence=message.metadata.sequence.stream,
            headers=dict(message.headers or {}),
            data=message.data.decode(errors="replace"),
            traceback=trace,
            parked_at=datetime.now(UTC),
        )
        order = None
        if source.stream == "PARKED":  # tried again in vain: the message itself is parked anew
            order = msgspec.json.decode(message.data, type=Retry)
            news = {"why": why, "traceback": trace, "parked_at": parked.parked_at}
            parked = msgspec.structs.replace(order.message, **news)
        try:
            body = msgspec.json.encode(parked)
            await self._nc.request(f"parked.{self.name}.{parked.subject}", body, timeout=5)
            if order is not None:
                await self._settle(message.subject, order, "failed", why)
        except (NatsError, TimeoutError):
            await _quietly(message.nak(delay=self._policy.longest_pause))
            return
        self._health.parked(self.name)
        log.error("actor.parked", actor=self.name, subject=parked.subject, why=why)
        await _quietly(message.term())

    async def drain(self, within: float = 10.0) -> None:
        """Take no more messages, let those in work end, cancel what takes longer than `within` seconds."""
        for pull in self._pulls:
            await pull.stop()
        if self._work:
            _, late = await asyncio.wait(set(self._work), timeout=within)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=2)
        self._health.stopped(self.name)


async def _quietly(saying: Awaitable[None]) -> None:
    """An ack, nak or heartbeat that does not reach the server only means one more delivery."""
    with contextlib.suppress(NatsError, TimeoutError):
        await saying
