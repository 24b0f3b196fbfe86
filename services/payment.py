"""The steps of one attempt around the irreversible click: cover, write the intent, click once, tell the outcome."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import structlog

from events import orders as o
from events.errors import Conflict, OutcomeUnknown, Unavailable
from events.lifecycle import Refusal
from events.settings import Clock
from events.store import EventStore
from events.wish import MaskedCard
from services.artifacts import Artifacts
from sites.protocol import Challenge, Covered, GiftCard, Held, Paid, Refused, Unreadable, Visit

log = structlog.get_logger()
FRESH = 10.0  # s between the acked intent and the click; a process that was frozen in between must not click
KEEP_TRYING = 60.0  # s for writing a confirmation that is in hand


class Payment:
    """Pays one hold. Every way out leaves an event, except where this attempt has lost the job."""

    def __init__(self, store: EventStore, artifacts: Artifacts, now: Clock) -> None:
        self._store, self._artifacts, self._now = store, artifacts, now

    async def pay(
        self, job_id: str, attempt: int, visit: Visit, held: Held, cards: tuple[GiftCard, ...], else_qr: bool = False
    ) -> bool:
        """From a hold to `booked`, `booking_failed` or `outcome_unknown`. With `else_qr`, cards that do not cover the
        order leave the hold as it is: False, and nothing was charged."""
        covered = await visit.cover(cards)
        if isinstance(covered, Refused) and covered.reason == "not_covered" and else_qr:
            return False
        if isinstance(covered, Covered):
            await self._covered(job_id, attempt, visit, held, covered)
        else:
            await visit.release()
            await self.fail(job_id, attempt, covered)
        return True

    async def _covered(self, job_id: str, attempt: int, visit: Visit, held: Held, covered: Covered) -> None:
        if covered.amount != held.amount:
            await visit.release()
            detail = f"held at {held.amount / 100:.2f}, asked for {covered.amount / 100:.2f}"
            await self._store.execute(job_id, o.FailBooking(attempt, "price_changed", detail))
            return
        masked = tuple(MaskedCard(card.card_id, card.last4, card.amount) for card in covered.cards)
        intent = o.SubmitPayment(attempt, covered.amount, held.currency, masked, held.reference)
        asked = time.monotonic()
        outcome = await self._store.execute(job_id, intent)
        if isinstance(outcome, Refusal):
            log.warning("payment.refused", job_id=job_id, attempt=attempt, why=outcome.why)
            await visit.release()
            return
        if time.monotonic() - asked > FRESH:
            await self._unknown(job_id, attempt, "this booker was stopped before the click; it did not click")
            return
        await self._click(job_id, attempt, visit)

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

    async def _click(self, job_id: str, attempt: int, visit: Visit) -> None:
        try:
            answer = await visit.pay()
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
