"""The event store: load, append with an expected sequence, and execute = load → decide → append."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from contextvars import ContextVar
from functools import reduce
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.errors import ConnectionClosedError, NoRespondersError, OutboundBufferLimitError

from events.catalogue import STREAM_OF
from events.codec import EXPECTED, EXPECTED_SUBJECT, JUST_BEFORE, Recorded, encode, headers_of, subject_of
from events.errors import Conflict, OutcomeUnknown, Unavailable
from events.job import Event
from events.lifecycle import Job, Refusal, decide, evolve
from events.orders import Command
from events.reading import DirectReader, history
from events.settings import Ids, new_event_id

CONFLICT, TRIES = 10071, 8
# The event that is being reacted to: what is written meanwhile was caused by it, unless its writer says otherwise.
CAUSE: ContextVar[str | None] = ContextVar("cause", default=None)
# The job and the sequence of that event: no reading of the job may be older than what is being reacted to.
HEARD: ContextVar[tuple[str, int]] = ContextVar("heard", default=("", 0))
BEHIND = (0.0, 0.005, 0.02, 0.08, 0.3, 1.0, 2.0)  # s between readings of a copy that is behind the others


class Loaded(msgspec.Struct, frozen=True):
    """A job's state, the sequence and id of its last event (0: new job) and the correlation of its events."""

    job: Job
    sequence: int
    correlation: str | None = None
    last_id: str | None = None


class Appended(msgspec.Struct, frozen=True):
    """What an execution appended (perhaps nothing), the job after it, and the sequence it now stands at."""

    events: tuple[Event, ...]
    ids: tuple[str, ...]
    job: Job
    sequence: int


