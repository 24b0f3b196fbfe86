"""What the console's pages ask for, as plain data."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from nats.aio.client import Client

from events.chain import Stored
from events.errors import NotFound, Unavailable
from events.reading import DirectReader, messages_of
from events.story import Step, steps
from services import asking
from services.alarms import Notes
from services.artifacts import Artifacts
from services.buckets import Bucket
from services.health import Health
from services.parking import read_cases
from services.status import Lag, as_row, status_of
from usher.console.strips import Strips

PAGE, MOST_LOOKS = 50, 120
Row = dict[str, Any]


class Facts:
    """Reads through the micro services, and the log itself where a page shows the past."""

    def __init__(self, nc: Client, reader: DirectReader, health: Health | None) -> None:
        self._nc, self._reader, self._health = nc, reader, health
        self._artifacts = Artifacts(nc, self._reader)
        self._notes = Notes(Bucket(nc, "shown", reader))
        self._rates, self._strips = Rates(), Strips(reader)

    async def overview(self) -> Row:
        """Status with alarms; `rates` (messages/s) and `errors` (the last one) by actor; site budgets, newest jobs.
        What the read model should say is None where it does not answer."""
        status, budget, jobs, errors = await asyncio.gather(
            status_of(self._nc), self._perhaps("budget"), self._perhaps("jobs", limit=8), self._errors()
        )
        rates = self._rates.of(status.lags)
        return as_row(status) | {"budget": budget, "jobs": jobs, "rates": rates, "errors": errors}

    async def _errors(self) -> dict[str, str]:
        """Actor → its last error: from this process's health where it is there, else why it parked its last message."""
        found = {case.actor: case.message.why for case in await read_cases(self._reader) if case.open}
        return found | (dict(self._health.last_error) if self._health else {})

    async def alarms(self) -> list[Row]:
        """What stands, and what is over; newest first. `told_at` None: it has not stood for long enough."""
        status, notes = await asyncio.gather(status_of(self._nc), self._notes.all())
        known = {key: note for key, (note, _) in notes.items() if note is not None}
        rows: list[Row] = []
        for alarm in status.alarms:
            note = known.pop(alarm.key, None)
            stands = note is not None and note.over_at is None
            seen = {"since": note.since, "told_at": note.told_at} if note and stands else {}
            rows.append({"alarm": alarm, "since": None, "told_at": None, "over_at": None} | seen)
        ended = sorted((n for n in known.values() if n.over_at), key=lambda note: note.since, reverse=True)
        plain: list[Row] = msgspec.to_builtins([*rows, *ended])
        return plain

    async def jobs(self, which: str, text: str, older: str, newer: str) -> Row:
        """One page of jobs, newest first. `older` and `newer` are places (`created_at~job_id`, or `~`: the very start)
        to page on from; in the answer they are None where there is nothing more.
        """
        place = {name: at.split("~", 1) for name, at in (("older", older), ("newer", newer)) if "~" in at}
        rows: list[Row] = await self._ask("jobs", which=which, text=text[:100], limit=PAGE + 1, **place)
        more, rows = len(rows) > PAGE, rows[:PAGE]
        if "newer" in place:
            rows.reverse()
        ends = [f"{row['created_at']}~{row['job_id']}" for row in rows]
        forth, back = (
            ("newer" in place and more) or "older" in place,
            ("newer" not in place and more) or "newer" in place,
        )
        return {
            "jobs": rows,
            "newer": ends[0] if ends and forth else None,
            "older": ends[-1] if ends and back else None,
        }

    async def job(self, job_id: str) -> Row:
        """A job's card, and each event with what it changed in the job's state. Raises NotFound."""
        card = await self._ask("card", job_id=job_id)
        messages = await messages_of(self._reader, "JOBS", f"job.*.{card['job_id']}")
        return {"card": card, "events": [_told(*one) for one in zip(steps(messages), messages, strict=True)]}

    async def groups(self) -> list[Row]:
        """The watch groups with what was last seen."""
        rows: list[Row] = await self._ask("groups")
        return rows

    async def looks(self, group: str) -> Row:
        """A group's newest looks as a heat strip, oldest first: see Strips.of."""
        rows = (await self._ask("looks", group=group, limit=MOST_LOOKS))[::-1]
        return {"group": group} | await self._strips.of(rows)

    async def parked(self) -> Row:
        """The parked messages, those that wait first, then newest first; `more`: older ones that are not shown."""
        known = sorted(await read_cases(self._reader), key=lambda case: (case.open, case.number), reverse=True)
        shown: list[Row] = msgspec.to_builtins(known[:PAGE])
        return {"cases": shown, "more": len(known) - len(shown), "waiting": sum(case.open for case in known)}

    async def artifact(self, name: str) -> bytes:
        """A picture's or page's bytes. Raises NotFound."""
        data = await self._artifacts.get(name)
        if data is None:
            raise NotFound(f'no artifact "{name[:80]}": pictures are kept seven days')
        return data

    async def _perhaps(self, what: str, **body: Any) -> Any:
        """None where the read model does not answer: the rest of the page stands without it."""
        try:
            return await asking.ask(self._nc, f"usher.query.{what}", body, within=2.0)
        except Unavailable:
            return None

    async def _ask(self, what: str, **body: Any) -> Any:
        return await asking.ask(self._nc, f"usher.query.{what}", body)


class Rates:
    """Messages a second and actor, between two looks at least `WINDOW` seconds apart."""

    WINDOW = 2.0

    def __init__(self) -> None:
        self._at, self._delivered, self._rates = 0.0, dict[str, int](), dict[str, float]()

    def of(self, lags: Sequence[Lag]) -> dict[str, float]:
        """The newest rates; {} until there are two looks to compare."""
        now, delivered = time.monotonic(), dict[str, int]()
        for lag in lags:
            delivered[lag.actor] = delivered.get(lag.actor, 0) + lag.delivered
        passed = now - self._at
        if passed < self.WINDOW:
            return self._rates
        if self._delivered:
            self._rates = {a: round((n - self._delivered.get(a, n)) / passed, 2) for a, n in delivered.items()}
        self._at, self._delivered = now, delivered
        return self._rates


def _told(step: Step, message: Stored) -> Row:
    """An event for the page. The states are not in it: the page adds up what was `changed`, since a long life's states
    would be megabytes. What cannot be read is there with its `trouble` and its raw body."""
    record = step.record
    return {
        "sequence": step.sequence,
        "event_id": record.event_id if record else f"#{step.sequence}",
        "name": step.name,
        "time": step.time.isoformat() if step.time else None,
        "actor": record.actor if record else "",
        "causation": record.causation if record else None,
        "body": msgspec.to_builtins(record.event) if record else message.data.decode(errors="replace"),
        "changed": step.changes,
        "trouble": step.trouble,
    }
