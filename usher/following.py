"""One job's events as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from nats.aio.msg import Msg
from nats.js import api

from events.chain import Stored, sequence_of
from events.reading import moment, place_of
from events.settings import Settings
from events.state import FINAL
from events.story import Step, steps
from events.wire import Kept
from usher.client import client


async def follow_job(settings: Settings, job_id: str, past: Sequence[Stored], tell: Callable[[Step], None]) -> int:
    """Tell every event after the past ones until the job ends; 1 where one cannot be read or applied."""
    messages, ended = list(past), asyncio.Event()
    troubles = 0

    async def take(message: Msg) -> None:
        nonlocal troubles
        sequence, nanoseconds = place_of(message)
        place = {"Nats-Subject": message.subject, "Nats-Sequence": str(sequence)}
        headers = dict(message.headers or {}) | place | {"Nats-Time-Stamp": moment(nanoseconds).isoformat()}
        messages.append(Kept(headers, message.data))
        *_, step = steps(messages)
        tell(step)
        troubles += bool(step.trouble)
        if step.job.status in FINAL:
            ended.set()

    start = sequence_of(messages[-1]) + 1
    config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start)
    async with client(settings) as usher:
        await usher.nc.jetstream().subscribe(
            f"job.*.{job_id}", stream="JOBS", ordered_consumer=True, config=config, cb=take
        )
        await ended.wait()
    return 1 if troubles else 0
