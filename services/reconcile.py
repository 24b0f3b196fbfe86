"""After a payment whose outcome is unknown: the site's order history decides; the person, where it cannot be read."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from events import job as j
from events import orders as o
from events.codec import Recorded
from events.errors import Unavailable
from events.lifecycle import Job
from events.settings import Clock, Settings
from events.store import EventStore
from events.wish import Show
from services import asking
from services.artifacts import Artifacts
from services.vault import Vault
from sites.protocol import PaidOrder, Site

log = structlog.get_logger()
LONGEST, LONGEST_ASKED = 60.0, 600.0  # s between two reads, before and after the person was asked


class Story(msgspec.Struct, frozen=True):
    """What the log tells of an unknown outcome: since when it could settle, how often the history was read, and since
    when it has been unreadable."""

    settles_from: datetime
    reads: int
    unread_since: datetime | None


def story_of(history: list[Recorded]) -> Story:
    """The story of the last payment. A click was made when it was sent; a code can be paid until its deadline, or
    until it was withdrawn."""
    paid = j.PaymentSubmitted | j.PaymentRequested
    last = max(i for i, record in enumerate(history) if isinstance(record.event, paid))
    since = history[last:]
    settles_from = since[0].time
    if isinstance(since[0].event, j.PaymentRequested):
        cancels = [record.time for record in since if isinstance(record.event, j.CancelRequested)]
        settles_from = min([since[0].event.deadline, *cancels])
    reads = [record for record in since if isinstance(record.event, j.OutcomeUnknown)]
    unread: datetime | None = None
    for record in reversed(reads):
        if not record.event.unreadable:
            break
        unread = record.time
    return Story(settles_from, len(reads), unread)


class Reconciler:
    """Reads the order history until it tells; `not_booked` only after the site had its time to settle.

    That time must have passed on the log's clock and on this process's own (`elapsed`): a clock that jumps forward
    must not make a payment look old.
    """

    def __init__(
        self,
        store: EventStore,
        site: Site,
        vault: Vault,
        artifacts: Artifacts,
        settings: Settings,
        now: Clock,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._site, self._vault, self._artifacts = store, site, vault, artifacts
        self._settings, self._now, self._elapsed = settings, now, elapsed
        self._first_seen: dict[tuple[str, int], float] = {}

    async def found(self, job_id: str, job: Job) -> bool:
        """Whether the history shows the order; then the job is booked. An unreadable history shows nothing."""
        orders = await self._site.orders((await self._vault.read(job.user)).session)
        return isinstance(orders, tuple) and await self._booked(job_id, job, orders)

    async def reconcile(self, job_id: str, job: Job) -> None:
        """One read of the history for an UNCERTAIN job, and the event that follows from it."""
        story = story_of(await self._store.history(job_id))
        settled = self._settled(job_id, job, story)
        orders = await self._site.orders((await self._vault.read(job.user)).session)
        if not isinstance(orders, tuple):
            await self._unreadable(job_id, job, story, orders.detail)
        elif await self._booked(job_id, job, orders):
            pass
        elif not settled:
            await self._again(job_id, job, story, "the order history does not show the booking (yet)")
        else:
            detail = f"not in the order history {self._settings.reconcile_settle:.0f} s after it could last be paid"
            await self._store.execute(job_id, o.ReconcileNotBooked(job.attempt, "order_history", detail))
            self._first_seen.pop((job_id, job.attempt), None)

    def _settled(self, job_id: str, job: Job, story: Story) -> bool:
        self._first_seen.setdefault((job_id, job.attempt), self._elapsed())
        return self._until_settled(job_id, job, story) <= 0

    def _until_settled(self, job_id: str, job: Job, story: Story) -> float:
        """Seconds until a history that shows nothing means that nothing was booked."""
        first = self._first_seen.get((job_id, job.attempt), self._elapsed())
        on_the_wall = (story.settles_from - self._now()).total_seconds()
        return max(on_the_wall, first - self._elapsed()) + self._settings.reconcile_settle

    async def _booked(self, job_id: str, job: Job, orders: tuple[PaidOrder, ...]) -> bool:
        order = await self._own(job_id, job, [found for found in orders if found.paid and same_order(found, job)])
        if order is None:
            return False
        command = o.ReconcileBooked(
            job.attempt, "order_history", order.confirmation, order.seats, order.amount, order.currency
        )
        await self._store.execute(job_id, command)
        self._first_seen.pop((job_id, job.attempt), None)
        return True

    async def _own(self, job_id: str, job: Job, alike: list[PaidOrder]) -> PaidOrder | None:
        """Of orders that may be this job's, the one that is. Seats of a hold that lapsed may have been booked since by
        another job of the same person: an order with another job's number is that job's. Raises Unavailable where the
        numbers cannot be read.
        """
        exact = next((order for order in alike if order.confirmation == job.reference), None)
        if exact is not None or not alike:
            return exact
        nc = self._store.nc
        ask = {"user": job.user, "after": await asking.newest(nc, "JOBS")}
        rows = await asking.ask(nc, "usher.query.numbers", ask)
        others = {row["number"] for row in rows if row["job_id"] != job_id}
        return next((order for order in alike if order.confirmation not in others), None)

    async def _unreadable(self, job_id: str, job: Job, story: Story, detail: str) -> None:
        """The person's word ends it, if there is one; else ask once it has lasted too long, and read on."""
        if job.told is not None:
            await self._as_told(job_id, job)
            return
        why = f"the order history could not be read: {detail}"
        asking = timedelta(seconds=self._settings.reconcile_ask)
        if not job.asked_outcome and self._now() - (story.unread_since or self._now()) >= asking:
            await self._store.execute(job_id, o.AskOutcome(job.attempt, why, await self._picture(job_id, job)))
        await self._again(job_id, job, story, why, unreadable=True)

    async def _as_told(self, job_id: str, job: Job) -> None:
        told, attempt = job.told, job.attempt
        command: o.Command
        if told is not None and told.booked:
            seats = job.plan.seats if job.plan else ()
            number = told.number or job.reference
            command = o.ReconcileBooked(attempt, "user", number, seats, job.amount, job.currency)
        else:
            command = o.ReconcileNotBooked(attempt, "user", "the person says that it was not booked")
        await self._store.execute(job_id, command)

    async def _picture(self, job_id: str, job: Job) -> str | None:
        """What usher sees where the history should be, for the person who is asked."""
        try:
            picture = await self._site.history_picture((await self._vault.read(job.user)).session)
        except Unavailable as broken:
            log.warning("reconcile.no_picture", job_id=job_id, why=str(broken))
            return None
        return await self._artifacts.put(f"{job_id}-history-{job.attempt}.png", picture) if picture else None

    async def _again(self, job_id: str, job: Job, story: Story, why: str, unreadable: bool = False) -> None:
        longest = LONGEST_ASKED if job.asked_outcome else LONGEST
        pause = min(longest, self._settings.reconcile_every * 2 ** min(story.reads - 1, 10) / 4)
        if not unreadable and (left := self._until_settled(job_id, job, story)) > 0:
            pause = min(pause, left)  # the read that can decide is not put off
        next_read = self._now() + timedelta(seconds=max(1.0, pause))
        await self._store.execute(job_id, o.LoseOutcome(job.attempt, why, next_read, unreadable))


def same_order(order: PaidOrder, job: Job) -> bool:
    """Whether an order may be this job's: the hold's own reference, or the same session and seats."""
    if job.reference and order.confirmation == job.reference:
        return True
    show: Show | None = job.offer(job.held_show)
    seats = set(job.plan.seats) if job.plan else set()
    return (
        show is not None
        and order.cinema_code == show.cinema_code
        and order.session == show.session
        and set(order.seats) == seats
    )
