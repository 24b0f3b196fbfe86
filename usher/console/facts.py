"""What the console's pages ask for, as plain data."""

from __future__ import annotations

import asyncio
from itertools import accumulate
from typing import Any

import msgspec
from nats.aio.client import Client

from events.codec import Recorded
from events.errors import NotFound
from events.lifecycle import Job, evolve
from events.look import Seen
from events.reading import DirectReader, history, recorded
from services import asking
from services.artifacts import Artifacts
from services.parking import read_cases
from services.status import as_row, status_of

PAGE, MOST_LOOKS = 50, 120
Row = dict[str, Any]


class Facts:
    """Reads through the micro services, and the log itself where a page shows the past."""

    def __init__(self, nc: Client) -> None:
        self._nc, self._reader = nc, DirectReader(nc)
        self._artifacts = Artifacts(nc, self._reader)

    async def overview(self) -> Row:
        """Status with alarms, site budgets, and the newest jobs."""
        status, budget, jobs = await asyncio.gather(
            status_of(self._nc), self._ask("budget"), self._ask("jobs", limit=8)
        )
        return as_row(status) | {"budget": budget, "jobs": jobs}

    async def jobs(self, which: str, text: str, page: int) -> Row:
        """One page of jobs, newest first; `more` says whether another follows."""
        rows = await self._ask("jobs", which=which, text=text[:100], limit=PAGE + 1, offset=max(0, page) * PAGE)
        return {"jobs": rows[:PAGE], "page": max(0, page), "more": len(rows) > PAGE}

    async def job(self, job_id: str) -> Row:
        """A job's card, and each event with the state after it and what it changed. Raises NotFound."""
        card = await self._ask("card", job_id=job_id)
        records = await history(self._reader, "JOBS", f"job.*.{card['job_id']}")
        return {"card": card, "events": _life(records)}

    async def groups(self) -> list[Row]:
        """The watch groups with what was last seen."""
        rows: list[Row] = await self._ask("groups")
        return rows

    async def looks(self, group: str) -> Row:
        """A group's listings over time, oldest first: `looks` [{time, result, states: {show id: availability}}] and the
        shows that ever stood in one."""
        rows = (await self._ask("looks", group=group, limit=MOST_LOOKS))[::-1]
        messages = await asyncio.gather(*(self._reader.at("LOOKS", row["sequence"]) for row in rows))
        shows: dict[str, Row] = {}
        looks: list[Row] = []
        for row, message in zip(rows, messages, strict=True):
            record = recorded(message) if message is not None else None
            look = {"time": row["time"], "result": row["type"], "detail": row["detail"], "states": {}}
            if isinstance(record, Recorded) and isinstance(record.event, Seen):
                for show in record.event.listing.shows:
                    shows[show.show_id] = msgspec.to_builtins(show)
                    look["states"][show.show_id] = str(show.availability)
            looks.append(look)
        ordered = sorted(shows.values(), key=lambda show: (show["starts"], show["cinema"]))
        return {"group": group, "looks": looks, "shows": ordered}

    async def parked(self) -> list[Row]:
        """The parked messages, newest first, with what became of each."""
        known = await read_cases(self._reader)
        rows: list[Row] = msgspec.to_builtins(known[::-1][:PAGE])
        return rows

    async def artifact(self, name: str) -> bytes:
        """A picture's or page's bytes. Raises NotFound."""
        data = await self._artifacts.get(name)
        if data is None:
            raise NotFound(f'no artifact "{name[:80]}": pictures are kept seven days')
        return data

    async def _ask(self, what: str, **body: Any) -> Any:
        return await asking.ask(self._nc, f"usher.query.{what}", body)


def _life(records: list[Recorded]) -> list[Row]:
    """Each event with the state after it: the very fold that the actors use."""
    states = list(accumulate((record.event for record in records), evolve, initial=Job()))[1:]
    rows: list[Row] = []
    before: Row = msgspec.to_builtins(Job())
    for record, state in zip(records, states, strict=True):
        after: Row = msgspec.to_builtins(state)
        rows.append(
            {
                "sequence": record.sequence,
                "event_id": record.event_id,
                "name": record.name,
                "time": record.time.isoformat(),
                "actor": record.actor,
                "causation": record.causation,
                "body": msgspec.to_builtins(record.event),
                "state": after,
                "changed": {key: [before[key], value] for key, value in after.items() if before[key] != value},
            }
        )
        before = after
    return rows
