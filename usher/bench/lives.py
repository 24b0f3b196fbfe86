"""Made-up jobs for measuring: one long life, and logs of any size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from nats.aio.client import Client

from events import orders as o
from events.codec import encode, headers_of, subject_of
from events.connection import QuickClient
from events.errors import UsherError
from events.job import Created, Paused, Resumed, WatchStarted
from events.lifecycle import Job, Refusal
from events.settings import new_event_id, new_job_id, utc_now
from events.store import Appended, EventStore
from events.streams import ensure
from events.wish import Availability, PriceClass, SeatPlan, Show, Wish
from sandbox.nats_server import run_server

GROUP = "bookmyshow--hyderabad--dune-part-three"
WISH = Wish(film="Dune: Part Three", city="Hyderabad", cinemas=("AMB Cinemas",), languages=("English",))
UNACKED = 2_000  # messages sent before the next look at how far the server is
Progress = Callable[[int, int], None]


def _shows() -> tuple[Show, ...]:
    return tuple(
        Show(
            show_id=f"AMBG-{session}",
            film=WISH.film,
            film_code="ET00470725",
            cinema="AMB Cinemas: Gachibowli",
            cinema_code="AMBG",
            session=session,
            starts=utc_now() + timedelta(hours=7),
            language="English",
            format="2D",
            screen="4K DOLBY ATMOS",
            availability=Availability.AVAILABLE,
            classes=(PriceClass("GOLD", "GOLD", 29_500, Availability.AVAILABLE),),
        )
        for session in ("13500", "13501")
    )


@asynccontextmanager
async def log_server(folder: Path, sync_always: bool) -> AsyncIterator[Client]:
    """A server of its own with usher's streams, and a connection."""
    async with run_server(folder, sync_always=sync_always) as server:
        nc = QuickClient()
        await nc.connect(server.url, pending_size=0)
        try:
            await ensure(nc)
            yield nc
        finally:
            await nc.close()


async def run(store: EventStore, job_id: str, *commands: o.Command) -> Appended:
    """Execute commands in order; the last one's result. Raises UsherError where the rules say no."""
    last = Appended((), (), Job(), 0)
    for command in commands:
        done = await store.execute(job_id, command)
        if isinstance(done, Refusal):
            raise UsherError(f"the rules refuse {type(command).__name__}: {done.why}")
        last = done
    return last


async def booked_life(store: EventStore, job_id: str) -> Appended:
    """Twelve events, from the wish over a lost answer to the booking that the order history shows."""
    now = utc_now()
    shows, plan, soon = _shows(), SeatPlan(("H7", "H8"), 0.31, 59_000, "GOLD"), now + timedelta(minutes=5)
    first, second = (show.show_id for show in shows)
    return await run(
        store,
        job_id,
        o.CreateJob("asha", WISH, now + timedelta(days=3)),
        o.StartWatching(GROUP),
        o.DetectTickets(WISH, shows, new_event_id(), now),
        o.StartBooking("bench", soon),
        o.RejectShow(1, first, "sold_out"),
        o.RequestConsent(1, second, plan, soon),
        o.GiveConsent("asha"),
        o.HoldSeats(1, second, plan, 59_000, "INR", soon, "D1"),
        o.SubmitPayment(1, 59_000, "INR", (), "D1"),
        o.LoseOutcome(1, "no answer", soon),
        o.ReconcileBooked(1, "order_history", "WX1", plan.seats, 59_000, "INR"),
    )


async def fill(nc: Client, jobs: int, progress: Progress) -> int:
    """Write `jobs` lives of four events each, unacknowledged and without expectations; the number of events.

    Only an empty log of a benchmark may be filled like this: everything else writes through EventStore.
    """
    js, total, sent = nc.jetstream(), jobs * 4, 0
    until = utc_now() + timedelta(days=3)
    life = (Created("asha", WISH, until), WatchStarted(GROUP), Paused("away", "asha"), Resumed("asha"))
    before = (await js.stream_info("JOBS")).state.last_seq
    for _ in range(jobs):
        job_id, cause = new_job_id(), None
        first = new_event_id()
        for position, event in enumerate(life, 1):
            previous = before + sent if position > 1 else 0
            event_id = first if position == 1 else new_event_id()
            headers = headers_of(event, event_id, actor="bench", previous=previous, causation=cause, correlation=first)
            await nc.publish(subject_of(event, job_id), encode(event), headers=headers)
            sent, cause = sent + 1, event_id
        if sent % UNACKED < len(life):
            await _caught_up(nc, before + sent)
            progress(sent, total)
    await _caught_up(nc, before + sent)
    progress(sent, total)
    return sent


async def _caught_up(nc: Client, sequence: int) -> None:
    async with asyncio.timeout(30):
        while (await nc.jetstream().stream_info("JOBS")).state.last_seq < sequence:  # noqa: ASYNC110  no ack to wait for
            await asyncio.sleep(0.002)
