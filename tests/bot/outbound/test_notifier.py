"""The outbound half when the world misbehaves: nothing is lost, nothing is told twice where that can be known."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from events import orders as o
from sandbox.telegram.person import ASHA
from services.runtime import Delivery
from tests.bot.outbound.chatworld import ChatWorld, text_of

SENDS = ("sendMessage", "sendPhoto", "sendDocument")


async def test_an_event_that_comes_again_sends_and_edits_nothing(chat: ChatWorld) -> None:
    await chat.person(ASHA, "asha")
    async with chat.notifying() as notifier:
        job = await chat.wish()
        await chat.found(job)
        await chat.ask_consent(job)
        await chat.do(job, o.GiveConsent("asha"))
        await chat.book(job)
        await chat.settled()
        before = await chat.calls(*SENDS, "editMessageText", "editMessageCaption")
        for record in await chat.history(job) * 2:
            await notifier.on_event(Delivery(f"job.{record.name}.{job}", job, b"", record))
        after = await chat.calls(*SENDS, "editMessageText", "editMessageCaption")
    assert after == before


async def test_nothing_is_lost_and_each_jobs_order_is_kept_while_telegram_is_down(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    await chat.control("POST", "limits", strict=False)
    async with chat.notifying():
        one = await chat.wish(film="Film one")
        two = await chat.wish(film="Film two")
        await asha.see(lambda m: "Film two" in text_of(m))
        await chat.settled()
        await chat.fault("down")
        await chat.found(one)
        await chat.do(one, o.FailBooking(1, "not_covered", "first", watching=False))
        await chat.found(two)
        await chat.book(two)
        await chat.do(one, o.ResumeJob("asha"), o.FailJob("third"))
        await failures(chat, 8)
        await chat.heal()
        await asha.see(lambda m: "The job has failed" in text_of(m))
        await asha.see(lambda m: text_of(m).startswith("🎟 Booked:"))
        await chat.settled()
    sent = [m for m in await asha.messages() if not m["out"]]
    loud = [text_of(m).splitlines()[0] for m in sent if not m.get("silent")]
    # each job's retries have their own pauses: which of two jobs is told first is left to chance
    assert sorted(loud) == sorted(["🎟 Booked: Film two", "❌ The job has failed"])
    ticket, calendar = (next(n for n, m in enumerate(sent) if kind in m) for kind in ("photo", "document"))
    assert ticket < calendar
    cards = [text_of(m) for m in sent if text_of(m).startswith(("🎟 Booked ·", "❌ Failed"))]
    assert len(cards) == 2


async def failures(chat: ChatWorld, count: int) -> None:
    """Wait until so many of the notifier's tries have failed."""

    def failed() -> float:
        return chat.health.registry.get_sample_value("usher_handler_failures_total", {"actor": "notifier"}) or 0

    start = failed()
    async with asyncio.timeout(20):
        while failed() - start < count:  # noqa: ASYNC110  a counter announces nothing
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("fault", ["status_500", "status_502", "status_409", "html_200", "drop_before"])
async def test_a_broken_answer_costs_nothing(chat: ChatWorld, fault: str) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        await asha.see(lambda m: "Watching" in text_of(m))
        await chat.settled()
        await chat.fault(fault, count=2)
        await chat.found(job)
        await chat.book(job)
        await asha.see(lambda m: text_of(m).startswith("🎟 Booked:"))
        await asha.see(lambda m: text_of(m).startswith("🎟 Booked ·"))
        await chat.settled()
    assert len(await chat.calls("sendPhoto")) == 1


async def test_a_slow_telegram_is_waited_for(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    await chat.fault("delay_ms", count=3, value=700)
    async with chat.notifying():
        job = await chat.wish()
        await asha.see(lambda m: "Watching" in text_of(m))
        await chat.do(job, o.PauseJob("asked to", "asha"))
        await asha.see(lambda m: "Paused" in text_of(m))
        await chat.settled()
    assert len(await chat.calls(*SENDS)) == 1


async def test_an_edit_whose_answer_was_lost_is_repeated_without_harm(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        await asha.see(lambda m: "Watching" in text_of(m))
        await chat.settled()
        await chat.fault("drop_after", method="editMessageText")
        await chat.do(job, o.PauseJob("asked to", "asha"))
        await chat.settled()
    assert [text_of(m)[:8] for m in await asha.messages() if not m["out"]] == ["⏸ Paused"]


async def test_a_person_who_blocks_the_bot_costs_the_job_nothing(chat: ChatWorld) -> None:
    await chat.person(ASHA, "asha")
    await chat.fault("status_403", count=None)
    async with chat.notifying():
        job = await chat.wish()
        await chat.found(job)
        await chat.book(job)
        await chat.settled()
    assert (await chat.store.load(job)).job.status == "SUCCESS"
    parked = await chat.nc.jetstream().stream_info("PARKED")
    assert parked.state.messages == 0


@asynccontextmanager
async def notifier_process(chat: ChatWorld) -> AsyncIterator[asyncio.subprocess.Process]:
    """`usher run notifier` as a process of its own; killed at the end as a power cut would."""
    environment = os.environ | {
        "USHER_HOME": str(chat.folder / "home"),
        "USHER_NATS_URL": str(chat.nc.connected_url.geturl() if chat.nc.connected_url else ""),
        "USHER_BOT_TOKEN": chat.telegram.bot_token,
        "USHER_BOT_API_URL": chat.telegram.url,
    }
    with (chat.folder / "notifier.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "usher", "run", "notifier", env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


@pytest.mark.slow
async def test_a_kill_between_send_and_record_sends_nothing_twice(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    job = await chat.wish()
    async with notifier_process(chat):
        await asha.see(lambda m: "Watching" in text_of(m))
        await chat.settled()
        await chat.fault("delay_ms", method="sendPhoto", value=20_000)  # delivered, and no answer yet
        await chat.found(job)
        await chat.book(job)
        await asha.see(lambda m: "photo" in m)
    async with notifier_process(chat):
        await asha.see(lambda m: "document" in m, timeout=60)
        await asha.see(lambda m: text_of(m).startswith("🎟 Booked ·"))
        await chat.settled(within=60)
    sent = [m for m in await asha.messages() if not m["out"]]
    assert sum("photo" in m for m in sent) == 1
    assert sum("document" in m for m in sent) == 1
    assert len(sent) == 3


@pytest.mark.slow
async def test_a_kill_while_the_first_card_is_sent_sends_no_second_one_for_its_event(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    await chat.fault("delay_ms", method="sendMessage", value=20_000)
    await chat.wish()
    async with notifier_process(chat):
        await asha.see(lambda m: "Watching" in text_of(m))
    async with notifier_process(chat):
        await chat.settled(within=60)
    assert len([m for m in await asha.messages() if not m["out"]]) == 1
