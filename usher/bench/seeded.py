"""A read model of any size without its log: made-up jobs of many films, cities and states, folded as real ones are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from events import job as j
from events.codec import Recorded
from events.settings import new_event_id, new_job_id, utc_now
from events.wish import SeatPlan, group_of
from projections.projector import Projection
from usher.bench.lives import WISH, Progress

CITIES = ("Hyderabad", "Bengaluru", "Chennai", "Mumbai", "Pune", "Delhi-NCR", "Kolkata", "Kochi")
FILMS = tuple(f"{name}: Part {n}" for name in ("Dune", "Kalki", "Avatar", "Leo", "Pushpa") for n in range(1, 41))
PLAN = SeatPlan(("H7", "H8"), 0.9, 59_000, "GOLD")
BATCH = 5_000  # events a transaction


def seed(file: Path, jobs: int, after: int, progress: Progress) -> int:
    """Add `jobs` made-up jobs to the file; their sequences start behind `after`. Gives the number of events."""
    projection, batch, done = Projection(file), list[Recorded](), 0
    with projection.unguarded():
        for record in _records(jobs, after):
            batch.append(record)
            done += 1
            if len(batch) == BATCH:
                projection.apply(batch)
                batch = []
                progress(done, jobs * 4)
        projection.apply(batch)
    projection.close()
    return done


def _records(jobs: int, after: int) -> Iterator[Recorded]:
    sequence, began = after, utc_now() - timedelta(seconds=jobs)
    for n in range(jobs):
        job_id, cause, at = new_job_id(), None, began + timedelta(seconds=n)
        for event in _life(n, at):
            sequence += 1
            event_id = new_event_id()
            yield Recorded(event, event_id, job_id, sequence, at, "seed", 1, cause, event_id, sequence - 1, "JOBS")
            cause, at = event_id, at + timedelta(milliseconds=20)


def _life(n: int, at: datetime) -> Sequence[j.Event]:
    """Most jobs have ended, one in ten is watched, one in a thousand waits for its person."""
    wish = msgspec.structs.replace(WISH, film=FILMS[n % len(FILMS)], city=CITIES[n % len(CITIES)])
    born = (j.Created(f"tg{n % 40}", wish, at + timedelta(days=3)), j.WatchStarted(group_of(wish)))
    if n % 1_000 == 0:
        return *born, j.Paused("away", f"tg{n % 40}")
    if n % 10 == 0:
        return born
    if n % 3 == 0:
        return *born, j.Cancelled("going elsewhere", f"tg{n % 40}")
    started = j.BookingStarted(1, "AMBG-13500", "bench", at)
    return (
        *born,
        started,
        j.Booked(1, f"WX{n:06}", "AMBG-13500", wish.film, "AMB Cinemas", at, PLAN.seats, 65_962, "INR"),
    )
