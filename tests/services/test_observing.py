"""What can be watched from outside: figures for Prometheus, traces for a collector, both from the log."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from nats.aio.client import Client
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from events import job as j
from events import look as lk
from events import orders as o
from events.codec import span_id
from events.errors import UsherError
from events.settings import Settings, new_event_id, new_job_id
from events.store import EventStore
from events.wish import Listing
from services.asking import ask, newest
from services.health import Health
from services.librarian import Librarian
from services.metrics import LogMetrics, StatusMetrics
from services.traces import Traces, open_traces
from tests.conftest import NOW
from tests.samples import GROUP, LOOK, PLAN, SHOW, WISH

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana.json"
Stores = Callable[[str], EventStore]


async def booked(store_of: Stores) -> str:
    """A life from a wish to a ticket, written by its actors."""
    job_id, now = new_job_id(), datetime.now(UTC)
    watcher, booker = store_of("watcher"), store_of("booker")
    await store_of("desk").execute(job_id, o.CreateJob("asha", WISH, now + timedelta(days=1)))
    await store_of("scheduler").execute(job_id, o.StartWatching(GROUP))
    await watcher.execute(job_id, o.DetectTickets(WISH, (SHOW,), LOOK, now))
    await booker.execute(job_id, o.StartBooking("host-1", now + timedelta(minutes=5)))
    held = o.HoldSeats(1, SHOW.show_id, PLAN, 65_962, "INR", now + timedelta(minutes=8), "DC1")
    await booker.execute(job_id, held)
    await booker.execute(job_id, o.SubmitPayment(1, 65_962, "INR", (), "DC1"))
    await booker.execute(job_id, o.ConfirmBooking(1, "DC1", PLAN.seats, 65_962, "INR"))
    return job_id


@pytest.fixture
async def page(nc: Client, tmp_path: Path) -> AsyncIterator[tuple[str, Health]]:
    """The address of the metrics page beside a projector, and what its process says of itself."""
    health = Health()
    health.before_scrape.append(StatusMetrics(nc, health.registry).refresh)
    observers = [LogMetrics(health.registry).observe]
    librarian = Librarian(nc, tmp_path / "usher.sqlite3", Settings(), lambda: datetime.now(UTC), observers)
    await librarian.start()
    async with health.served(0) as port:
        yield f"http://127.0.0.1:{port}/metrics", health
    await librarian.stop()


async def scraped(page: str) -> str:
    async with aiohttp.ClientSession() as http, http.get(page) as answer:
        return await answer.text()


async def test_a_booking_shows_in_the_figures(nc: Client, store_of: Stores, page: tuple[str, Health]) -> None:
    await booked(store_of)
    await ask(nc, "usher.query.jobs", {"after": await newest(nc, "JOBS")})
    text = await scraped(page[0])
    assert 'usher_events_total{event="job.booked"} 1.0' in text
    assert "usher_detection_to_hold_seconds_count 1.0" in text
    assert "usher_hold_to_booked_seconds_count 1.0" in text
    assert 'usher_jobs{status="SUCCESS"} 1.0' in text
    assert 'usher_consumer_pending{actor="booker",stream="JOBS"}' in text
    assert 'usher_alarms{alarm="actor"}' in text


async def test_every_figure_of_the_dashboard_is_served(page: tuple[str, Health]) -> None:
    text = await scraped(page[0])
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {name for panel in panels for target in panel["targets"] for name in _names(target["expr"])}
    served = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE usher_")}
    suffixes = ("", "_total", "_bucket", "_count", "_sum")
    assert asked
    assert [name for name in asked if not any(name == known + end for known in served for end in suffixes)] == []


LISTED = {
    "event counts": "usher_events_total",
    "lag": "usher_consumer_pending",
    "durations of handlers": "usher_handler_seconds_bucket",
    "durations of looks": "usher_look_seconds_bucket",
    "looks by result": "usher_looks_total",
    "budget left": "usher_site_budget_left",
    "time from detection to hold": "usher_detection_to_hold_seconds_bucket",
    "time from hold to booking": "usher_hold_to_booked_seconds_bucket",
    "alarms": "usher_alarms",
    "jobs by state": "usher_jobs",
}


async def test_each_figure_that_is_promised_is_served_with_a_value(
    nc: Client, store_of: Stores, page: tuple[str, Health]
) -> None:
    address, health = page
    await booked(store_of)
    seen = lk.Seen("l", GROUP, Listing("bookmyshow", "Hyderabad", "Dune"), True, NOW, 5)
    await store_of("watcher").publish(seen, GROUP)
    await ask(nc, "usher.query.jobs", {"after": await newest(nc, "JOBS", "LOOKS")})
    health.looked("available")
    with health.timed("watcher"):
        pass
    lines = (await scraped(address)).splitlines()
    served = {name for name in LISTED.values() for line in lines if line.startswith(name) and not line.endswith(" 0.0")}
    assert {what: name for what, name in LISTED.items() if name not in served} == {}


def _names(expression: str) -> set[str]:
    words = expression.replace("(", " ").replace("{", " ").replace("[", " ").replace(")", " ").split()
    return {word for word in words if word.startswith("usher_")}


async def test_a_life_is_one_trace_whose_spans_follow_the_causes(store_of: Stores) -> None:
    received: list[Span] = []

    async def take(request: web.Request) -> web.Response:
        body = ExportTraceServiceRequest.FromString(await request.read())
        received.extend(s for r in body.resource_spans for scope in r.scope_spans for s in scope.spans)
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces"
    job_id = await booked(store_of)
    history = await store_of("reader").history(job_id)
    traces = Traces(OTLPSpanExporter(collector))
    sending = asyncio.create_task(traces.run())
    traces.observe(history)
    async with asyncio.timeout(20):
        while len(received) < len(history):  # noqa: ASYNC110  a collector announces nothing
            await asyncio.sleep(0.02)
    sending.cancel()
    await runner.cleanup()
    assert len({span.trace_id for span in received}) == 1
    assert [span.name for span in received] == [f"job.{record.name}" for record in history]
    parents = [span.parent_span_id.hex() for span in received]
    assert parents == ["", *(span_id(record.event_id) for record in history[:-1])]
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in received)


async def test_every_event_carries_its_trace_on_the_wire(nc: Client, store_of: Stores) -> None:
    store = store_of("desk")
    event_id = new_event_id()
    await store.append("job", new_job_id(), 0, [j.Expired("x")], [event_id])
    message = (await store.reader.last_of_each("JOBS", "job.*.*"))[0]
    version, trace, span, flags = (message.headers or {})["traceparent"].split("-")
    assert (version, trace, span, flags) == ("00", event_id.replace("-", ""), span_id(event_id), "01")


def test_traces_are_off_unless_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert open_traces() is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert open_traces() is not None
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(UsherError, match=r"pip install 'usher\[traces\]'"):
        open_traces()