class EventStore:
    """The one write path to the log. Bounded cache of (state, sequence): a stale entry only costs a conflict."""

    def __init__(self, nc: Client, actor: str, *, ids: Ids = new_event_id, cache: int = 10_000, timeout: float = 5.0):
        self.nc, self.actor, self.reader = nc, actor, DirectReader(nc)
        self._ids, self._limit, self._timeout = ids, cache, timeout
        self._cache: OrderedDict[str, Loaded] = OrderedDict()

    async def history(self, job_id: str, reaching: int = 0) -> list[Recorded]:
        """All events of a job, oldest first; [] for an unknown id.

        In a cluster any copy of the stream answers, also one that is behind: what comes reaches sequence `reaching`,
        and what this process has written, read or heard of the job. Raises Unavailable where it stays behind.
        """
        known, heard = self._cache.get(job_id), HEARD.get()
        reaching = max(reaching, known.sequence if known else 0, heard[1] if heard[0] == job_id else 0)
        for pause in BEHIND:
            await asyncio.sleep(pause)
            events = await history(self.reader, "JOBS", f"job.*.{job_id}")
            if not reaching or (events and events[-1].sequence >= reaching):
                return events
        raise Unavailable(f"the log does not show event {reaching} of job {job_id}: run `usher verify`")

    async def load(self, job_id: str, fresh: bool = False, reaching: int = 0) -> Loaded:
        """The job's state, from the cache unless `fresh`; `reaching`: see `history`."""
        if not fresh and job_id in self._cache:
            self._cache.move_to_end(job_id)
            return self._cache[job_id]
        return self._fold(job_id, await self.history(job_id, reaching))

    def _fold(self, job_id: str, events: Sequence[Recorded]) -> Loaded:
        job = reduce(evolve, (record.event for record in events), Job())
        loaded = Loaded(job, 0)
        if events:
            loaded = Loaded(job, events[-1].sequence, events[0].correlation, events[-1].event_id)
        self._remember(job_id, loaded)
        return loaded

    def _remember(self, job_id: str, loaded: Loaded) -> None:
        self._cache[job_id] = loaded
        self._cache.move_to_end(job_id)
        if len(self._cache) > self._limit:
            self._cache.popitem(last=False)

    async def execute(self, job_id: str, command: Command, *, causation: str | None = None) -> Appended | Refusal:
        """Load, decide, append; on a conflict reload and decide again, a bounded number of times.

        `causation` is the id of the event that is reacted to; without one it is the job's last event, on which the
        command was decided: so every event leads back to the wish.
        Raises Conflict when others keep being faster, OutcomeUnknown when a write's answer stays lost, Unavailable.
        """
        beyond = 0
        for attempt in range(TRIES):
            loaded = await self.load(job_id, fresh=attempt > 0, reaching=beyond)
            decision = decide(command, loaded.job)
            if attempt == 0 and (isinstance(decision, Refusal) or not decision):
                # only an append proves that the cached state was true: no "no" and no "nothing new" on old news
                loaded = await self.load(job_id, fresh=True)
                decision = decide(command, loaded.job)
            if isinstance(decision, Refusal):
                return decision
            if not decision:
                return Appended((), (), loaded.job, loaded.sequence)
            try:
                return await self._store(job_id, loaded, decision, causation)
            except Conflict:  # so there is a later event than we were shown
                beyond = loaded.sequence + 1
                await asyncio.sleep(0.002 * attempt)
        raise Conflict(f"job {job_id} is changed by others all the time: try again")

    async def _store(self, job_id: str, loaded: Loaded, events: list[Event], causation: str | None) -> Appended:
        ids = tuple(self._ids() for _ in events)
        correlation = loaded.correlation or ids[0]
        try:
            cause = causation or loaded.last_id
            first = await self.append("job", job_id, loaded.sequence, events, ids, cause, correlation)
        except OutcomeUnknown:
            first = await self._find(job_id, ids[0])
        job, sequence = reduce(evolve, events, loaded.job), first + len(events) - 1
        self._remember(job_id, Loaded(job, sequence, correlation, ids[-1]))
        return Appended(tuple(events), ids, job, sequence)

    async def _find(self, job_id: str, event_id: str) -> int:
        """Whether a write whose answer was lost is in the history; it may still arrive, so look more than once."""
        for pause in (0.0, 0.2, 0.8):
            await asyncio.sleep(pause)
            try:
                events = await self.history(job_id)
            except Unavailable:
                continue
            self._fold(job_id, events)
            for record in events:
                if record.event_id == event_id:
                    return record.sequence
        self._cache.pop(job_id, None)
        where = "whether it was written shows in `usher history`, what is wrong in `usher doctor`"
        raise OutcomeUnknown(f"the log did not answer for job {job_id}: {where}")

    async def append(
        self,
        family: str,
        key: str,
        expected: int,
        events: Sequence[msgspec.Struct],
        ids: Sequence[str],
        causation: str | None = None,
        correlation: str | None = None,
    ) -> int:
        """Append the events of one decision after sequence `expected` (0: new key); the first one's sequence.

        One event is one publish, several are one atomic batch. Raises Conflict, OutcomeUnknown, Unavailable.
        """
        batch = {"Nats-Batch-Id": ids[0]} if len(events) > 1 else {}
        cause = causation or CAUSE.get()
        for position, (event, event_id) in enumerate(zip(events, ids, strict=True), 1):
            headers = headers_of(
                event,
                event_id,
                actor=self.actor,
                previous=expected if position == 1 else JUST_BEFORE,
                causation=cause,
                correlation=correlation,
            )
            if position == 1:
                headers[EXPECTED], headers[EXPECTED_SUBJECT] = str(expected), f"{family}.*.{key}"
            if batch:
                headers |= batch | {"Nats-Batch-Sequence": str(position)}
            subject, cause = subject_of(event, key), event_id
            if position < len(events):
                await self._send(subject, encode(event), headers)
            else:
                headers |= {"Nats-Batch-Commit": "1"} if batch else {}
                ack = await self._request(subject, encode(event), headers)
        return int(ack["seq"]) - len(events) + 1

    async def publish(self, event: msgspec.Struct, key: str, causation: str | None = None) -> str:
        """Append one event without an expectation (looks, which have no aggregate); its id."""
        event_id = self._ids()
        headers = headers_of(event, event_id, actor=self.actor, previous=0, causation=causation, correlation=causation)
        await self._request(subject_of(event, key), encode(event), headers)
        return event_id

    async def _send(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        try:
            await self.nc.publish(subject, body, headers=headers)
        except (OutboundBufferLimitError, ConnectionClosedError):
            raise Unavailable("NATS is not connected just now: nothing was written") from None

    async def _request(self, subject: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        try:
            reply = await self.nc.request(subject, body, timeout=self._timeout, headers=headers)
        except NoRespondersError:
            raise Unavailable(f"no stream takes {subject}: run `usher doctor`") from None
        except (OutboundBufferLimitError, ConnectionClosedError):
            raise Unavailable("NATS is not connected just now: nothing was written") from None
        except TimeoutError:
            raise OutcomeUnknown(f"no answer for {subject}") from None
        ack: dict[str, Any] = json.loads(reply.data)
        if error := ack.get("error"):
            if error.get("err_code") == CONFLICT:
                raise Conflict(str(error.get("description")))
            raise Unavailable(f"{STREAM_OF[subject.split('.', 1)[0]]} refused the event: {error.get('description')}")
        return ack
