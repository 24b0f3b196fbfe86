"""How long it takes to look back: commands on one long life in a large log, what-if over many looks, the whole log."""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from events import orders as o
from events.codec import encode, headers_of, subject_of
from events.look import Seen
from events.settings import new_event_id, new_job_id, utc_now
from events.store import EventStore
from events.wire import Wire
from events.wish import Availability, Listing, PriceClass, Show
from services.archiving import archive_all
from services.verifying import verify_log
from usher.bench.lives import GROUP, WISH, Progress, fill, log_server, run
from usher.bench.processes import start_up_ms
from usher.bench.project import rebuild_beside_reading
from usher.bench.report import Report

LIFE = 200  # events of the job that is looked at
SHOWS = 12  # shows of one recorded look
ROUNDS = 15


async def bench_replay(events: int, looks: int, progress: Progress) -> Report:
    """Fill a log, then run the commands as a person does: new processes, from start to exit."""
    report = Report("replay", "whole processes, start-up included; log in the page cache")
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        async with log_server(Path(folder) / "nats", False) as nc:
            store, job = EventStore(nc, "desk"), new_job_id()
            await run(store, job, *_long_life())
            total = await fill(nc, (events - LIFE) // 4, progress)
            await _fill_looks(nc, looks)
            assert nc.connected_url is not None
            environment = {"USHER_NATS_URL": nc.connected_url.geturl(), "USHER_HOME": folder}
            for words in (("history", job), ("replay", job), ("replay", job, "--step"), ("why", job)):
                await start_up_ms(words, environment, 1)
                name = f"usher {' '.join(word for word in words if word != job)}, {LIFE} events of {total + LIFE:,}"
                report.times(name, await start_up_ms(words, environment, ROUNDS), p50=300)
            (seconds,) = await start_up_ms(("what-if", job, "--time", "any", "--json"), environment, 1)
            report.add(f"what-if over {looks:,} looks of {SHOWS} shows", seconds / 1000, "s", most=5)
            await _whole_log(report, nc, environment["USHER_NATS_URL"])
            await rebuild_beside_reading(report, nc, total + LIFE, Path(folder), progress)
    return report


def _long_life() -> list[o.Command]:
    now = utc_now()
    life: list[o.Command] = [o.CreateJob("asha", WISH, now + timedelta(days=3)), o.StartWatching(GROUP)]
    while len(life) < LIFE:
        life += [o.PauseJob("away", "asha"), o.ResumeJob("asha")]
    return life


async def _fill_looks(nc: Client, looks: int) -> None:
    """Looks of one group, each a little different from the one before; the last one is waited for."""
    began = utc_now() - timedelta(days=10)
    for n in range(looks):
        at = began + timedelta(seconds=60 * n)
        shows = tuple(_show(n, place, at) for place in range(SHOWS))
        event = Seen(new_event_id(), GROUP, Listing("bookmyshow", WISH.city, WISH.film, shows), True, at, 12)
        event_id = new_event_id()
        headers = headers_of(event, event_id, actor="watcher", previous=0, causation=None, correlation=None)
        if n % 500 and n + 1 < looks:
            await nc.publish(subject_of(event, GROUP), encode(event), headers=headers)
        else:  # its ack comes after all before it
            await nc.request(subject_of(event, GROUP), encode(event), timeout=60, headers=headers)


def _show(look: int, place: int, at: Any) -> Show:
    pill = Availability.FILLING if (look + place) % 7 == 0 else Availability.AVAILABLE
    return Show(
        show_id=f"AMBG-{look // 500}-{place}",
        film=WISH.film,
        film_code="ET00470725",
        cinema="AMB Cinemas: Gachibowli" if place % 3 else "Prasads Multiplex: Hyderabad",
        cinema_code="AMBG",
        session=str(place),
        starts=at.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1, minutes=20 * place),
        language="English" if place % 2 else "Telugu",
        format="2D",
        availability=pill,
        classes=(PriceClass("GOLD", "GOLD", 29_500, pill), PriceClass("CLASSIC", "CLASSIC", 19_500, pill)),
    )


async def _whole_log(report: Report, nc: Client, url: str) -> None:
    checked = await verify_log(nc, {}, lambda done, of: None)
    report.add("verify, log only", checked.events / checked.seconds, "/s")
    began, lines = time.perf_counter(), 0
    with Wire(url) as log:
        for _ in archive_all(log, utc_now(), lambda done, of: None):
            lines += 1
    report.add("export", lines / (time.perf_counter() - began), "/s")
