"""A payment that a person makes with a code: show it, wait for the site's word, withdraw it, lose no paid ticket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from events import orders as o
from events.errors import Unavailable
from events.lifecycle import Job, Status
from events.settings import Clock, Settings
from events.store import EventStore
from services.artifacts import Artifacts
from services.payment import Payment, Stake
from services.reconcile import Reconciler
from services.vault import Vault
from services.visits import visiting
from sites.protocol import Paid, QrCode, Refused, Site, Unknown, Visit

log = structlog.get_logger()
SLICE = 2.0  # s on the payment page between two looks at the job: a cancel or a claim waits no longer


class QrPayment:
    """Once a code is shown, only the site knows whether it is paid: every way out leads over its word.

    `elapsed` counts seconds whatever the wall clock does.
    """

    def __init__(
        self,
        store: EventStore,
        site: Site,
        vault: Vault,
        artifacts: Artifacts,
        payment: Payment,
        history: Reconciler,
        settings: Settings,
        now: Clock,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._site, self._vault, self._artifacts = store, site, vault, artifacts
        self._payment, self._history, self._settings = payment, history, settings
        self._now, self._elapsed = now, elapsed

    async def show(self, stake: Stake) -> bool:
        """Ask the person to pay the hold by code; False where the attempt has ended instead."""
        if stake.dry_run:
            await self._payment.rehearse(stake)
            return False
        held, code = stake.held, await stake.visit.request_qr()
        if not isinstance(code, QrCode):
            await stake.visit.release()
            await self._payment.fail(stake.job_id, stake.attempt, code)
            return False
        if code.amount != held.amount:
            detail = f"held at {held.amount / 100:.2f}, the code asks for {code.amount / 100:.2f}"
            await self._payment.give_up(stake, "price_changed", detail, watching=True)
            return False
        artifact = await self._artifacts.put(f"{stake.job_id}-qr-{stake.attempt}.png", code.picture)
        # nobody sees the code before this is in the log: from then on it may be paid at any moment
        shown = o.RequestPayment(stake.attempt, code.amount, held.currency, code.deadline, artifact, stake.budget)
        return await self._payment.decided(stake, shown)

    async def wait(self, job_id: str, attempt: int, visit: Visit | None) -> None:
        """Until it is paid, refused, cancelled or its time is over. Without a `visit` (its booker is gone, or its
        page cannot be read any more) the order history is read instead."""
        job = (await self._store.load(job_id, fresh=True)).job
        left = (job.deadline - self._now()).total_seconds() if job.deadline else 0.0
        ends, checked = self._elapsed() + left, False
        while job.status is Status.AWAITING_PAYMENT and job.attempt == attempt:
            left = ends - self._elapsed()
            if left <= 0:
                await self._lose(job_id, attempt, "the time to pay with the code is over")
                return
            if visit is None:
                if await self._history.found(job_id, job):
                    return
                await asyncio.sleep(min(self._settings.qr_every, left))
            else:
                answer = await self._outcome(visit, min(SLICE, left))
                if isinstance(answer, Paid):
                    await self._payment.confirm(job_id, attempt, answer)
                    return
                if isinstance(answer, Refused):
                    await self._lose(job_id, attempt, f"the site takes the code no more ({answer.detail})")
                    return
                if isinstance(answer, Unknown):
                    log.warning("qr.page_lost", job_id=job_id, why=answer.why)
                    visit = None
                elif job.claimed and not checked:  # the page should know by now: ask the history, once
                    checked = True
                    if await self._history.found(job_id, job):
                        return
            job = (await self._store.load(job_id, fresh=True)).job
        if job.cancelling and job.attempt == attempt and not job.withdrawn:
            await self._withdraw(job_id, job, visit)

    @staticmethod
    async def _outcome(visit: Visit, within: float) -> Paid | Refused | Unknown | None:
        try:
            return await visit.qr_outcome(within)
        except Unavailable as broken:  # the browser is gone: the code is not, and may be paid
            return Unknown(str(broken))

    async def withdraw(self, job_id: str, job: Job) -> None:
        """Take the code of a cancelled payment back, where its own booker has not."""
        await self._withdraw(job_id, job, None)

    async def _withdraw(self, job_id: str, job: Job, visit: Visit | None) -> None:
        """Read the history, take the code back, and leave the rest to the history: it is read again and again."""
        if await self._history.found(job_id, job):
            return
        try:
            if visit is not None:
                await visit.release()
            else:
                async with visiting(self._site, self._vault, job.user) as own:
                    await own.release(job.reference)
        except Unavailable as broken:  # the hold lapses by itself, and the history is read for long enough
            log.warning("qr.not_withdrawn", job_id=job_id, why=str(broken))
        await self._lose(job_id, job.attempt, "cancelled: making sure that the code was not paid")

    async def _lose(self, job_id: str, attempt: int, why: str) -> None:
        await self._store.execute(job_id, o.LoseOutcome(attempt, why, self._now() + timedelta(seconds=1)))
