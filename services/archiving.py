"""Out of a log into an archive, and from an archive into an empty log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from events import job as j
from events import look as lk
from events.archive import Renumbered, Sealer, Stored, artifact_line, message_line, opened
from events.chain import recorded, sequence_of
from events.codec import TIME, Recorded
from events.errors import NotFound, Unavailable, UsherError
from events.reading import DirectReader
from events.state import FINAL
from events.story import Step
from events.streams import CONSUMERS, api, ensure
from events.wire import Kept, Wire
from services.artifacts import Artifacts
from services.recordings import of_look, of_visit

LOGS = ("JOBS", "USERS", "LOOKS")
AHEAD = 1_000  # messages sent before their acks are waited for
Progress = Callable[[int, int], None]


def archive_all(log: Wire, made: datetime, progress: Progress) -> Iterator[bytes]:
    """Every event of every log, as lines."""
    ends = {stream: log.info(stream)["last_seq"] for stream in LOGS}
    sealer, done = Sealer(), 0
    yield sealer.head("all", made)
    for stream, end in ends.items():
        for message in log.scan(stream, ">"):
            if sequence_of(message) > end:
                break
            yield sealer.seal(_line(stream, message))
            done += 1
            if done % 1_000 == 0:
                progress(done, sum(ends.values()))
    progress(done, done)
    yield sealer.end()


def archive_job(log: Wire, life: Sequence[Step], messages: Sequence[Kept], made: datetime) -> Iterator[bytes]:
    """One job's events, the looks of its groups during its life (and the one before), its pictures, and what the site
    said where that was recorded."""
    sealer = Sealer()
    yield sealer.head(next(step.record.key for step in life if step.record), made)
    for message in messages:
        yield sealer.seal(_line("JOBS", message))
    times = [step.time for step in life if step.time]
    until = times[-1] if life[-1].job.status in FINAL else made
    looks: list[Kept] = []
    for group in dict.fromkeys(step.job.group for step in life if step.job.group):
        for message in looks_during(log, group, times[0], until):
            looks.append(message)
            yield sealer.seal(_line("LOOKS", message))
    for name in dict.fromkeys([*(name for step in life for name in step.pictures), *_recordings(life, looks)]):
        if (data := log.object(name)) is not None:
            yield sealer.seal(artifact_line(name, data))
    yield sealer.end()


def _recordings(life: Sequence[Step], looks: Sequence[Kept]) -> Iterator[str]:
    """What recordings there may be: of the looks that the job heard of or that failed, and of its attempts."""
    for message in looks:
        record = recorded(message)
        if isinstance(record, Recorded) and not isinstance(record.event, lk.Seen):
            yield of_look(record.event.look)
    for step in life:
        if step.record is None:
            continue
        event = step.record.event
        if isinstance(event, j.TicketsDetected | j.PreferencesMismatched):
            yield of_look(event.look)
        if isinstance(event, j.BookingStarted):
            yield of_visit(step.record.key, event.attempt)


def looks_during(log: Wire, group: str, start: datetime, until: datetime) -> Iterator[Kept]:
    """The group's looks between two moments, and the last one before them: what was known at the start."""
    before: Kept | None = None
    for message in log.scan("LOOKS", f"look.*.{group}"):
        at = _time(message)
        if at > until:
            return
        if at < start:
            before = message
            continue
        if before is not None:
            yield before
            before = None
        yield message
    if before is not None:
        yield before


def _time(message: Kept) -> datetime:
    headers = message.headers or {}
    return datetime.fromisoformat(headers.get(TIME) or headers["Nats-Time-Stamp"])


def _line(stream: str, message: Kept) -> dict[str, object]:
    headers = message.headers or {}
    return message_line(stream, sequence_of(message), headers["Nats-Subject"], _time(message), headers, message.data)


class Imported(msgspec.Struct):
    """What an import wrote."""

    events: int = 0
    artifacts: int = 0


async def import_archive(nc: Client, file: Path, progress: Progress) -> Imported:
    """Write an archive into the empty logs of a server on which no actor runs. Everything in it is past: the actors
    that are started later begin after it. Raises BadInput (nothing is written then), UsherError.
    """
    total = sum(1 for _ in read_archive(file))  # wholly checked before the first write
    await ensure(nc)
    for stream in LOGS:
        if (await api(nc, f"STREAM.INFO.{stream}"))["state"]["last_seq"]:
            raise UsherError(
                f"{stream} holds events already: an archive goes into an empty home. Set USHER_HOME to one."
            )
    done, writer, numbers = Imported(), _Writer(nc), Renumbered()
    await writer.open()
    artifacts = Artifacts(nc, DirectReader(nc))
    for one in read_archive(file):
        if isinstance(one, Stored):
            await writer.write(numbers.take(one))
            done.events += 1
        else:
            await artifacts.put(*one)
            done.artifacts += 1
        progress(done.events + done.artifacts, total)
    await writer.close()
    await _begin_after(nc)
    return done


class _Writer:
    """Publishes in order without waiting for each ack; every ack is looked at, and must name the expected sequence."""

    def __init__(self, nc: Client) -> None:
        self._nc, self._inbox = nc, nc.new_inbox()
        self._sent = self._acked = 0
        self._wrong = ""
        self._some = asyncio.Event()

    async def open(self) -> None:
        self._subscription = await self._nc.subscribe(f"{self._inbox}.*", cb=self._on)

    async def _on(self, message: Msg) -> None:
        self._acked += 1
        ack = json.loads(message.data or b"{}")
        if str(ack.get("seq")) != message.subject.rsplit(".", 1)[1]:
            self._wrong = self._wrong or str(ack.get("error", {}).get("description", "another writer was there"))
        self._some.set()

    async def write(self, message: Stored) -> None:
        """Raises UsherError where the server refused an earlier one."""
        reply = f"{self._inbox}.{message.sequence}"
        await self._nc.publish(message.subject, message.data, reply=reply, headers=dict(message.headers))
        self._sent += 1
        if self._sent - self._acked >= AHEAD:
            await self._wait(AHEAD // 2)

    async def _wait(self, open_acks: int) -> None:
        while self._sent - self._acked > open_acks and not self._wrong:
            self._some.clear()
            try:
                await asyncio.wait_for(self._some.wait(), 15)
            except TimeoutError:
                raise Unavailable("NATS fell silent: delete the home and import again") from None
        if self._wrong:
            raise UsherError(f"the log refused an event ({self._wrong}): delete the home and import again")

    async def close(self) -> None:
        """Wait for the last ack. Raises UsherError."""
        await self._wait(0)
        await self._subscription.unsubscribe()


async def _begin_after(nc: Client) -> None:
    """Let every durable consumer start behind what was imported: the past is not acted upon again."""
    for consumer in CONSUMERS:
        if consumer.stream not in LOGS:
            continue
        state = (await api(nc, f"STREAM.INFO.{consumer.stream}"))["state"]
        answer = await api(nc, f"CONSUMER.RESET.{consumer.stream}.{consumer.name}", {"seq": state["last_seq"] + 1})
        if error := answer.get("error"):
            raise UsherError(f"consumer {consumer.name} cannot be moved: {error.get('description')}")


def read_archive(file: Path) -> Iterator[Stored | tuple[str, bytes]]:
    """All of an archive, checked. Raises BadInput, NotFound."""
    try:
        with file.open("rb") as lines:
            yield from opened(lines)
    except OSError as wrong:
        raise NotFound(f"{file} cannot be read ({wrong.strerror})") from None
