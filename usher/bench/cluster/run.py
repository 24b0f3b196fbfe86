"""A run on three nodes: jobs in flight, real bookings among them, the leader killed, a node cut off; then count."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp

from events.lifecycle import FINAL
from events.store import EventStore
from events.streams import ensure
from sandbox.cinema.shop import CinemaSettings, open_cinema
from services.verifying import verify_log
from usher.bench.cluster.nodes import NAMES, Nodes
from usher.bench.cluster.writers import Writers
from usher.bench.fleet import Fleet
from usher.bench.ground import ground
from usher.bench.kill import count
from usher.bench.kill.people import TROUBLE
from usher.bench.kill.world import FILM, HOLD, QUICK, World, pace_of_this_machine, serve_people, times
from usher.bench.report import Report
from usher.connection import connect

ACTORS = ("desk", "scheduler", "scheduler2", "watcher", "booker", "booker2", "notifier", "projector")
OTHERS = (2001, 2002, 2003)  # with the owner as many people, each with one real booking
CALM = 5.0  # s between what goes wrong
OUTAGE = 15.0  # s that a killed or parted node stays away
SETTLED = 120.0  # s at most until the bookings have ended, on a quick machine
PAUSE = 20.0  # s at most without an acknowledgement: an election takes 4 to 9 s, and a second one may follow
Progress = Callable[[int, int], None]


class Pauses(NamedTuple):
    """Seconds without any acknowledgement after each fault, at most."""

    killed: float
    parted: float


async def bench_cluster(jobs: int, progress: Progress) -> Report:
    """`jobs` jobs in flight through a killed leader and a partition; the goal is nothing lost, nothing paid twice."""
    for name in ("aiohttp.server", "asyncio"):  # wires' ends and the cinema's customers die in mid-sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    report = Report("cluster", "three nodes, three copies, TLS, every write synced")
    with ground(report) as folder:
        async with _world(folder) as (world, nodes), AsyncExitStack() as stack:
            stores = []
            for _ in range(6):
                nc = await connect(nodes.server.url, "desk", nodes.keys)
                stack.push_async_callback(nc.close)
                stores.append(EventStore(nc, "desk"))
            writers = Writers(stores, jobs)
            writing = asyncio.create_task(writers.run())
            pauses = await _trouble(world, nodes, writers, progress)
            writers.stop()
            await writing
            await _ended(world)
            progress(4, 5)
            await _report(report, world, writers, pauses)
            progress(5, 5)
            report.log = world.fleet.log() if report.notes else ""
    return report


@asynccontextmanager
async def _world(folder: Path) -> AsyncIterator[tuple[World, Nodes]]:
    """Three nodes, a cinema whose sale is open, every actor, and people with cards."""
    home = folder / "home"
    await asyncio.to_thread(home.mkdir, mode=0o700)
    nodes, pace = Nodes(folder / "nodes", home), await pace_of_this_machine()
    async with AsyncExitStack() as stack:
        shop = CinemaSettings(folder / "cinema", hold_seconds=HOLD * pace)
        cinema = await stack.enter_async_context(open_cinema(shop))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        stack.push_async_callback(nodes.stop)
        await nodes.start()
        here = {
            "USHER_NATS_URL": nodes.server.url,
            "USHER_NATS_CA": nodes.ca,
            "USHER_REPLICAS": str(len(NAMES)),
            "USHER_SITE_URL": cinema.url,
        }
        fleet = Fleet(home, QUICK | times(pace) | here, nodes.pid_files, litter=folder)
        stack.push_async_callback(fleet.stop)
        world = World(home, nodes, fleet, cinema, http)
        world.pace = pace
        admin = await connect(nodes.server.url, "admin", nodes.keys)
        await ensure(admin, len(NAMES))
        await admin.close()
        world.nc = await connect(nodes.server.url, "cli", nodes.keys)
        stack.push_async_callback(world.nc.close)
        await world.nc.subscribe("job.>", cb=world.on_event)
        for actor in ACTORS:
            await fleet.start(actor)
        await serve_people(world, nodes.keys, OTHERS)
        await world.call("POST", "sale", film=FILM, open=True)
        yield world, nodes


async def _trouble(world: World, nodes: Nodes, writers: Writers, progress: Progress) -> Pauses:
    """The leader of JOBS is killed while people's jobs are being booked; later its follower is cut off."""
    await asyncio.sleep(CALM)
    await _wish(world)
    await world.step("booking_started", 20 * world.pace)
    progress(1, 5)
    lost = await nodes.leader(world.nc, "JOBS")
    killed = time.monotonic()
    await nodes.kill_node(lost)
    await asyncio.sleep(OUTAGE)
    until = time.monotonic()
    await nodes.start_node(lost)
    await nodes.healthy(lost)
    progress(2, 5)
    await asyncio.sleep(CALM)
    parted = time.monotonic()
    await nodes.part(await nodes.leader(world.nc, "JOBS"), OUTAGE)
    progress(3, 5)
    for name in NAMES:
        await nodes.healthy(name)
    await asyncio.sleep(CALM)
    return Pauses(writers.longest_pause(killed, until), writers.longest_pause(parted, parted + OUTAGE))


async def _wish(world: World) -> None:
    for user in world.users:
        await world.desk("job.create", user, wish={"film": FILM, "city": "Hyderabad", "seats": {"count": 2}})


async def _ended(world: World) -> None:
    """Wait until every job has ended, as long as it may take."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLED * world.pace):
            while True:
                with contextlib.suppress(*TROUBLE):
                    if all(one.job.status in FINAL for one in count.stories(await world.log())):
                        return
                await asyncio.sleep(1)


async def _report(report: Report, world: World, writers: Writers, pauses: Pauses) -> None:
    log = await world.log()
    there = {(record.sequence, record.event_id) for record in log}
    lost = [one for one in writers.acked if (one.sequence, one.event_id) not in there]
    stories = count.stories(log)
    books = await world.call("GET", "ledger")
    charged = count.money(books, stories)
    twice = sum(" times" in what for what in charged)
    verified = await verify_log(world.nc, {}, lambda done, total: None)
    report.add("jobs", len(stories), "")
    report.add("events in the log", len(log), "")
    report.add("acknowledged to writers", len(writers.acked), "")
    report.add("acknowledged and lost", len(lost), "", most=0)
    report.add("findings of `usher verify`", len(verified.findings), "", most=0)
    report.add("real bookings", len(books["bookings"]), "")
    report.add("jobs charged twice", twice, "", most=0)
    report.add("money that does not agree", len(charged), "", most=0)
    report.add("jobs that have not ended", sum(one.job.status not in FINAL for one in stories), "", most=0)
    report.add("pause after the leader was killed", pauses.killed, "s", most=PAUSE)
    report.add("pause after the leader was cut off", pauses.parted, "s", most=PAUSE)
    report.add("commands given again", writers.failed, "×")
    report.add("commands refused by the rules", writers.refused, "×")
    report.notes += charged + [f"lost: {one.job_id} event {one.sequence}" for one in lost[:20]]
    report.notes += [f"verify: {one.stream} {one.sequence}: {one.what}" for one in verified.findings[:20]]
    report.notes += [f"{one.job_id} is {one.job.status}" for one in stories if one.job.status not in FINAL]
