"""Keeps timers and the wish list in step with events, and turns due timers into events."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import structlog

from events import job as j
from events import orders as o
from events.codec import Recorded
from events.errors import BrokenHistory
from events.lifecycle import FINAL, Job, Refusal, Status
from events.settings import Clock, Settings
from events.store import EventStore
from services.buckets import Bucket
from services.reconcile import LONGEST_ASKED
from services.runtime import Delivery
from services.timers import Timers

log = structlog.get_logger()
SLACK = timedelta(seconds=5)  # two honest clocks may differ by this much
LISTED = frozenset({Status.WATCHING, Status.AWAITING_INPUT})


class Scheduler:
    """One scheduler. All it keeps is derived from events: `repair` builds it anew."""

    def __init__(self, store: EventStore, timers: Timers, watchlist: Bucket, settings: Settings, now: Clock) -> None:
        self._store, self._timers, self._watchlist = store, timers, watchlist
        self._settings, self._now = settings, now

    async def repair(self) -> None:
        """Bring wish list and look schedules in step with the jobs, after whatever happened while nobody looked. A job
        with an event that cannot be read stays as it is (the event is parked): it must not keep the others waiting."""
        for key in await self._watchlist.under(""):
            group, job_id = key.rsplit(".", 1)
            try:
                job = (await self._store.load(job_id, fresh=True)).job
            except BrokenHistory as wrong:
                log.error("scheduler.job_not_read", job_id=job_id, why=str(wrong))
                continue
            if job.status in LISTED and job.group == group:
                await self._timers.every(group, self._settings.look_every)
            else:
                await self._unlist(job_id, group)

    async def on_event(self, delivery: Delivery) -> None:
        """React to any event of a job."""
        record = delivery.recorded
        if record is None:
            return
        job = (await self._store.load(record.key, fresh=True)).job
        await self._set_timer(record, job)
        if job.status in FINAL:
            await self._timers.cancel(f"timer.job.*.{record.key}")
        await self._keep_list(record, job)

    async def _start_or_wait(self, record: Recorded, job: Job) -> None:
        """Start watching, or let the broker say when the watch window opens."""
        opens = job.wish.watch_from if job.wish else None
        if opens is not None and opens > self._now():
            await self._timers.at("window", record.key, opens, stands_for("window", job))
        else:
            await self._store.execute(record.key, o.StartWatching(job.group), causation=record.event_id)

    async def _set_timer(self, record: Recorded, job: Job) -> None:
        job_id, at = record.key, self._timers.at
        match record.event:
            case j.Created(watch_until=until) | j.PreferencesChanged(watch_until=until):
                await at("expiry", job_id, until, until.isoformat())
                if job.status is Status.PENDING:
                    await self._start_or_wait(record, job)
            case j.BookingStarted(lease_until=until):
                await at("booking", job_id, on_log_clock(until, record, self._settings.lease))
            case j.ConsentRequested(deadline=until):
                ends = on_log_clock(until, record, self._settings.consent_timeout)
                await at("consent", job_id, ends, until.isoformat())
            case j.ConsentGiven():
                await at("booking", job_id, record.time + timedelta(seconds=self._settings.lease))
            case j.PreferencesMismatched(fingerprint=asked):
                await at("input", job_id, record.time + timedelta(seconds=self._settings.input_timeout), asked)
            case j.PaymentRequested(deadline=until):
                await at("booking", job_id, on_log_clock(until, record, self._settings.lease))
            case j.OutcomeUnknown(next_read=until):
                again = on_log_clock(until, record, LONGEST_ASKED, self._settings.reconcile_every)
                await at("booking", job_id, again)
            case j.BookingFailed() if job.failures >= self._settings.max_failures and job.status is Status.WATCHING:
                reason = f"{job.failures} booking attempts failed; the last one: {record.event.reason}"
                await self._store.execute(job_id, o.FailJob(reason), causation=record.event_id)

    async def _keep_list(self, record: Recorded, job: Job) -> None:
        """List a job that is watched, and ask for a look at once: a new wish waits for no tick."""
        if job.status not in LISTED:
            await self._unlist(record.key, job.group)
            return
        if isinstance(record.event, j.PreferencesChanged):  # another film or city is another group
            for key in await self._watchlist.under(""):
                group, job_id = key.rsplit(".", 1)
                if job_id == record.key and group != job.group:
                    await self._unlist(job_id, group)
        body = msgspec.json.encode({"user": job.user, "wish": job.wish})
        await self._watchlist.put(f"{job.group}.{record.key}", body)
        await self._timers.every(job.group, self._settings.look_every)
        if not isinstance(record.event, j.TicketsDetected | j.PreferencesMismatched | j.Created):
            await self._timers.look_now(job.group, why=record.name)

    async def _unlist(self, job_id: str, group: str) -> None:
        if not group or await self._watchlist.get(f"{group}.{job_id}") is None:
            return
        await self._watchlist.delete(f"{group}.{job_id}")
        if not await self._watchlist.under(group):
            await self._timers.cancel(f"timer.look.{group}")

    async def on_due(self, delivery: Delivery) -> None:
        """Turn a due timer into the event it stands for; a timer that is no longer true changes nothing.

        What is due is the broker's word: this process's clock may have jumped, and has no say.
        """
        kind, job_id = delivery.subject.split(".")[2:4]
        job = (await self._store.load(job_id, fresh=True)).job
        told = msgspec.json.decode(delivery.data or b"{}").get("for", "")
        if told and told != stands_for(kind, job):  # the timer that is true now has replaced it
            return
        command: o.Command | None = None
        match kind:
            case "window":
                command = o.StartWatching(job.group)
            case "consent" if job.status is Status.AWAITING_CONSENT:
                command = o.ExpireConsent()
            case "input" if job.status is Status.AWAITING_INPUT:
                command = o.PauseJob(why="nobody answered what to do instead", by="usher")
            case "expiry":
                command = o.ExpireJob()
        if command is None:
            return
        outcome = await self._store.execute(job_id, command)
        if isinstance(outcome, Refusal) and kind == "expiry" and job.status not in FINAL:
            # a booking under way is not torn down by the window's end
            again = self._now() + timedelta(seconds=60)
            await self._timers.at("expiry", job_id, again, stands_for("expiry", job))


def on_log_clock(moment: datetime, record: Recorded, most: float, instead: float | None = None) -> datetime:
    """The moment an event names, unless its writer's clock was off: one that lies before the event, or more than `most`
    seconds after it, gives way to `instead` (else `most`) seconds after the event, on the log's own clock."""
    latest = record.time + timedelta(seconds=most) + SLACK
    if record.time <= moment <= latest:
        return moment
    return record.time + timedelta(seconds=most if instead is None else instead)


def stands_for(kind: str, job: Job) -> str:
    """What a timer of that kind must say to be true for the job as it is."""
    moments = {"expiry": job.watch_until, "consent": job.deadline, "window": job.wish.watch_from if job.wish else None}
    if kind == "input":
        return job.asked
    moment = moments.get(kind)
    return moment.isoformat() if moment else "nothing"
