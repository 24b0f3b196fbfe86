"""Looks when the site is down, slow, unwilling or changed; browsers that die; and looks beside a booking."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events.wish import CITY_ZONE
from tests.flows.conftest import until

Open = Callable[..., Any]
TOMORROW = f"{datetime.now(CITY_ZONE).date() + timedelta(days=1)}"
AT_NIGHT = [{"start": "03:00:00", "until": "04:00:00"}]


class Looks:
    """What the watchers told of their looks, in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, Any]]] = []

    async def follow(self, one: Any) -> "Looks":
        async def on(message: Any) -> None:
            _, name, group = message.subject.split(".")
            self.seen.append((name, group, json.loads(message.data)))

        await one.usher.nc.subscribe("look.>", cb=on)
        return self

    async def first(self, name: str, group: str = "") -> dict[str, Any]:
        async def found() -> list[dict[str, Any]]:
            return [body for kind, of, body in self.seen if kind == name and group in of]

        return (await until(found, within=40))[0]


def chromiums() -> Iterator[int]:
    """The browsers that this process started: children of its drivers' children, never anybody else's."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
                names[int(entry.name)] = (entry / "cmdline").read_text().split("\0")[0]
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    for pid, name in names.items():
        above, line = parents.get(pid, 0), []
        while above:
            line.append(above)
            above = parents.get(above, 0)
        if "chrom" in name and os.getpid() in line and not any("chrom" in names.get(p, "") for p in line):
            yield pid


async def kill_browser() -> None:
    async def running() -> list[int]:
        return list(chromiums())

    for pid in await until(running, within=40):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
async def test_a_site_that_is_away_for_two_looks_is_looked_at_again(world: Open) -> None:
    async with world() as one:
        looks = await Looks().follow(one)
        await one.wish()
        await looks.first("seen")
        await one.fault("status_500", "look", count=2)
        await one.open_sale()
        assert (await looks.first("blocked"))["kind"] == "down"
        await one.event("booked")


@pytest.mark.slow
async def test_a_slow_site_is_waited_for(world: Open) -> None:
    async with world() as one:
        await one.fault("delay_ms", "look", count=3, value=1500)
        await one.open_sale()
        await one.wish()
        await one.event("booked", within=60)


@pytest.mark.parametrize(("name", "value", "kind"), [("status_403", 0, "blocked"), ("status_429", 600, "rate_limited")])
async def test_a_site_that_says_no_is_left_alone_and_the_person_is_told(
    world: Open, name: str, value: float, kind: str
) -> None:
    async with world(look_failures_told=1) as one:
        looks = await Looks().follow(one)
        await one.fault(name, "look", count=None, value=value)
        told = await one.messages("blind", of=one.wish())
        assert "does not let us look" in told[0]
        assert (await looks.first("blocked"))["kind"] == kind
        asked = (await one.ledger())["requests"]
        await one.clear_faults()
        await asyncio.sleep(2.5)  # two turns of the schedule in which nothing may be asked
        assert (await one.ledger())["requests"] == asked


@pytest.mark.slow
async def test_a_human_check_is_handed_to_the_person(world: Open) -> None:
    async with world(look_failures_told=1) as one:
        await one.fault("challenge", "look", count=None)
        await one.wish()
        assert (await one.event("challenge_met"))["kind"] == "captcha"


@pytest.mark.parametrize("name", ["changed_markup", "state_by_script"])
@pytest.mark.slow
async def test_a_changed_site_is_read_in_the_browser_and_booked(world: Open, name: str) -> None:
    async with world() as one:
        await one.fault(name, "look", count=None)
        await one.open_sale()
        await one.wish(dates=[TOMORROW])
        await one.event("booked", within=60)


async def test_a_site_that_nobody_can_read_is_told(world: Open) -> None:
    async with world(look_failures_told=1) as one:
        looks = await Looks().follow(one)
        await one.fault("changed_altogether", "look", count=None)
        await one.open_sale()
        told = await one.messages("blind", of=one.wish())
        assert told
        await looks.first("unreadable")
        assert (await one.ledger())["holds"] == []


@pytest.mark.slow
async def test_a_browser_that_dies_during_a_look_costs_that_look_alone(world: Open) -> None:
    async with world() as one:
        await one.fault("state_by_script", "look", count=None)
        await one.open_sale()
        await one.fault("delay_ms", "look", count=8, value=1000)  # the look takes its time
        await one.wish(dates=[TOMORROW])
        await kill_browser()
        await one.event("booked", within=80)
        assert len((await one.ledger())["charges"]) == 1


@pytest.mark.slow
async def test_a_browser_that_dies_during_a_booking_is_told_and_tried_again(world: Open) -> None:
    async with world() as one:
        await one.open_sale()
        await one.fault("delay_ms", "hold", value=10_000)
        await one.wish()
        await one.event("booking_started")

        async def asked() -> Any:
            return (await one.ledger())["requests"].get("hold")

        await until(asked, within=40)
        await kill_browser()
        failed = await one.event("booking_failed", within=60)
        assert failed["reason"] == "browser"
        assert failed["watching"] is True
        await one.clear_faults()
        await one.event("booked", within=80)
        assert len((await one.ledger())["charges"]) == 1


@pytest.mark.slow
async def test_two_looks_and_a_booking_at_once_disturb_nobody(world: Open) -> None:
    async with world() as one:
        looks = await Looks().follow(one)
        await one.open_sale()
        await one.fault("delay_ms", "hold", value=12_000)  # the booking stands in its hold …
        await one.wish()
        await one.event("booking_started")
        await one.fault("state_by_script", "look", count=None)  # … while two looks need the browser as well
        for film in ("Monsoon", "The Long Night"):
            await one.wish(film=film, cinemas=[], languages=[], formats=[], dates=[TOMORROW], times=AT_NIGHT)
        await looks.first("seen", "monsoon")
        await looks.first("seen", "the-long-night")
        assert "booked" not in [name for name, _, _ in one.seen]
        await one.clear_faults()
        booked = await one.event("booked", within=60)
        await one.event("preferences_mismatched", count=2)
        books = await one.ledger()
        assert [b["booking_id"] for b in books["bookings"]] == [booked["confirmation"]]
        assert [h["status"] for h in books["holds"]] == ["booked"]


async def test_a_job_of_a_newer_usher_keeps_no_other_from_its_tickets(world: Open) -> None:
    async with world() as one:
        newer = await one.wish(seats={"count": 3})
        other = await one.wish()
        headers = {"Usher-Schema": "99", "Nats-Msg-Id": "from-a-newer-usher"}
        await one.parts.of("desk").nc.request(f"job.paused.{newer}", b"{}", timeout=5, headers=headers)
        await one.open_sale()
        await one.event("booked", within=80)
        assert [job for name, job, _ in one.seen if name == "booked"] == [other]
