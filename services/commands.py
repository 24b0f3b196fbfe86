"""What the desk remembers of commands: a repeated one is done once and answered alike; too many are refused.

A command's id is the request's header `Nats-Msg-Id`. Its sender makes it up, once for each thing that a person wants,
and sends it again with every repetition. Neither the request nor its secrets are kept, only the answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import msgspec

from events.errors import BadInput, Conflict, TooMany
from events.settings import new_job_id
from services.buckets import Bucket

Body = dict[str, Any]
LONGEST = 200  # characters of an id
PATIENCE = 5.0  # s that a repetition waits for the first one's answer before it does the work itself
REMEMBERED = 10_000  # people whose rate is kept in mind
PASSING = {"Unavailable", "Conflict", "OutcomeUnknown", "internal"}  # a repetition may fare better
_job: ContextVar[str] = ContextVar("job", default="")


class _Claim(msgspec.Struct):
    """A command that somebody works on, or its answer. `job`: the id for whatever it creates, the same each time;
    `free`: it could not be done, and nobody works on it any more."""

    subject: str
    job: str
    answer: Body | None = None
    free: bool = False


def new_job() -> str:
    """The id for a job that this command creates: a repetition after a crash creates no second one."""
    return _job.get() or new_job_id()


class Commands:
    """Each user's rate and last day of commands. The rate is this process's own count: it keeps a broken script off,
    not an attacker with many desks."""

    def __init__(self, bucket: Bucket, per_minute: int, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._bucket, self._most, self._elapsed = bucket, per_minute, elapsed
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, user: str) -> None:
        """Count one command of a user. Raises TooMany."""
        times = self._times.setdefault(user, deque())
        self._times.move_to_end(user)
        if len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        now = self._elapsed()
        while times and now - times[0] >= 60:
            times.popleft()
        if self._most and len(times) >= self._most:
            raise TooMany(f"{self._most} commands in a minute are the most: wait {60 - (now - times[0]):.0f} s")
        times.append(now)

    async def once(self, command: str, user: str, subject: str, act: Callable[[], Awaitable[Body]]) -> Body:
        """Do what a command asks for, or answer as it was answered. Raises BadInput, Unavailable, TooMany."""
        if not command:
            self.count(user)
            return await act()
        if len(command) > LONGEST:
            raise BadInput("Nats-Msg-Id", f"it has {len(command)} characters", f"up to {LONGEST}")
        key = hashlib.blake2b(f"{user}\0{command}".encode(), digest_size=16).hexdigest()
        claim, revision = await self._claimed(key, subject, user)
        if claim.subject != subject:
            raise BadInput("Nats-Msg-Id", "that command was another one", "a new id for each command")
        if claim.answer is not None:
            return claim.answer
        token = _job.set(claim.job)
        try:
            answer = await act()
        finally:
            _job.reset(token)
        claim.free = answer.get("kind") in PASSING
        claim.answer = None if claim.free else answer
        await self._keep(key, claim, revision)
        return answer

    async def _claimed(self, key: str, subject: str, user: str) -> tuple[_Claim, int]:
        """The command's answer, or the right to do it. One that somebody works on is waited for; where no answer comes,
        its desk is gone."""
        until = self._elapsed() + PATIENCE
        while True:
            found = await self._bucket.get(key)
            claim = msgspec.json.decode(found[0], type=_Claim) if found else _Claim(subject, new_job_id())
            if found is None:
                self.count(user)
            elif claim.answer is not None or claim.subject != subject:
                return claim, found[1]
            elif not claim.free and self._elapsed() < until:
                await asyncio.sleep(0.05)
                continue
            claim.free = False
            try:
                return claim, await self._bucket.put(key, msgspec.json.encode(claim), found[1] if found else 0)
            except Conflict:  # another one was faster, and answers
                until = self._elapsed() + PATIENCE

    async def _keep(self, key: str, claim: _Claim, revision: int) -> None:
        try:
            await self._bucket.put(key, msgspec.json.encode(claim), revision)
        except Conflict:  # a repetition lost its patience and did it again: its answer stands
            return
