"""`usher replay`: a job's past, folded by the same rules."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from events.chain import sequence_of
from events.errors import BadInput
from events.settings import Settings, utc_now
from events.story import Step, as_data, steps
from events.wish import CITY_ZONE
from usher.log import life_of, open_log
from usher.telling import says, troubles


def replay(settings: Settings, job: str, at: str | None, step_by_step: bool, as_json: bool) -> int:
    """`usher replay`: the state as it was, or what each event changed; 1 where one cannot be read or applied."""
    with open_log(settings) as log:
        job_id, messages = life_of(log, job)
        end = log.info("JOBS")["last_seq"]
    if at is not None and at.isdecimal() and int(at) > end:
        raise BadInput("at", f"{at} is still to come", f"a sequence up to {end}, the log's last")
    life = list(_until(steps(messages), at))
    if not life:
        allowed = f"a sequence or a time from event {sequence_of(messages[0])} on"
        raise BadInput("at", f"{at} is before the job's first event", allowed)
    if as_json:
        _replay_json(job_id, life, step_by_step)
    elif step_by_step:
        _write_steps(job_id, life)
    else:
        _write_state(job_id, life)
    return troubles(life)


def _until(life: Iterator[Step], at: str | None) -> Iterator[Step]:
    """The steps up to a sequence or a moment, both inclusive. Raises BadInput."""
    if at is None:
        yield from life
        return
    last = int(at) if at.isdecimal() else None
    moment = None if last is not None else _moment(at)
    for step in life:
        if last is not None and step.sequence > last:
            return
        if moment is not None and step.time is not None and step.time > moment:
            return
        yield step


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        allowed = "a sequence of the stream, or a time in ISO 8601"
        raise BadInput("at", f'"{text}" cannot be read', allowed, "--at 1042 or --at 2026-11-24T18:30") from None
    found = found if found.tzinfo else found.replace(tzinfo=CITY_ZONE)
    if found > utc_now():
        raise BadInput("at", f"{text} is still to come", "a moment up to now")
    return found


def _replay_json(job_id: str, life: Sequence[Step], step_by_step: bool) -> None:
    last = life[-1]
    body: dict[str, Any] = {"job_id": job_id, "sequence": last.sequence, "events": len(life)}
    body |= {"time": last.time.isoformat() if last.time else None, "state": msgspec.to_builtins(last.job)}
    body |= {"steps": [as_data(step) for step in life]} if step_by_step else {}
    sys.stdout.write(json.dumps(body) + "\n")


def _write_steps(job_id: str, life: Sequence[Step]) -> None:
    from usher.tables import clock, write_table

    rows = []
    for step in life:
        rows.append((str(step.sequence), clock(step.time), step.name, says(step) if step.trouble else "", ""))
        rows += [
            ("", "", "", f"  {name}", f"{_short(old)} → {_short(new)}") for name, (old, new) in step.changes.items()
        ]
    write_table(("#seq", "time", "event", "changed", "from → to"), rows, title=f"job {job_id}")


def _write_state(job_id: str, life: Sequence[Step]) -> None:
    from usher.tables import clock, write_table

    last = life[-1]
    state = msgspec.to_builtins(last.job)
    count = "1 event" if len(life) == 1 else f"{len(life)} events"
    title = f"job {job_id} after {count}: {last.sequence} {last.name}, {clock(last.time, day=True)}"
    write_table(("field", "value"), ((name, _short(value, 400)) for name, value in state.items()), title=title)


def _short(value: Any, most: int = 90) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else str(value)
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
