"""What the messenger draws from: cards and people from the read models, pictures and halls from the artifacts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from bot.answers import Card, Person, read_card, read_person
from bot.ringing import ASKED, Around
from events.settings import Clock
from events.wish import SeatMap
from services.asking import Refused

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
Artifact = Callable[[str], Awaitable[bytes | None]]


class Facts:
    """`ask` puts a question to the read models, `artifact` reads a file of the artifact store (None: gone)."""

    def __init__(self, ask: Ask, artifact: Artifact, now: Clock) -> None:
        self._ask, self._artifact, self._now = ask, artifact, now

    async def person(self, user: str) -> Person | None:
        """The person of that user id, or None. Raises Unavailable."""
        try:
            return read_person(await self._ask("usher.query.person", {"user": user}))
        except Refused as refused:
            if refused.body.get("kind") == "NotFound":
                return None
            raise

    async def card(self, job_id: str, after: int = 0) -> Card:
        """The job's card with everything up to that sequence. Raises Unavailable, Refused."""
        ask: dict[str, Any] = {"job_id": job_id} | ({"after": {"JOBS": after}} if after else {})
        return read_card(await self._ask("usher.query.card", ask))

    async def names(self, card: Card) -> dict[str, str]:
        """The names of the people who voted."""
        users = card.consent.votes if card.consent is not None else {}
        found = {user: await self.person(user) for user in users}
        return {user: person.name for user, person in found.items() if person is not None and person.name}

    async def around(self, name: str, card: Card) -> Around:
        """Pictures, the hall and the timeline, as far as this event's messages need them."""
        hall = picture = None
        timeline: list[dict[str, Any]] = []
        if name in ASKED:
            hall = card.consent.map if card.consent else None
            bodies = (card.consent, card.qr, card.challenge, card.question)
            named = next((body.artifact for body in bodies if body is not None and body.artifact), None)
            picture = await self._artifact(named) if named else None
        elif name == "booked":
            hall = card.map
        else:
            timeline = await self.timeline(card.job_id)
        return Around(self._now(), await self._hall(hall), picture, timeline, await self.names(card))

    async def _hall(self, name: str | None) -> SeatMap | None:
        data = await self._artifact(name) if name else None
        try:
            return msgspec.json.decode(data, type=SeatMap) if data else None
        except msgspec.MsgspecError:
            return None

    async def timeline(self, job_id: str) -> list[dict[str, Any]]:
        """A job's events, oldest first, their bodies decoded."""
        rows = await self._ask("usher.query.timeline", {"job_id": job_id})
        return [row | {"body": msgspec.json.decode(row["body"])} for row in rows]

    async def owner(self) -> Person | None:
        """Whose usher this is, or None while nobody has shown the pairing code. Raises Unavailable."""
        rows = await self._ask("usher.query.people", {})
        found = (read_person(row) for row in rows if row["owner"])
        return next((person for person in found if person.status == "approved"), None)

    async def people(self) -> list[Person]:
        """Everybody who is served and has a chat."""
        found = [read_person(row) for row in await self._ask("usher.query.people", {})]
        return [person for person in found if person.chat and person.status == "approved"]

    async def watched(self, user: str) -> list[str]:
        """The ids of the person's jobs that are watched."""
        rows = await self._ask("usher.query.jobs", {"which": "watching", "user": user, "limit": 20})
        return [row["job_id"] for row in rows]

    async def counting(self) -> list[str]:
        """The ids of the jobs whose open question has a deadline to count down to."""
        rows = await self._ask("usher.query.jobs", {"which": "waiting", "limit": 200})
        return [row["job_id"] for row in rows if row["status"] in {"AWAITING_CONSENT", "AWAITING_PAYMENT"}]

    async def day(self, user: str, since: str) -> list[dict[str, Any]]:
        """The rows of the person's digest since then (ISO 8601 UTC)."""
        rows: list[dict[str, Any]] = await self._ask("usher.query.digest", {"user": user, "since": since})
        return rows
