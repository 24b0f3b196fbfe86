"""The clocks of open questions: what is left of the time is written anew four times a minute, while this process runs.

The deadline itself stands in the message, so a clock that was lost with its process misleads nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from bot.sender import Moved, Unreachable
from events.errors import UsherError
from services.runtime import Later

log = structlog.get_logger()
EVERY = 15.0  # s; oftener earns 429


class Countdown:
    """One task a job. `step` writes the time left and says whether to go on."""

    def __init__(self, step: Callable[[str], Awaitable[bool]], every: float = EVERY) -> None:
        self._step, self._every = step, every
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, job_id: str) -> None:
        """Start a job's clock; one that runs goes on."""
        if job_id not in self._tasks:
            task = self._tasks[job_id] = asyncio.create_task(self._run(job_id))
            task.add_done_callback(lambda done: self._ended(job_id, done))

    async def _run(self, job_id: str) -> None:
        going = True
        while going:
            await asyncio.sleep(self._every)
            with contextlib.suppress(UsherError, Later):  # a step that fails is made up for by the next one
                going = await self._step(job_id)

    def _ended(self, job_id: str, task: asyncio.Task[None]) -> None:
        del self._tasks[job_id]
        broken = None if task.cancelled() else task.exception()
        if broken is not None and not isinstance(broken, Unreachable | Moved):
            log.error("chat.clock_failed", job_id=job_id, why=repr(broken))

    async def close(self) -> None:
        """Stop all clocks."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
