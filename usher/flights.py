"""A flight record: one job's archive, flown again with today's rules and no network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec

from events.archive import Stored
from events.chain import recorded
from events.codec import Recorded
from events.errors import BadInput
from events.story import steps
from events.wire import Kept
from sandbox.recorded import open_recorded
from services.archiving import read_archive
from services.recordings import RECORDING
from sites.catalogue import open_site
from sites.hindsight import rejudge
from sites.recording import Recording, unpack
from sites.rehearsing import ask_again

LONGEST = 200  # characters of an answer in a difference


class Flight(msgspec.Struct, frozen=True):
    """What a record says when it is read today. `troubles` cannot be read or applied; `differences` are decisions that
    come out otherwise: looks matched with the wish, and seats chosen where the hall's map is in the record.
    """

    job: str
    events: tuple[str, ...]
    status: str
    decisions: int
    troubles: tuple[str, ...]
    differences: tuple[str, ...]


def as_kept(message: Stored) -> Kept:
    """An archived message as a direct get would answer it."""
    place = {"Nats-Subject": message.subject, "Nats-Sequence": str(message.sequence)}
    return Kept(message.headers | place | {"Nats-Time-Stamp": message.time.isoformat()}, message.data)


class Lived(msgspec.Struct, frozen=True):
    """A recorded look or visit, lived again. `calls`: each question with the kind of its answer then; `differences`:
    what the adapter says otherwise today; `cut`: not everything that was said is recorded."""

    name: str
    calls: tuple[str, ...]
    differences: tuple[str, ...]
    cut: bool = False

    @property
    def lost(self) -> bool:
        """Whether what is missing may be why it goes otherwise: then it proves nothing."""
        return self.cut and bool(self.differences)


def live_again(file: Path, chromium: str = "") -> tuple[Lived, ...]:
    """Put every recorded look and visit of a record to today's adapter, against a site on this machine that repeats
    what was recorded; visits in a real browser. Raises BadInput, Unavailable where there is no browser."""
    _, objects = _opened(file)
    return asyncio.run(_live(objects, chromium))


async def _live(objects: Mapping[str, bytes], chromium: str) -> tuple[Lived, ...]:
    found: list[Lived] = []
    for name, data in objects.items():
        if name.endswith(RECORDING):
            found.append(await _live_one(name.removesuffix(RECORDING), unpack(data), chromium))
    return tuple(found)


async def _live_one(name: str, recording: Recording, chromium: str) -> Lived:
    async with open_recorded([msgspec.to_builtins(one) for one in recording.exchanges]) as (url, heard):
        site = open_site(recording.site, url, chromium=chromium, now=lambda: recording.made)
        try:
            asked = await ask_again(site, recording)
        finally:
            await site.close()
    differences = [f"{one.name}: {_said(one.then)}, today {_said(one.now)}" for one in asked if one.then != one.now]
    if differences:
        differences += [f"{question} was not recorded" for question in dict.fromkeys(heard.unknown)]
    return Lived(name, tuple(f"{one.name} → {one.then['type']}" for one in asked), tuple(differences), recording.cut)


def _said(answer: Mapping[str, object]) -> str:
    text = ", ".join(f"{name}={value}" for name, value in answer.items() if name != "type")
    return f"{answer['type']}({text if len(text) < LONGEST else text[:LONGEST] + '…'})"


def _opened(file: Path) -> tuple[dict[str, list[Kept]], dict[str, bytes]]:
    messages: dict[str, list[Kept]] = {"JOBS": [], "LOOKS": []}
    objects: dict[str, bytes] = {}
    for one in read_archive(file):
        if isinstance(one, Stored):
            messages.setdefault(one.stream, []).append(as_kept(one))
        else:
            objects[one[0]] = one[1]
    return messages, objects


def fly_again(file: Path) -> Flight:
    """Read, fold and judge a record again. Raises BadInput where it is not one of a single job."""
    messages, objects = _opened(file)
    life = list(steps(messages["JOBS"]))
    events = [step.record for step in life if step.record]
    if not events or len({record.key for record in events}) > 1:
        raise BadInput("file", f"{file} does not hold one job", "a file that `usher export ID` wrote")
    looks = [look for look in map(recorded, messages["LOOKS"]) if isinstance(look, Recorded)]
    judged = rejudge(events, looks, objects)
    return Flight(
        job=events[0].key,
        events=tuple(step.name for step in life),
        status=str(life[-1].job.status),
        decisions=judged.decisions,
        troubles=tuple(f"{step.sequence} {step.name}: {step.trouble}" for step in life if step.trouble),
        differences=tuple(f"{one.time:%H:%M:%S} {one.recorded} → {one.now}" for one in judged.differences),
    )
