"""After a payment whose outcome is unknown: the site's order history decides, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from events import job as j
from events import orders as o
from events.lifecycle import Job
from events.settings import Clock, Settings
from events.store import EventStore
from events.wish import Show
from services.vault import Vault
from sites.protocol import PaidOrder, Site

log = structlog.get_logger()
LONGEST = 60.0  # s between two reads


class Reconciler:
    """Reads the order history until it tells; `not_booked` only after the site had its time to settle."""

    def __init__(self, store: EventStore, site: Site, vault: Vault, settings: Settings, now: Clock) -> None:
        self._store, self._site, self._vault, self._settings, self._now = store, site, vault, settings, now

    async def reconcile(self, job_id: str, job: Job) -> None:
        """One read of the history for an UNCERTAIN job, and the event that follows from it."""
        submitted, reads = await self._submitted(job_id)
        orders = await self._site.orders((await self._vault.read(job.user)).session)
        if not isinstance(orders, tuple):
            await self._again(job_id, job, reads, f"the order history could not be read: {orders.detail}")
            return
        order = next((found for found in orders if found.paid and same_order(found, job)), None)
        if order is not None:
            command = o.ReconcileBooked(
                job.attempt, "order_history", order.confirmation, order.seats, order.amount, order.currency
            )
            await self._store.execute(job_id, command)
            return
        settled = submitted + timedelta(seconds=self._settings.reconcile_settle)
        if self._now() < settled:
            await self._again(job_id, job, reads, "the order history does not show the booking (yet)")
            return
        detail = f"not in the order history {self._settings.reconcile_settle:.0f} s after payment was sent"
        await self._store.execute(job_id, o.ReconcileNotBooked(job.attempt, "order_history", detail))

    async def _submitted(self, job_id: str) -> tuple[datetime, int]:
        """When payment was sent, and how often its outcome was found unknown since."""
        history = await self._store.history(job_id)
        last = max(i for i, record in enumerate(history) if isinstance(record.event, j.PaymentSubmitted))
        return history[last].time, sum(isinstance(r.event, j.OutcomeUnknown) for r in history[last:])

    async def _again(self, job_id: str, job: Job, reads: int, why: str) -> None:
        pause = min(LONGEST, self._settings.reconcile_every * 2 ** min(reads - 1, 10) / 4)
        command = o.LoseOutcome(job.attempt, why, self._now() + timedelta(seconds=max(1.0, pause)))
        await self._store.execute(job_id, command)


def same_order(order: PaidOrder, job: Job) -> bool:
    """Whether an order is this job's: the hold's own reference, or the same session and seats."""
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
