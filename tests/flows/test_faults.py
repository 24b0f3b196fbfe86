"""Bad wishes, a site in trouble, a browser that dies: each is told, and none costs money."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from events import orders as o
from events.settings import new_job_id, utc_now
from events.store import EventStore
from events.wish import Wish
from tests.flows.conftest import FILM, WISH
from usher.client import Refused
from usher.compose import vault_of

Open = Callable[..., Any]


def browsers() -> set[int]:
    """The Chromium processes that descend from this one."""
    parents: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, rest = (folder / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        parents[int(folder.name)] = (int(rest.split()[1]), name)

    def ours(pid: int) -> bool:
        while pid > 1:
            if pid == os.getpid():
                return True
            pid = parents.get(pid, (0, ""))[0]
        return False

    return {pid for pid, (_, name) in parents.items() if "chrom" in name and ours(pid)}


def end_browsers() -> None:
    for pid in browsers():
        os.kill(pid, signal.SIGKILL)


async def test_what_the_site_does_not_know_is_answered_with_the_nearest(world: Open) -> None:
    async with world() as one:
        with pytest.raises(Refused, match="Hyderabad"):
            await one.wish(city="Hyderabbad")
        waits = await one.usher.desk("job.create", wish=WISH | {"film": "Dune"})  # it may be announced tomorrow
        assert f"Did you mean {FILM}" in waits["note"]
        assert (await one.usher.desk("job.create", wish=WISH))["note"] == ""


async def test_an_unknown_city_that_came_through_is_asked_about_by_the_look(world: Open) -> None:
    """The desk asks the site only while a watcher is there to answer."""
    async with world() as one:
        await one.open_sale()
        job, store = new_job_id(), EventStore(one.parts.of("desk").nc, "desk")
        wish = Wish(film=FILM, city="Hyderabbad")
        await store.execute(job, o.CreateJob("local", wish, utc_now() + timedelta(days=1)))
        asked = await one.event("preferences_mismatched")
        assert (asked["missing"], asked["on_sale"]) == (["city"], [])
        assert "Hyderabad" in asked["nearest"]
        await one.usher.desk("job.change", job=job, wish={"film": FILM, "city": "Hyderabad"})
        await one.event("booked")


async def test_a_cap_below_any_price_is_answered_with_what_it_would_cost(world: Open) -> None:
    async with world() as one:
        await one.open_sale()
        await one.wish(cap={"amount": 10_000, "currency": "INR"})
        assert (await one.event("preferences_mismatched"))["missing"] == ["price"]
        assert (await one.ledger())["holds"] == []


async def test_a_contact_that_the_site_asks_for_stops_at_the_first_show(world: Open) -> None:
    async with world() as one:
        desk = one.parts.of("desk")
        stranger = (await one.control("sessions", account="stranger"))["cookies"]
        await vault_of(desk, EventStore(desk.nc, "desk")).set_session("local", json.dumps(stranger))
        await one.open_sale()
        job = await one.wish()
        failed = await one.event("booking_failed")
        assert (failed["reason"], failed["watching"]) == ("contact_missing", False)
        assert [hold["status"] for hold in (await one.ledger())["holds"]] == ["released"]
        await one.usher.desk("user.contact", email="asha@example.invalid", phone="9876543210")
        await one.usher.desk("job.resume", job=job)
        await one.event("booked")


@pytest.mark.parametrize(
    "fault", ["status_403", "status_429", "status_500", "challenge", "waiting_room", "quiet_close"]
)
async def test_a_site_that_refuses_looks_is_recorded_as_such(world: Open, fault: str) -> None:
    async with world(card=False) as one:
        told: asyncio.Queue[str] = asyncio.Queue()

        async def on_look(message: Any) -> None:
            await told.put(message.subject.split(".")[1])

        await one.usher.nc.subscribe("look.>", cb=on_look)
        await one.fault(fault, "look", count=None)
        await one.wish()
        assert await asyncio.wait_for(told.get(), 30) == "blocked"


async def test_a_site_that_changed_its_pages_is_unreadable_and_never_empty(world: Open) -> None:
    async with world(card=False) as one:
        await one.fault("changed_altogether", "look", count=None)
        told: asyncio.Queue[str] = asyncio.Queue()

        async def on_look(message: Any) -> None:
            await told.put(message.subject.split(".")[1])

        await one.usher.nc.subscribe("look.>", cb=on_look)
        await one.open_sale()
        await one.wish()
        assert await asyncio.wait_for(told.get(), 30) == "unreadable"


async def test_a_challenge_on_the_way_to_the_seats_waits_for_a_person(world: Open) -> None:
    async with world() as one:
        await one.fault("challenge", "seat")
        await one.open_sale()
        job = await one.wish()
        met = await one.event("challenge_met")
        assert met["artifact"]
        await one.status(job, "PAUSED")
        await one.usher.desk("job.challenge_passed", job=job)
        await one.event("booked")


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "where"), [("status_500", "hold"), ("delay_ms", "summary"), ("quiet_close", "seat")])
async def test_a_site_that_stumbles_while_we_book_is_booked_all_the_same(world: Open, fault: str, where: str) -> None:
    async with world() as one:
        await one.fault(fault, where, value=2000)
        await one.open_sale()
        await one.wish()
        await one.event("booked", within=60)
        assert len((await one.ledger())["charges"]) == 1


async def test_without_a_browser_the_booking_fails_and_says_what_to_install(world: Open) -> None:
    async with world(chromium="/nonexistent/chromium", max_failures=1) as one:
        await one.open_sale()
        await one.wish()
        failed = await one.event("booking_failed")
        assert failed["reason"] == "browser"
        assert "install" in failed["detail"]
        assert "browser" in (await one.event("failed"))["reason"]


@pytest.mark.slow
async def test_a_browser_that_dies_in_a_booking_is_replaced(world: Open) -> None:
    async with world() as one:
        await one.fault("delay_ms", "summary", value=8000)
        await one.open_sale()
        await one.wish()
        await one.event("booking_started")
        while not (await one.ledger())["holds"]:  # noqa: ASYNC110  a ledger announces nothing
            await asyncio.sleep(0.05)
        end_browsers()
        assert (await one.event("booking_failed"))["reason"] == "browser"
        await one.event("booked", within=60)
        assert len((await one.ledger())["charges"]) == 1


@pytest.mark.slow
async def test_a_browser_that_dies_after_the_click_leaves_the_outcome_to_the_history(world: Open) -> None:
    async with world() as one:
        await one.fault("hang_after_charge", "pay")
        await one.open_sale()
        job = await one.wish()
        await one.event("payment_submitted")
        while not (await one.ledger())["charges"]:  # noqa: ASYNC110  a ledger announces nothing
            await asyncio.sleep(0.05)
        end_browsers()
        await one.status(job, "SUCCESS")
        names = await one.names(job)
        assert names.index("outcome_unknown") < names.index("reconciled") < names.index("booked")
        assert len((await one.ledger())["charges"]) == 1


async def test_a_browser_that_dies_while_a_code_waits_loses_no_payment(world: Open) -> None:
    async with world(card=False) as one:
        await one.open_sale()
        job = await one.wish(payment="qr")
        await one.event("payment_requested")
        end_browsers()
        await one.pay_code()
        await one.status(job, "SUCCESS")
        assert len((await one.ledger())["charges"]) == 1
