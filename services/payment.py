"""The steps of one attempt around the irreversible click: cover, write the intent, click once, tell the outcome."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import msgspec
import structlog

from events import orders as o
from events.errors import Conflict, OutcomeUnknown, Unavailable
from events.lifecycle import Refusal
from events.settings import Clock
from events.spending import Budget
from events.store import EventStore
from events.wish import MaskedCard
from services.artifacts import Artifacts
from sites.protocol import Challenge, Covered, GiftCard, Held, Paid, Refused, Unreadable, Visit

log = structlog.get_logger()
FRESH = 10.0  # s between the acked intent and the click; a process that was frozen in between must not click
KEEP_TRYING = 60.0  # s for writing a confirmation that is in hand


class Stake(msgspec.Struct, frozen=True):
    """One hold that is to be paid: whose it is, the page it stands on, and what it must fit into."""

    job_id: str
    attempt: int
    visit: Visit
    held: Held
    budget: Budget | None = None
    dry_run: bool = False


class Payment:
    """Pays one hold. Every way out leaves an event, except where this attempt has lost the job."""

    def __init__(self, store: EventStore, artifacts: Artifacts, now: Clock) -> None:
        self._store, self._artifacts, self._now = store, artifacts, now

    async def pay(self, stake: Stake, cards: tuple[GiftCard, ...], else_qr: bool = False) -> bool:
        """From a hold to `booked`, `booking_failed` or `outcome_unknown`. With `else_qr`, cards that do not cover the
        order leave the hold as it is: False, and nothing was charged."""
        covered = await stake.visit.cover(cards)
        if isinstance(covered, Refused) and covered.reason == "not_covered" and else_qr:
            return False
        if isinstance(covered, Covered):
            await self._covered(stake, covered)
        else:
            await stake.visit.release()
            await self.fail(stake.job_id, stake.attempt, covered)
        return True

    async def _covered(self, stake: Stake, covered: Covered) -> None:
        held = stake.held
        if covered.amount != held.amount:
            detail = f"held at {held.amount / 100:.2f}, asked for {covered.amount / 100:.2f}"
            await self.give_up(stake, "price_changed", detail, watching=True)
            return
        masked = tuple(MaskedCard(card.card_id, card.last4, card.amount) for card in covered.cards)
        if stake.dry_run:
            await self.rehearse(stake, masked)
            return
        intent = o.SubmitPayment(stake.attempt, covered.amount, held.currency, masked, held.reference, stake.budget)
        asked = time.monotonic()
        if not await self.decided(stake, intent):
            return
        if time.monotonic() - asked > FRESH:
            why = "this booker was stopped before the click; it did not click"
            await self._unknown(stake.job_id, stake.attempt, why)
            return
        await self._click(stake)

    async def rehearse(self, stake: Stake, cards: tuple[MaskedCard, ...] = ()) -> None:
        """The end of a dry run: the hold goes back before the log says that it is over."""
        await stake.visit.release()
        held = stake.held
        await self.decided(stake, o.Rehearse(stake.attempt, held.amount, held.currency, cards, stake.budget))

    async def decided(self, stake: Stake, intent: o.Command) -> bool:
        """Whether the rules let the money move, and the log has it. Else the hold is given back, and where the attempt
        still has the job, it ends with the rules' own words."""
        outcome = await self._store.execute(stake.job_id, intent)
        if not isinstance(outcome, Refusal):
            return True
        log.warning("payment.refused", job_id=stake.job_id, attempt=stake.attempt, why=outcome.why)
        if (await self._store.load(stake.job_id, fresh=True)).job.exposed:
            return False  # what may be paid is neither given back nor called failed
        await self.give_up(stake, "not_allowed", outcome.why)
        return False

    async def give_up(self, stake: Stake, reason: str, detail: str, watching: bool = False) -> None:
        """Give the hold back and end the attempt, if it still has the job. Nothing was charged."""
        await stake.visit.release()
        command = o.FailBooking(stake.attempt, reason, detail, watching)
        outcome = await self._store.execute(stake.job_id, command)
        if isinstance(outcome, Refusal):
            log.info("payment.job_lost", job_id=stake.job_id, attempt=stake.attempt, why=outcome.why)

    async def fail(self, job_id: str, attempt: int, why: Refused | Challenge | Unreadable) -> None:
        """End an attempt that has not paid, with the site's reason."""
        match why:
            case Refused(reason="hold_expired" | "network" | "payment_refused" as reason, detail=detail):
                command = o.FailBooking(attempt, reason, detail)
            case Refused(reason=reason, detail=detail):
                command = o.FailBooking(attempt, reason, detail, watching=False)
            case Challenge(kind=kind, where=where):
                command = o.FailBooking(attempt, f"challenge: {kind}", where, watching=False)
            case Unreadable(detail=detail):
                command = o.FailBooking(attempt, "unreadable", detail)
        await self._store.execute(job_id, command)

    async def _click(self, stake: Stake) -> None:
        job_id, attempt = stake.job_id, stake.attempt
        try:
            answer = await stake.visit.pay()
        except Exception as broken:  # whatever broke after the intent: only the order history knows
            await self._unknown(job_id, attempt, f"the visit broke while paying ({type(broken).__name__})")
            return
        if isinstance(answer, Paid):
            await self.confirm(job_id, attempt, answer)
        elif isinstance(answer, Refused):
            await self._store.execute(job_id, o.FailBooking(attempt, answer.reason, answer.detail))
        else:
            await self._unknown(job_id, attempt, answer.why)

    async def confirm(self, job_id: str, attempt: int, paid: Paid) -> None:
        """The confirmation is in hand: write it, and keep trying while the log is away."""
        until = time.monotonic() + KEEP_TRYING
        artifact: str | None = None
        while True:
            try:
                if artifact is None and paid.picture is not None:
                    artifact = await self._artifacts.put(f"{job_id}-ticket-{attempt}.png", paid.picture)
                command = o.ConfirmBooking(attempt, paid.confirmation, paid.seats, paid.amount, paid.currency, artifact)
                outcome = await self._store.execute(job_id, command)
                if isinstance(outcome, Refusal):
                    log.error("payment.confirmation_not_taken", job_id=job_id, why=outcome.why)
                return
            except (Unavailable, OutcomeUnknown, Conflict):
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.5)

    async def _unknown(self, job_id: str, attempt: int, why: str) -> None:
        await self._store.execute(job_id, o.LoseOutcome(attempt, why, self._now() + timedelta(seconds=1)))
