"""Broker-side timers: a schedule per subject, a newer one replaces the older; they survive every crash."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.errors import Unavailable
from services.writing import write


class Timers:
    """Sets and cancels timers. Only the scheduler may use it: who sets timers can make the broker say any `due.>`."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def at(self, kind: str, job_id: str, moment: datetime, stands_for: str = "") -> None:
        """Let `due.job.<kind>.<job>` come at `moment` (UTC; a past one comes at once).

        `stands_for` comes back with it: whoever acts on it compares it with the job's state instead of asking a clock.
        """
        # the broker schedules whole seconds: round up, so that a timer never comes before its moment
        whole = (moment + timedelta(milliseconds=999)).astimezone(UTC).replace(microsecond=0)
        await self._schedule(
            f"timer.job.{kind}.{job_id}", f"@at {whole:%Y-%m-%dT%H:%M:%SZ}", f"due.job.{kind}.{job_id}", stands_for
        )

    async def every(self, group: str, seconds: float) -> None:
        """Let `due.look.<group>` come every so many seconds (at least 1)."""
        await self._schedule(f"timer.look.{group}", f"@every {max(1, round(seconds))}s", f"due.look.{group}")

    async def chat_clock(self) -> None:
        """Let `due.chat.clock` come four times a minute: the one timer that belongs to no job and no group."""
        await self._schedule("timer.chat.clock", "@every 15s", "due.chat.clock")

    async def every_alarm_round(self) -> None:
        """Let `due.chat.alarms` come three times a minute: an actor that is gone for one is told soon after."""
        await self._schedule("timer.chat.alarms", "@every 20s", "due.chat.alarms")

    async def _schedule(self, subject: str, pattern: str, target: str, stands_for: str = "") -> None:
        headers = {"Nats-Schedule": pattern, "Nats-Schedule-Target": target, "Nats-Schedule-TTL": "24h"}
        await write(self._nc, "TIMERS", subject, json.dumps({"for": stands_for}).encode(), headers)

    async def look_now(self, group: str, why: str) -> None:
        """Ask the watchers for a look now; politeness still decides."""
        await write(self._nc, "TIMERS", f"due.look.{group}", json.dumps({"why": why}).encode())

    async def cancel(self, subject: str) -> None:
        """Remove a timer, e.g. `timer.look.<group>` or `timer.job.*.<job>`."""
        try:
            body = json.dumps({"filter": subject}).encode()
            await self._nc.request("$JS.API.STREAM.PURGE.TIMERS", body, timeout=5)
        except (NatsError, TimeoutError):
            raise Unavailable("TIMERS does not answer: is NATS up?") from None
