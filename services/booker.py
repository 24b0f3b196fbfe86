"""Books: takes a job when tickets are detected and carries it to a confirmation number."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import msgspec
import structlog

from events import job as j
from events import orders as o
from events.errors import Unavailable
from events.lifecycle import Job, Refusal, Status
from events.settings import Clock, Settings
from events.spending import excess
from events.store import EventStore
from events.wish import SeatMap, SeatPlan, Show
from services.artifacts import Artifacts
from services.locks import AccountLock
from services.payment import Payment, Stake
from services.qr import QrPayment
from services.reconcile import Reconciler
from services.recordings import Recordings
from services.runtime import Delivery, Later
from services.spending import Spending
from services.vault import Vault
from services.visits import visiting
from sites.protocol import Challenge, Held, Refused, Site, Unreadable, Visit
from sites.seats import choose

log = structlog.get_logger()
BUSY = 0.3  # s until a message that found every browser in use comes again, perhaps to another booker
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
        self._recordings = Recordings(site.name, artifacts, settings, now)
        self._payment = Payment(store, artifacts, now)
        self._reconciler = Reconciler(store, site, vault, artifacts, settings, now)
        self._qr = QrPayment(store, site, vault, artifacts, self._payment, self._reconciler, settings, now)
        self._spending = Spending(store)
        self._browsers = asyncio.Semaphore(settings.bookings_at_once)

    async def on_event(self, delivery: Delivery) -> None:
        """Tickets were detected, poor seats accepted or refused for others, a payment claimed, given up or told."""
        event = delivery.recorded.event if delivery.recorded else None
        if isinstance(event, j.ConsentDeclined) and not event.other:
            return
        await self._take(delivery.key, delivery.cause)

    async def on_due(self, delivery: Delivery) -> None:
        """A lease ran out, or the order history is to be read again."""
        await self._take(delivery.key, None)

    async def _take(self, job_id: str, cause: str | None) -> None:
        """Under the account's lock: whoever else had taken this job before is gone, or fenced by the log."""
        job = (await self._store.load(job_id, fresh=True)).job
        self._find_room(job)
        async with self._lock.held(job.user):
            if job.exposed:  # else what changed meanwhile is noticed by the append, and read again then
                job = (await self._store.load(job_id, fresh=True)).job
            if job.exposed:
                await self._settle(job_id, job)
                return
            self._find_room(job)
            async with AsyncExitStack() as browser:
                await browser.enter_async_context(self._browsers)
                lease = self._now() + timedelta(seconds=self._settings.lease)
                left = job.attempt if job.status is Status.BOOKING else None
                taken = await self._store.execute(job_id, o.StartBooking(self._name, lease, left), causation=cause)
                if isinstance(taken, Refusal):
                    log.info("booking.not_taken", job_id=job_id, why=taken.why)
                    return
                started = taken.events[0]
                left_over = started.left_over if isinstance(started, j.BookingStarted) else ""
                await self._attempt(job_id, taken.job, browser, left_over)

    def _find_room(self, job: Job) -> None:
        """Raises Later where a new attempt would have to wait for a browser: another booker may have one free."""
        if not job.exposed and self._browsers.locked():
            raise Later(BUSY)

    async def _settle(self, job_id: str, job: Job) -> None:
        """Money may be on its way since an earlier booker, or an earlier hour: find out, and start nothing new."""
        match job.status:
            case Status.UNCERTAIN if job.cancelling and not job.withdrawn:
                await self._qr.withdraw(job_id, job)
            case Status.UNCERTAIN:
                await self._reconciler.reconcile(job_id, job)
            case Status.AWAITING_PAYMENT:
                await self._qr.wait(job_id, job.attempt, None)
            case Status.BOOKING:
                why = "the booker was lost after payment was sent"
                await self._store.execute(job_id, o.LoseOutcome(job.attempt, why, self._now() + timedelta(seconds=1)))

    async def _attempt(self, job_id: str, job: Job, browser: AsyncExitStack, left_over: str) -> None:
        """One attempt. While a person pays by code, the place in the row of browsers is left to other bookings."""
        try:
            async with (
                self._recordings.visit(job_id, job.attempt) as recorder,
                visiting(self._site, self._vault, job.user, recorder) as visit,
            ):
                async with asyncio.timeout(self._settings.booking_timeout):
                    if left_over:  # by a booker that can pay it no more: its attempt is over
                        log.warning("booking.hold_left_over", job_id=job_id, reference=left_over)
                        await visit.release(left_over)
                    shown = await self._try_shows(job_id, job, visit)
                if shown:
                    await browser.aclose()
                    await self._qr.wait(job_id, job.attempt, visit)
        except Unavailable as broken:
            await self._give_back(job_id, job.attempt, "browser", str(broken))
        except TimeoutError:
            await self._give_back(job_id, job.attempt, "timeout", "the site took too long")

    async def _give_back(self, job_id: str, attempt: int, reason: str, detail: str) -> None:
        """End the attempt honestly: a payment that may have been made makes the outcome unknown, else watching
        goes on."""
        job = (await self._store.load(job_id, fresh=True)).job
        if job.exposed:
            await self._store.execute(job_id, o.LoseOutcome(attempt, detail, self._now() + timedelta(seconds=1)))
        else:
            await self._store.execute(job_id, o.FailBooking(attempt, reason, detail))

    async def _try_shows(self, job_id: str, job: Job, visit: Visit) -> bool:
        """Whether a code was shown: then the attempt goes on until it is paid. Else the attempt has ended."""
        shows = job.open_offers
        if job.consented:
            shows = tuple(s for s in job.offers if s.show_id == job.consent_show)
        for show in shows:
            held = await self._hold(job_id, job, show, visit)
            if held is None:
                return False
            if isinstance(held, Held):
                return await self._pay(job_id, job, visit, held)
            if held.reason == "contact_missing":  # no other show can be had without it
                await self._payment.fail(job_id, job.attempt, held)
                return False
            rejected = o.RejectShow(job.attempt, show.show_id, held.reason, held.detail)
            if isinstance(await self._store.execute(job_id, rejected), Refusal):
                return False
        await self._store.execute(job_id, o.FailBooking(job.attempt, j.NO_SHOW_LEFT, "every show that fits was tried"))
        return False

    async def _hold(self, job_id: str, job: Job, show: Show, visit: Visit) -> Held | Refused | None:
        """Held seats, why this show cannot be had, or None where the attempt has ended."""
        answer: Held | Refused | Challenge | Unreadable = Refused("seats_taken")
        seat_map = SeatMap(())
        for _ in range(MAPS):
            chosen = await self._choose(job_id, job, show, visit)
            if not isinstance(chosen, tuple):
                return chosen
            plan, seat_map = chosen
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
            job.attempt,
            show.show_id,
            answer.plan,
            answer.amount,
            answer.currency,
            answer.hold_ends,
            answer.reference,
            await self._keep_map(job_id, job, seat_map),
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

    async def _keep_map(self, job_id: str, job: Job, seat_map: SeatMap) -> str:
        """The hall as it was seen, as JSON that decodes into a SeatMap: the chat draws it."""
        return await self._artifacts.put(f"{job_id}-map-{job.attempt}.json", msgspec.json.encode(seat_map))

    async def _choose(
        self, job_id: str, job: Job, show: Show, visit: Visit
    ) -> tuple[SeatPlan, SeatMap] | Refused | None:
        """The best seats and the hall they are in, why there are none, or None where the attempt has ended."""
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
        agreed_to = job.consent.seats if job.consented and job.consent else ()
        if plan.score >= agreed and (seat_map.geometry or plan.seats == agreed_to):  # else its score says nothing
            return plan, seat_map
        deadline = self._now() + timedelta(seconds=self._settings.consent_timeout)
        picture = await visit.picture()
        artifact = await self._artifacts.put(f"{job_id}-seats-{job.attempt}.png", picture) if picture else None
        kept = await self._keep_map(job_id, job, seat_map)
        asked = o.RequestConsent(job.attempt, show.show_id, plan, deadline, artifact, kept)
        await self._store.execute(job_id, asked)
        return None

    async def _challenged(self, job_id: str, job: Job, met: Challenge) -> None:
        name = f"{job_id}-challenge-{job.attempt}.png"
        artifact = await self._artifacts.put(name, met.picture) if met.picture else None
        await self._store.execute(job_id, o.MeetChallenge(met.kind, met.where, artifact, job.attempt))

    async def _pay(self, job_id: str, job: Job, visit: Visit, held: Held) -> bool:
        """Pay as the wish says, within the person's limits. Whether a code was shown, so that the person pays."""
        wish = job.wish
        if wish is None:
            return False
        stake = Stake(job_id, job.attempt, visit, held, None, wish.dry_run)
        try:
            budget = await self._spending.budget(job.user, job_id, job.attempt)
        except Unavailable as away:
            await self._payment.give_up(stake, "limits_unknown", str(away), watching=True)
            return False
        if budget is not None and (why := excess(held.amount, budget)):
            await self._payment.give_up(stake, "over_limit", why)
            return False
        stake = msgspec.structs.replace(stake, budget=budget)  # and the rules look at it again, in the log's own order
        if wish.payment != "qr":
            cards, else_qr = await self._vault.cards(job.user), wish.payment == "cards_or_qr"
            if await self._payment.pay(stake, cards, else_qr):
                return False
        return await self._qr.show(stake)
