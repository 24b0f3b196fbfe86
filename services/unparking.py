"""What a person does about parked messages: let them be tried again, or drop them. The shell and the console share it;
every step is a record in PARKED."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from nats.aio.client import Client

from events.catalogue import STREAM_OF
from events.codec import Unreadable
from events.errors import BadInput, UsherError
from events.reading import DirectReader, recorded
from events.settings import Clock
from services.parking import Case, How, Retry, Settled, case_of, in_order, next_of, read_cases
from services.rebuilding import Progress, renew
from services.writing import write

LONGEST = 500  # characters of a reason


class Unparking:
    """One person's (`by`) hand on PARKED. `live`: the read models, made anew where the projector shall try again."""

    def __init__(self, nc: Client, reader: DirectReader, live: Path, by: str, now: Clock) -> None:
        self._nc, self._reader, self._live, self._by, self._now = nc, reader, live, by, now

    async def retry(self, number: int, progress: Progress) -> list[int]:
        """Ask the actor for another try; the numbers asked for. Raises NotFound, UsherError (out of order, ended)."""
        known = await read_cases(self._reader)
        wanted = case_of(number, known)
        next_of(wanted, known)
        if why := await self._unfoldable(wanted):
            raise UsherError(f"{number} still cannot be read ({why}): upgrade usher, or drop it")
        return await self._ask([wanted], progress)

    async def retry_all(self, progress: Progress) -> list[int]:
        """The same for all that wait, in the order in which their messages were written; the numbers asked for. What
        the projector still cannot read waits on.
        """
        waiting = in_order(await read_cases(self._reader))
        return await self._ask([case for case in waiting if not await self._unfoldable(case)], progress)

    async def drop(self, number: int, why: str) -> None:
        """Give it up, with a reason. Raises BadInput, NotFound, UsherError where it has ended."""
        reason = " ".join(why.split())
        if not reason:
            raise BadInput("why", "it is empty", "a reason", '--why "a test message"')
        if len(reason) > LONGEST:
            raise BadInput("why", f"it has {len(reason)} characters", f"up to {LONGEST}")
        await self._settle(case_of(number, await read_cases(self._reader)), "dropped", reason)

    async def _ask(self, wanted: Sequence[Case], progress: Progress) -> list[int]:
        for case in wanted:
            if case.actor != "projector":
                order = Retry(case.number, self._by, self._now(), case.message)
                subject = f"retry.{case.actor}.{case.message.subject}"
                await write(self._nc, "PARKED", subject, msgspec.json.encode(order))
        if folds := [case for case in wanted if case.actor == "projector"]:
            await self._fold_anew(folds, progress)
        return [case.number for case in wanted]

    async def _fold_anew(self, folds: Sequence[Case], progress: Progress) -> None:
        """The read model has moved on: an event that it could not fold gets its place by making the whole anew."""
        await renew(self._nc, self._live, progress)
        for case in folds:
            await self._settle(case, "retried", "the read models were made anew")

    async def _unfoldable(self, case: Case) -> str:
        """Why a message of the projector's would not get its place by a rebuild; "" where it would."""
        if case.actor != "projector":
            return ""
        stream = STREAM_OF.get(case.message.subject.split(".", 1)[0], "JOBS")
        message = await self._reader.at(stream, case.message.sequence)
        record = recorded(message) if message is not None else None
        if record is None:
            return "it is gone"
        return record.why if isinstance(record, Unreadable) else ""

    async def _settle(self, case: Case, how: How, why: str) -> None:
        end = Settled(case.number, how, self._by, why, self._now())
        subject = f"settled.{case.actor}.{case.message.subject}"
        await write(self._nc, "PARKED", subject, msgspec.json.encode(end))
