"""Books: takes a job when tickets are detected and carries it to a confirmation number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from events import orders as o
from events.errors import Unavailable
from events.lifecycle import Job, Refusal, Status
from events.settings import Clock, Settings
from events.store import EventStore
from events.wish import SeatPlan, Show
from services.artifacts import Artifacts
from services.locks import AccountLock
from services.payment import Payment
from services.reconcile import Reconciler
from services.runtime import Delivery
from services.vault import Vault
from sites.protocol import Challenge, Held, Refused, Site, Unreadable, Visit
from sites.seats import choose

log = structlog.get_logger()
MAPS = 3  # readings of one show's seats before it is given up


class Booker:
    """One booker of a site. Losing a race to another one ends quietly; the log fences whoever comes late."""

    def __init__(
        self,
        name: str,
        store: EventStore,
        site: Site,
        vault: Vault,
        lock: AccountLock,
        artifacts: Artifacts,
        settings: Settings,
        now: Clock,
    ) -> None:
        self._name, self._store, self._site, self._vault, self._lock = name, store, site, vault, lock
        self._artifacts, self._settings, self._now = artifacts, settings, now
        self._payment = Payment(store, artifacts, now)
        self._reconciler = Reconciler(store, site, vault, settings, now)

    async def on_event(self, delivery: Delivery) -> None:
        """Tickets were detected, or poor seats accepted: take the job."""
        await self._take(delivery.key, delivery.cause)

    async def on_due(self, delivery: Delivery) -> None:
        """A lease ran out, or the order history is to be read again."""
        await self._take(delivery.key, None)

    async def _take(self, job_id: str, cause: str | None) -> None:
        """Under the account's lock: whoever else had taken this job before is gone, or fenced by the log."""
        user = (await self._store.load(job_id, fresh=True)).job.user
        async with self._lock.held(user):
            job = (await self._store.load(job_id, fresh=True)).job
            if job.status is Status.UNCERTAIN:
                await self._reconciler.reconcile(job_id, job)
                return
            if job.submitted and job.status in {Status.BOOKING, Status.AWAITING_PAYMENT}:
                why = "the booker was lost after payment was sent"
                await self._store.execute(job_id, o.LoseOutcome(job.attempt, why, self._now() + timedelta(seconds=1)))
                return
            lease = self._now() + timedelta(seconds=self._settings.lease)
            left = job.attempt if job.status is Status.BOOKING else None
            taken = await self._store.execute(job_id, o.StartBooking(self._name, lease, left), causation=cause)
            if isinstance(taken, Refusal):
                log.info("booking.not_taken", job_id=job_id, why=taken.why)
                return
            await self._attempt(job_id, taken.job)

    async def _attempt(self, job_id: str, job: Job) -> None:
        try:
            async with asyncio.timeout(self._settings.booking_timeout), self._visit(job.user) as visit:
                await self._try_shows(job_id, job, visit)
        except Unavailable as broken:
            await self._give_back(job_id, job.attempt, "browser", str(broken))
        except TimeoutError:
            await self._give_back(job_id, job.attempt, "timeout", "the site took too long")

    async def _give_back(self, job_id: str, attempt: int, reason: str, detail: str) -> None:
        """End the attempt honestly: a submitted payment makes the outcome unknown, else watching goes on."""
        job = (await self._store.load(job_id, fresh=True)).job
        if job.submitted:
            await self._store.execute(job_id, o.LoseOutcome(attempt, detail, self._now() + timedelta(seconds=1)))
        else:
            await self._store.execute(job_id, o.FailBooking(attempt, reason, detail))

    @asynccontextmanager
    async def _visit(self, user: str) -> AsyncIterator[Visit]:
        held = await self._vault.read(user)
        visit = await self._site.visit(held.session, await self._vault.contact(user))
        try:
            yield visit
        finally:
            await self._site.close_visit(visit)

    async def _try_shows(self, job_id: str, job: Job, visit: Visit) -> None:
        shows = job.open_offers
        if job.consented:
            shows = tuple(s for s in job.offers if s.show_id == job.consent_show)
        for show in shows:
            held = await self._hold(job_id, job, show, visit)
            if held is None:
                return
            if isinstance(held, Held):
                await self._pay(job_id, job, visit, held)
                return
            rejected = o.RejectShow(job.attempt, show.show_id, held.reason, held.detail)
            if isinstance(await self._store.execute(job_id, rejected), Refusal):
                return
        await self._store.execute(job_id, o.FailBooking(job.attempt, "no_show_left", "every show that fits was tried"))

    async def _hold(self, job_id: str, job: Job, show: Show, visit: Visit) -> Held | Refused | None:
        """Held seats, why this show cannot be had, or None where the attempt has ended."""
        answer: Held | Refused | Challenge | Unreadable = Refused("seats_taken")
        for _ in range(MAPS):
            plan = await self._choose(job_id, job, show, visit)
            if not isinstance(plan, SeatPlan):
                return plan
            answer = await visit.hold(plan)
            if not (isinstance(answer, Refused) and answer.reason == "seats_taken"):
                break
        if isinstance(answer, Challenge):
            await self._challenged(job_id, job, answer)
            return None
        if isinstance(answer, Unreadable):
            return Refused("unreadable", answer.detail)
        if isinstance(answer, Refused):
            return answer
        kept = o.HoldSeats(
            job.attempt, show.show_id, answer.plan, answer.amount, answer.currency, answer.hold_ends, answer.reference
        )
        outcome = await self._store.execute(job_id, kept)
        if not isinstance(outcome, Refusal):
            return answer
        await visit.release()
        log.info("booking.hold_released", job_id=job_id, why=outcome.why)
        still_ours = (await self._store.load(job_id, fresh=True)).job
        if still_ours.status is Status.BOOKING and still_ours.attempt == job.attempt:
            return Refused("price", outcome.why)
        return None

    async def _choose(self, job_id: str, job: Job, show: Show, visit: Visit) -> SeatPlan | Refused | None:
        if job.wish is None:
            return None
        seat_map = await visit.open_show(show, job.wish.seats.count)
        if isinstance(seat_map, Challenge):
            await self._challenged(job_id, job, seat_map)
            return None
        if isinstance(seat_map, Unreadable):
            return Refused("unreadable", seat_map.detail)
        if isinstance(seat_map, Refused):
            return seat_map
        plan = choose(seat_map, job.wish.seats, job.wish.cap.amount if job.wish.cap else None)
        if plan is None:
            return Refused("no_seats", "no free seats fit the wish")
        agreed = job.consent.score if job.consented and job.consent else self._settings.consent_threshold
        if plan.score >= agreed:
            return plan
        deadline = self._now() + timedelta(seconds=self._settings.consent_timeout)
        picture = await visit.picture()
        artifact = await self._artifacts.put(f"{job_id}-seats-{job.attempt}.png", picture) if picture else None
        await self._store.execute(job_id, o.RequestConsent(job.attempt, show.show_id, plan, deadline, artifact))
        return None

    async def _challenged(self, job_id: str, job: Job, met: Challenge) -> None:
        name = f"{job_id}-challenge-{job.attempt}.png"
        artifact = await self._artifacts.put(name, met.picture) if met.picture else None
        await self._store.execute(job_id, o.MeetChallenge(met.kind, met.where, artifact, job.attempt))

    async def _pay(self, job_id: str, job: Job, visit: Visit, held: Held) -> None:
        if job.wish is not None and job.wish.dry_run:
            await visit.release()
            detail = f"{', '.join(held.plan.seats)} for {held.amount / 100:.2f} {held.currency} would have been paid"
            await self._store.execute(job_id, o.FailBooking(job.attempt, "rehearsal", detail, watching=False))
            return
        await self._payment.pay(job_id, job.attempt, visit, held, await self._vault.cards(job.user))
