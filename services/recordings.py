"""What the site said, kept with the job: of looks that told something or were the first of a row to fail,
and of visits that ended badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from events.errors import Unavailable
from events.settings import Clock, Settings
from services.artifacts import Artifacts
from sites.recording import Recorder, pack

log = structlog.get_logger()
RECORDING = ".json.gz"  # how the names of recordings end


def of_look(look: str) -> str:
    """The artifact of a look's recording."""
    return f"{look}-pages{RECORDING}"


def of_visit(job_id: str, attempt: int) -> str:
    """The artifact of the recording of a booking attempt."""
    return f"{job_id}-visit-{attempt}{RECORDING}"


class Recordings:
    """Keeps recordings as artifacts. Nothing waits for one, and nothing fails by one that cannot be kept."""

    def __init__(self, site: str, artifacts: Artifacts, settings: Settings, now: Clock) -> None:
        self._site, self._artifacts, self._settings, self._now = site, artifacts, settings, now

    def begin(self) -> Recorder | None:
        """A recorder for one look or visit; None where none shall be kept."""
        if not self._settings.record:
            return None
        return Recorder(self._site, self._now(), whole=self._settings.record_all)

    async def keep(self, recorder: Recorder, name: str) -> None:
        """Keep it under that name."""
        try:
            await self._artifacts.put(name, await asyncio.to_thread(lambda: pack(recorder.recording())))
        except Unavailable as away:
            log.warning("recording.not_kept", name=name, why=str(away))

    @asynccontextmanager
    async def visit(self, job_id: str, attempt: int) -> AsyncIterator[Recorder | None]:
        """A recorder for the attempt in this block; kept at its end where it ended badly."""
        recorder = self.begin()
        try:
            yield recorder
        finally:
            if recorder is not None and recorder.wanted:
                await self.keep(recorder, of_visit(job_id, attempt))
