"""The check of the whole log finds what must not be, and says nothing where all is well."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from events import job as j
from events import look as lk
from events import orders as o
from events import user as u
from events.audit import Finding
from events.codec import encode, headers_of, subject_of
from events.settings import new_event_id, new_job_id
from events.store import EventStore
from events.wish import Listing, Wish, group_of
from services.following import Follower
from services.verifying import Verified, verify_log, verify_model
from tests.conftest import NOW
from tests.samples import LOOK, SHOW

WISH = Wish(film=SHOW.film, city="Hyderabad")
Stores = Callable[[str], EventStore]


def ignore(_: int, __: int) -> None:
    return None


async def lived(store_of: Stores, job_id: str) -> None:
    """A life by the actors that may say each thing, with a look that caused the detection."""
    group = group_of(WISH)
    await store_of("desk").execute(job_id, o.CreateJob("asha", WISH, NOW + timedelta(days=3)))
    await store_of("scheduler").execute(job_id, o.StartWatching(group))
    listing = Listing("bookmyshow", WISH.city, WISH.film, (SHOW,))
    cause = await store_of("watcher").publish(lk.Seen(LOOK, group, listing, True, NOW, 5), group)
    await store_of("watcher").execute(job_id, o.DetectTickets(WISH, (SHOW,), LOOK, NOW), causation=cause)
    await store_of("booker").execute(job_id, o.StartBooking("b", NOW))
    await store_of("booker").execute(job_id, o.FailBooking(1, "no_show_left"))


async def forge(nc: Client, event: Any, job_id: str, **headers: Any) -> int:
    """Write an event as nobody of ours would; its sequence."""
    known = {"actor": "desk", "previous": 0, "causation": None, "correlation": None, "event_id": new_event_id()}
    made = known | headers
    ack = await nc.jetstream().publish(
        subject_of(event, job_id),
        encode(event),
        headers=headers_of(event, made.pop("event_id"), **made),  # type: ignore[arg-type]
    )
    return ack.seq


def told(done: Verified) -> Sequence[str]:
    return [f"{one.stream} {one.sequence}: {one.what}" for one in done.findings]


async def test_a_log_that_our_actors_wrote_is_whole_and_its_mark_holds(nc: Client, store_of: Stores) -> None:
    for _ in range(3):
        await lived(store_of, new_job_id())
    done = await verify_log(nc, {}, ignore)
    assert told(done) == []
    assert done.events == 3 * 6
    await lived(store_of, new_job_id())  # what comes later changes nothing about the past
    again = await verify_log(nc, done.marks, ignore)
    assert again.whole
    assert again.marks["JOBS"].hash != done.marks["JOBS"].hash


FORGERIES: dict[str, tuple[Any, dict[str, Any], str]] = {
    "gap": (j.Paused("rest", "asha"), {"previous": 1}, "its previous event is 5, but it says 1"),
    "owner": (j.WatchStarted("g"), {"previous": 5}, "written by desk, which may not"),
    "cause": (
        j.Paused("rest", "asha"),
        {"previous": 5, "causation": "ff000000-0000-7000-8000-000000000000"},
        "is in no log",
    ),
}


@pytest.mark.parametrize("name", list(FORGERIES))
async def test_what_must_not_be_is_found(nc: Client, store_of: Stores, name: str) -> None:
    job_id = new_job_id()
    await lived(store_of, job_id)
    event, headers, what = FORGERIES[name]
    sequence = await forge(nc, event, job_id, **headers)
    done = await verify_log(nc, {}, ignore)
    assert not done.whole
    assert any(one.sequence == sequence and what in one.what for one in done.findings), told(done)


async def test_a_cause_that_is_older_than_the_looks_that_are_kept_is_excused(nc: Client, store_of: Stores) -> None:
    job_id, expired = new_job_id(), "018f0000-0000-7000-8000-000000000000"  # May 2024
    await lived(store_of, job_id)
    await forge(nc, j.Paused("rest", "asha"), job_id, previous=5, causation=expired)
    assert (await verify_log(nc, {}, ignore)).findings == []


async def test_a_move_off_the_diagram_is_found(nc: Client, store_of: Stores) -> None:
    job_id = new_job_id()
    await lived(store_of, job_id)
    sequence = await forge(nc, j.PaymentRequested(1, 1, "INR", NOW, "qr.png"), job_id, previous=5, actor="booker")
    (finding,) = (await verify_log(nc, {}, ignore)).findings
    assert finding.sequence == sequence
    assert "from WATCHING to AWAITING_PAYMENT" in finding.what


async def test_an_event_id_that_is_there_twice_is_found(nc: Client, store_of: Stores) -> None:
    job_id = new_job_id()
    await lived(store_of, job_id)
    first = (await store_of("reader").history(job_id))[0]
    await forge(nc, u.Approved("owner"), "bo", event_id=first.event_id)  # another stream takes it for new
    (finding,) = (await verify_log(nc, {}, ignore)).findings
    assert "was there before" in finding.what


async def test_what_cannot_be_read_is_found_unless_somebody_dropped_it(nc: Client, store_of: Stores) -> None:
    await lived(store_of, new_job_id())
    ack = await nc.jetstream().publish("job.created.broken", b"{")
    assert "cannot be read" in (await verify_log(nc, {}, ignore)).findings[0].what
    done = await verify_log(nc, {}, ignore, {("JOBS", ack.seq)})
    assert done.whole
    assert done.excused == 1


async def test_a_past_that_changed_since_the_last_check_is_found(nc: Client, store_of: Stores) -> None:
    await lived(store_of, new_job_id())
    done = await verify_log(nc, {}, ignore)
    mark = done.marks["JOBS"]
    other = {"JOBS": type(mark)(mark.first, mark.sequence, "00" * 32)}
    assert "not the one that was checked before" in (await verify_log(nc, other, ignore)).findings[0].what
    shorter = {"JOBS": type(mark)(mark.first, mark.sequence + 3, mark.hash)}
    assert (await verify_log(nc, shorter, ignore)).findings == [
        Finding("JOBS", 0, f"it ends at {mark.sequence}, but {mark.sequence + 3} was checked before")
    ]


async def test_a_row_of_the_read_model_that_the_log_does_not_say_is_found(
    nc: Client, store_of: Stores, tmp_path: Path
) -> None:
    job_id = new_job_id()
    await lived(store_of, job_id)
    live = tmp_path / "usher.sqlite3"
    follower = Follower(nc, live)
    await follower.start()
    await follower.wait({"JOBS": 5, "LOOKS": 1})
    assert await verify_model(nc, live, ignore) == []
    await store_of("desk").execute(job_id, o.PauseJob("rest", "asha"))  # written while it is compared: not a difference
    await follower.stop()
    await asyncio.to_thread(_spoil, live, job_id)
    rows = await verify_model(nc, live, ignore)
    assert any("SUCCESS" in row for row in rows)
    assert await asyncio.to_thread(lambda: list(tmp_path.glob(".verify-*"))) == []


def _spoil(file: Path, job_id: str) -> None:
    with sqlite3.connect(file) as db:
        db.execute("UPDATE jobs SET status = 'SUCCESS' WHERE job_id = ?", (job_id,))
