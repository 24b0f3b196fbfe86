"""What the log says in figures: events by type, the steps of a booking in seconds; lag and alarms at each scrape."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from nats.aio.client import Client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from events import job as j
from events import look as lk
from events.codec import Recorded
from events.errors import UsherError
from services.asking import ask
from services.status import status_of

REMEMBERED = 10_000  # jobs whose last detection and hold are kept in mind
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300)


class LogMetrics:
    """Counts what a follower of the log folds. `observe` is handed batches in order; a rebuild is not counted."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter("usher_events", "Events followed", ["event"], registry=registry)
        self._hold = Histogram(
            "usher_detection_to_hold_seconds", "From a look's end to held seats", registry=registry, buckets=SECONDS
        )
        self._booked = Histogram(
            "usher_hold_to_booked_seconds", "From held seats to the confirmation", registry=registry, buckets=SECONDS
        )
        self._look = Histogram("usher_look_seconds", "Looks that saw something new", registry=registry, buckets=SECONDS)
        self._detected: OrderedDict[str, datetime] = OrderedDict()
        self._held: OrderedDict[str, datetime] = OrderedDict()

    def observe(self, records: Sequence[Recorded]) -> None:
        """Count one batch."""
        for record in records:
            self._events.labels(f"{record.stream[:-1].lower()}.{record.name}").inc()
            match record.event:
                case j.TicketsDetected():
                    _remember(self._detected, record)
                case j.SeatsHeld():
                    _remember(self._held, record)
                    _measure(self._hold, self._detected, record)
                case j.Booked():
                    _measure(self._booked, self._held, record)
                case lk.Seen(ms=ms):
                    self._look.observe(ms / 1000)


def _remember(times: OrderedDict[str, datetime], record: Recorded) -> None:
    times[record.key] = record.time
    times.move_to_end(record.key)
    if len(times) > REMEMBERED:
        times.popitem(last=False)


def _measure(histogram: Histogram, times: OrderedDict[str, datetime], record: Recorded) -> None:
    began = times.pop(record.key, None)
    if began is not None:
        histogram.observe((record.time - began).total_seconds())


class StatusMetrics:
    """Gauges that are asked for when somebody scrapes."""

    def __init__(self, nc: Client, registry: CollectorRegistry) -> None:
        self._nc = nc
        actor = ["actor", "stream"]
        self._lag = Gauge("usher_consumer_pending", "Messages that wait for an actor", actor, registry=registry)
        self._work = Gauge("usher_consumer_in_work", "Messages delivered, not acknowledged", actor, registry=registry)
        self._messages = Gauge("usher_stream_messages", "Messages in a stream", ["stream"], registry=registry)
        self._jobs = Gauge("usher_jobs", "Jobs by status", ["status"], registry=registry)
        self._alarms = Gauge("usher_alarms", "Alarms that stand", ["alarm"], registry=registry)
        self._left_over = Gauge("usher_holds_left_over", "Holds that a dead booker left", registry=registry)
        site = ["site"]
        self._left = Gauge(
            "usher_site_budget_left", "Looks that the spacing still allows today", site, registry=registry
        )
        self._asked = Gauge("usher_site_looks_today", "Looks at a site today (UTC)", site, registry=registry)
        self._refuses = Gauge("usher_site_circuit_open", "1 while a site refuses us", site, registry=registry)
        self._answers = Gauge("usher_nats_up", "1 while NATS answers", registry=registry)

    async def refresh(self) -> None:
        """Ask for the status. A server that is away is a figure, not an error."""
        try:
            found = await status_of(self._nc)
        except UsherError:
            self._answers.set(0)
            return
        self._answers.set(1)
        for lag in found.lags:
            self._lag.labels(lag.actor, lag.stream).set(lag.pending)
            self._work.labels(lag.actor, lag.stream).set(lag.in_work)
        for stream in found.streams:
            self._messages.labels(stream.name).set(stream.messages)
        self._left_over.set(found.left_over)
        for gauge in (self._jobs, self._alarms):
            gauge.clear()
        for status, jobs in found.counts.items():
            self._jobs.labels(status).set(jobs)
        for alarm in found.alarms:
            self._alarms.labels(alarm.name).inc()
        await self._budgets()

    async def _budgets(self) -> None:
        with contextlib.suppress(UsherError):  # without a projector nobody knows them
            for row in await ask(self._nc, "usher.query.budget", within=2.0):
                self._left.labels(row["site"]).set(row["left"])
                self._asked.labels(row["site"]).set(row["looks_today"])
                self._refuses.labels(row["site"]).set(row["circuit"] != "closed")
