"""The log as traces: every event is a span, its trace is the wish's correlation, its parent the event that caused it.

Nothing is measured twice: the log holds it all, so traces can be sent live by whoever follows it. Off unless
OTEL_EXPORTER_OTLP_ENDPOINT is set; the packages come with `pip install 'usher[traces]'`.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from events.codec import Recorded, span_id, trace_id
from events.errors import UsherError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

log = structlog.get_logger()
REMEMBERED, WAITING = 10_000, 200


class Traces:
    """Turns followed events into spans and sends them in batches, in a thread: a slow collector delays nobody."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._times: OrderedDict[str, int] = OrderedDict()
        self._queue: asyncio.Queue[ReadableSpan] = asyncio.Queue(maxsize=10_000)

    def observe(self, records: Sequence[Recorded]) -> None:
        """Take one batch; what a collector that is away leaves over 10,000 spans is dropped."""
        for record in records:
            if record.stream != "JOBS":
                continue
            span = self._span(record)
            if not self._queue.full():
                self._queue.put_nowait(span)

    def _span(self, record: Recorded) -> ReadableSpan:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import SpanContext, TraceFlags

        ends = int(record.time.timestamp() * 1e9)
        began = self._times.get(record.causation or "", ends)
        self._times[record.event_id] = ends
        if len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        trace, flags = int(trace_id(record.correlation or record.event_id), 16), TraceFlags(TraceFlags.SAMPLED)
        parent = (
            SpanContext(trace, int(span_id(record.causation), 16), is_remote=True, trace_flags=flags)
            if record.causation
            else None
        )
        return ReadableSpan(
            name=f"job.{record.name}",
            context=SpanContext(trace, int(span_id(record.event_id), 16), is_remote=False, trace_flags=flags),
            parent=parent,
            resource=Resource.create({"service.name": f"usher-{record.actor}"}),
            attributes={"usher.job": record.key, "usher.sequence": record.sequence, "usher.event_id": record.event_id},
            start_time=min(began, ends),
            end_time=ends,
        )

    async def run(self) -> None:
        """Send what is there, until cancelled."""
        while True:
            spans = [await self._queue.get()]
            while len(spans) < WAITING and not self._queue.empty():
                spans.append(self._queue.get_nowait())
            await asyncio.to_thread(self._exporter.export, spans)


def open_traces() -> Traces | None:
    """Traces to the collector that the environment names, or None. Raises UsherError where the packages are missing."""
    if not (os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise UsherError("traces need the OpenTelemetry packages. Install them: pip install 'usher[traces]'") from None
    return Traces(OTLPSpanExporter())
