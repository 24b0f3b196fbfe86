"""The bot's only words to the rest of usher: commands to the desk, questions to the read models and to the site."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from nats.aio.client import Client

from bot.answers import Person, read_person
from events.errors import NotFound, Unavailable, UsherError
from services import status
from services.asking import Refused, ask, next_command

__all__ = ["Refused", "Requests", "Row"]
log = structlog.get_logger()
PATIENCE = 0.6  # s that a screen waits for the site's lists; they may come later, for the next drawing
KEPT = 900.0  # s that a list of the site is used
Row = dict[str, Any]


class Requests:
    """Reads see what this object wrote: each answer's sequence is waited for by the next question."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._after: dict[str, int] = {}
        self._lists: dict[tuple[str, str], tuple[float, Row]] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def job(self, what: str, user: str, **body: Any) -> Row:
        """A command about a job: create, change, cancel, pause, … Raises Refused, Unavailable."""
        return await self._command(f"usher.job.{what}", "JOBS", {"user": user, **body})

    async def about(self, what: str, **body: Any) -> Row:
        """A command about people: pair, knock, approve, contact, settings, card.add, forget, … Raises Refused."""
        return await self._command(f"usher.user.{what}", "USERS", body)

    async def _command(self, subject: str, stream: str, body: Row) -> Row:
        answer: Row = await ask(self._nc, subject, body, command=next_command())
        self._after[stream] = max(self._after.get(stream, 0), int(answer.get("sequence") or 0))
        return answer

    async def _read(self, name: str, **body: Any) -> Any:
        """Raises NotFound, Refused, Unavailable."""
        try:
            return await ask(self._nc, f"usher.query.{name}", {"after": self._after, **body})
        except Refused as refused:
            if refused.body.get("kind") == "NotFound":
                raise NotFound(str(refused)) from None
            raise

    async def jobs(self, user: str, which: str = "active", limit: int = 10, offset: int = 0) -> list[Row]:
        """The person's jobs, newest first."""
        rows: list[Row] = await self._read("jobs", which=which, user=user, limit=limit, offset=offset)
        return rows

    async def own_job(self, user: str, end: str) -> Row:
        """The person's job whose id ends so. Another's looks like none. Raises NotFound."""
        row: Row = await self._read("job", prefix=end)
        if row["user"] != user or not str(row["job_id"]).endswith(end):
            raise NotFound(f'no job "{end}"')
        return row

    async def card(self, job_id: str) -> Row:
        """All that a job's card shows."""
        row: Row = await self._read("card", job_id=job_id)
        return row

    async def asked(self, end: str, sequence: int) -> Row:
        """The card of the job whose id ends so, whoever owns it, once the read models have reached that sequence.
        Raises NotFound, Refused."""
        after = self._after | {"JOBS": max(sequence, self._after.get("JOBS", 0))}
        job: Row = await self._read("job", prefix=end, after=after)
        return await self.card(job["job_id"])

    async def timeline(self, job_id: str) -> list[Row]:
        """A job's events in order."""
        rows: list[Row] = await self._read("timeline", job_id=job_id)
        return rows

    async def why(self, job_id: str) -> Row:
        """The last looks, what was refused and why, how often the site was asked."""
        row: Row = await self._read("why", job_id=job_id)
        return row

    async def offers(self, film: str, city: str) -> Row:
        """What the newest listing of that film in that city held: classes with prices, languages, formats, screens."""
        row: Row = await self._read("offers", film=film, city=city)
        return row

    async def budget(self) -> list[Row]:
        """Per site: looks today, next allowed look, blocked or not."""
        rows: list[Row] = await self._read("budget")
        return rows

    async def cards(self, user: str) -> list[Row]:
        """The person's gift cards, masked, in order of use."""
        rows: list[Row] = await self._read("cards", user=user)
        return rows

    async def people(self) -> list[Person]:
        """Everybody who ever knocked."""
        return [read_person(row) for row in await self._read("people")]

    async def notifier_runs(self) -> bool:
        """Whether anybody takes what shall be told. Raises Unavailable."""
        return await status.runs(self._nc, "notifier")

    async def person(self, telegram: int) -> Person | None:
        """Who that Telegram user is; None for a stranger."""
        try:
            return read_person(await self._read("person", telegram=telegram))
        except NotFound:
            return None

    async def listed(self, what: str, city: str = "") -> list[Any]:
        """The site's cities, films or cinemas; [] where they are not known (yet). Never waits longer than a moment.

        A list that comes later is kept for the next question; nobody waits for it.
        """
        key = (what, city)
        kept = self._lists.get(key)
        if kept is None or time.monotonic() - kept[0] > KEPT:
            task = self._asking.get(key)
            if task is None:
                task = self._asking[key] = asyncio.create_task(self._fetch(what, city))
            await asyncio.wait({task}, timeout=PATIENCE)
            kept = self._lists.get(key, kept)
        return list(kept[1].get(what, [])) if kept else []

    async def _fetch(self, what: str, city: str) -> None:
        key = (what, city)
        try:
            answer = await ask(self._nc, f"usher.site.{what}", {"city": city} if city else {}, within=30)
            if answer.get(what):  # an empty list is asked for anew
                self._lists[key] = (time.monotonic(), answer)
        except (Unavailable, UsherError) as wrong:
            log.info("bot.no_list", what=what, why=str(wrong))
        finally:
            del self._asking[key]

    @property
    def waiting(self) -> bool:
        """Whether a list of the site is still being asked for."""
        return bool(self._asking)

    async def arrived(self, within: float = 30.0) -> None:
        """Return once every list that is being asked for has come, or could not be had."""
        if self._asking:
            await asyncio.wait(set(self._asking.values()), timeout=within)

    async def close(self) -> None:
        """Stop what is still being asked."""
        tasks: Sequence[asyncio.Task[None]] = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
