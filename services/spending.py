"""What a payment must fit into, for the booker: the person's limits from their record, their payments from the log."""

from __future__ import annotations

import asyncio
from functools import reduce
from typing import Any

import msgspec

from events import people as p
from events.errors import Unavailable
from events.reading import history
from events.spending import Budget, Limits, Payment, limits_of, zone_of
from events.store import EventStore
from services import asking

PATIENCE = 20.0  # s that the read models may be away while seats are held
NO_LIMITS = Limits()


class Spending:
    """Counts what a person's other payments use up of their limits."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def budget(self, user: str, job_id: str, attempt: int) -> Budget | None:
        """What this attempt, which holds seats, may pay; None where the person set no limit. Raises Unavailable: where
        the payments cannot be counted, nothing is paid."""
        told = await history(self._store.reader, "USERS", f"user.*.{user}")
        person = reduce(p.evolve, (record.event for record in told), p.Person())
        limits = limits_of(person.settings)
        if limits == NO_LIMITS:
            return None
        found = await self._payments(user)
        own = next((one for one in found if (one.job_id, one.attempt) == (job_id, attempt)), None)
        if own is None:
            raise Unavailable("the read models do not show these seats as held")
        others = tuple(one for one in found if one is not own)
        return Budget(limits, zone_of(person.settings), own.sequence, own.at, others)

    async def _payments(self, user: str) -> tuple[Payment, ...]:
        """Everything up to now: asked again for a while where nobody answers."""
        until = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                after = await asking.newest(self._store.nc, "JOBS")
                rows: Any = await asking.ask(self._store.nc, "usher.query.spent", {"user": user, "after": after}, 5.0)
                return tuple(msgspec.convert(row, Payment, strict=False) for row in rows)
            except (Unavailable, asking.Refused) as away:
                if asyncio.get_running_loop().time() > until:
                    raise Unavailable(f"your spending limits cannot be checked: {away}") from None
            await asyncio.sleep(0.5)
