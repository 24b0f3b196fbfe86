"""`usher history` and `usher why`: one job's life, straight from the stream."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec

from events.chain import recorded
from events.codec import Recorded
from events.errors import BadInput
from events.job import ShowRejected
from events.settings import Settings
from events.state import FINAL, Job, Status
from events.story import Step, as_data, path_to_wish, steps
from events.wire import Wire
from events.wish import Show
from sites.advice import Change, Verdict, judged, said, smallest_change
from usher.log import life_of, open_log
from usher.tables import clock, in_words, lasted, write_table
from usher.telling import HEADS, row_of, says, troubles

MOST = 200  # looks gone back for a job that has ended, to where it ended
SHOWN = 6  # shows of a kind and a look; `--json` has all of them


def history(settings: Settings, job: str, as_json: bool, follow: bool = False) -> int:
    """`usher history`: every event with its cause, and how long it took; 1 where one cannot be read or applied."""
    with open_log(settings) as log:
        job_id, messages = life_of(log, job)
    life = list(steps(messages))
    if as_json and not follow:
        sys.stdout.write(json.dumps([{"job_id": job_id} | as_data(step) for step in life]) + "\n")
    elif as_json:
        for step in life:
            _write_line(job_id, step, as_json)
    else:
        write_table(HEADS, (row_of(step) for step in life), title=f"job {job_id}")
        sys.stdout.write(f"\n{_summary(life)}\n")
    if follow and life[-1].job.status not in FINAL:
        from usher.following import follow_job
        from usher.running import run

        return run(follow_job(settings, job_id, messages, lambda step: _write_line(job_id, step, as_json)))
    return troubles(life)


def _write_line(job_id: str, step: Step, as_json: bool) -> None:
    line = json.dumps({"job_id": job_id} | as_data(step)) if as_json else "  ".join(filter(None, row_of(step)))
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _summary(life: Sequence[Step]) -> str:
    """How long the job was in each state, what it is now, and which pictures its events name."""
    spent: dict[str, float] = {}
    for before, after in pairwise(life):
        status = str(before.job.status)
        spent[status] = spent.get(status, 0.0) + (after.after or 0.0)
    told = ", ".join(f"{status} {lasted(seconds)}" for status, seconds in spent.items() if seconds)
    pictures = list(dict.fromkeys(name for step in life for name in step.pictures))
    lines = [f"{len(life)} events, {sum(step.size for step in life):,} bytes; now {life[-1].job.status}"]
    lines += [f"spent: {told}"] if told else []
    lines += [f"pictures: {', '.join(pictures)} (`nats object get artifacts NAME`)"] if pictures else []
    return "\n".join(lines)


def why(settings: Settings, job: str, event: int | None, looks: int, as_json: bool) -> int:
    """`usher why`: the causes of an event back to the wish; and what the newest looks held against the wish."""
    with open_log(settings) as log:
        job_id, messages = life_of(log, job)
        life = list(steps(messages))
        path = _path_of(life, event)
        state = life[-1].job
        told_by_path = event is not None or state.status is Status.SUCCESS
        seen = [] if told_by_path else _looks_before(log, life, looks)
    judgements, tried = _judged(state, seen), _tried(life)
    change = _change(state, seen) if seen and not any(verdict.fits for _, verdict in judgements) else None
    if not as_json:
        _write_path(job_id, path)
        if not told_by_path:
            _write_looks(state, judgements, tried, change)
        return 0
    answer: dict[str, object] = {
        "job_id": job_id,
        "status": str(state.status),
        "because": [as_data(step) for step in path],
    }
    if not told_by_path:
        answer["looks"] = [
            {"time": look.event.seen_at.isoformat(), "look": look.event.look} | msgspec.to_builtins(verdict)
            for look, verdict in judgements
        ]
        answer["tried"] = tried
        answer["change"] = msgspec.to_builtins(change) if change else None
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


def _path_of(life: Sequence[Step], sequence: int | None) -> list[Step]:
    """The event (the newest without a sequence) and its causes back to the first. Raises BadInput."""
    wanted = life[-1] if sequence is None else next((step for step in life if step.sequence == sequence), None)
    if wanted is None:
        some = ", ".join(str(step.sequence) for step in life[-5:])
        raise BadInput("event", f"this job has no event {sequence}", f"one of its sequences, such as {some}")
    return path_to_wish(life, wanted)


def _looks_before(log: Wire, life: Sequence[Step], count: int) -> list[Recorded]:
    """The group's newest recorded listings, up to the job's end, newest first. A look that saw nothing new was not
    recorded.
    """
    job, end = life[-1].job, life[-1].time
    over = job.status in FINAL and end is not None
    found = (recorded(message) for message in log.newest("LOOKS", f"look.seen.{job.group}", MOST if over else count))
    looks = [
        look for look in found if isinstance(look, Recorded) and not (over and end is not None and look.time > end)
    ]
    return looks[:count]


def _judged(job: Job, looks: Sequence[Recorded]) -> list[tuple[Recorded, Verdict]]:
    if job.wish is None:
        return []
    return [(look, judged(job.wish, look.event.listing, look.event.seen_at)) for look in looks]


def _tried(life: Sequence[Step]) -> dict[str, str]:
    """Show id → why it could not be booked, of those that are not tried again as long as they look as they did."""
    events = (step.record.event for step in life if step.record)
    found = {event.show: event.detail or event.reason for event in events if isinstance(event, ShowRejected)}
    return {show: why for show, why in found.items() if show in life[-1].job.rejected}


def _change(job: Job, looks: Sequence[Recorded]) -> Change | None:
    if job.wish is None:
        return None
    return smallest_change(job.wish, (look.event.listing for look in looks), looks[0].event.seen_at)


def _write_path(job_id: str, path: Sequence[Step]) -> None:
    rows = ((str(step.sequence), clock(step.time, day=True), step.name, says(step)) for step in path)
    write_table(("#seq", "time", "event, because of the one below", "says"), rows, title=f"job {job_id}")


def _past(show: Show, job: Job, tried: Mapping[str, str]) -> str:
    """Why a show that fits is not tried: it was, and it still looks as it did then."""
    return f"tried: {tried.get(show.show_id, 'declined')}" if job.tried(show) else ""


def _write_looks(
    job: Job, judgements: Sequence[tuple[Recorded, Verdict]], tried: Mapping[str, str], change: Change | None
) -> None:
    if not judgements:
        sys.stdout.write(f"\nno look of {job.group or 'this job'} is recorded\n")
    for look, verdict in judgements:
        rows = [("fits", in_words(show), _past(show, job, tried)) for show in verdict.fits[:SHOWN]]
        rows += [("gone", in_words(show), "sold out or over") for show in verdict.gone[:SHOWN]]
        nearest = sorted(verdict.refused, key=lambda one: (len(one.parts), one.show.starts, one.show.show_id))
        rows += [("refused", in_words(one.show), ", ".join(one.parts)) for one in nearest[:SHOWN]]
        again = sum(bool(_past(show, job, tried)) for show in verdict.fits)
        fit = f"{len(verdict.fits)} fit" + (f" ({again} tried before)" if again else "")
        told = f"{fit}, {len(verdict.gone)} are gone, {len(verdict.refused)} refused"
        lines = Counter(part for one in verdict.refused for part in one.parts)
        by = ", ".join(f"{part} {count}" for part, count in lines.most_common())
        title = f"look of {clock(look.event.seen_at, day=True)}: {told}" + (f" ({by})" if by else "")
        sys.stdout.write("\n")
        write_table(("", "show", "refused by"), rows or [("", "nothing was on sale", "")], title=title)
    if change is not None and job.wish is not None:
        told = f"{said(change, job.wish)}\n  then {in_words(change.show)}"
        sys.stdout.write(f"\nthe smallest change that would have given a show: {told}\n")
