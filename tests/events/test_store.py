"""The store against a real server: one order of events, whoever writes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from events import job as j
from events import orders as o
from events.errors import Conflict
from events.lifecycle import Refusal, Status
from events.settings import new_event_id, new_job_id
from events.store import Appended, EventStore
from events.wish import Wish, group_of
from tests.conftest import NOW
from tests.samples import LOOK, SHOW

WISH = Wish(film="Dune: Part Three", city="Hyderabad")
CREATE = o.CreateJob("asha", WISH, NOW + timedelta(days=3))
Stores = Callable[[str], EventStore]


async def watched(store: EventStore) -> str:
    job_id = new_job_id()
    await store.execute(job_id, CREATE)
    await store.execute(job_id, o.StartWatching(group_of(WISH)))
    return job_id


async def test_a_cold_load_follows_the_chain_through_repeated_types(store_of: Stores) -> None:
    store = store_of("desk")
    job_id = await watched(store)
    for _ in range(6):
        await store.execute(job_id, o.PauseJob("rest", "asha"))
        await store.execute(job_id, o.ResumeJob("asha"))
    names = [record.name for record in await store_of("reader").history(job_id)]
    assert names == ["created", "watch_started", *["paused", "resumed"] * 6]
    assert (await store_of("reader").load(job_id)).job == (await store.load(job_id)).job


async def test_of_two_writers_with_one_expectation_one_wins(store_of: Stores) -> None:
    one, two = store_of("desk"), store_of("desk")
    job_id = await watched(one)
    at = (await one.load(job_id)).sequence
    await one.append("job", job_id, at, [j.Paused("rest", "asha")], [new_event_id()])
    with pytest.raises(Conflict):
        await two.append("job", job_id, at, [j.Paused("rest", "asha")], [new_event_id()])


async def test_a_stale_cache_decides_again_on_fresh_news(store_of: Stores) -> None:
    stale, fast = store_of("booker"), store_of("desk")
    job_id = await watched(stale)
    await fast.execute(job_id, o.CancelJob("asha"))
    outcome = await stale.execute(job_id, o.PauseJob("rest", "asha"))
    assert isinstance(outcome, Refusal)
    assert "CANCELLED" in outcome.why


async def test_nothing_new_is_never_said_on_old_news(store_of: Stores) -> None:
    watcher, booker = store_of("watcher"), store_of("booker")
    job_id = await watched(watcher)
    detect = o.DetectTickets(WISH, (SHOW,), LOOK, NOW)
    await watcher.execute(job_id, detect)
    await booker.execute(job_id, o.StartBooking("b", NOW))
    await booker.execute(job_id, o.FailBooking(1, "timeout"))
    again = await watcher.execute(job_id, detect)
    assert isinstance(again, Appended)
    assert again.events


async def test_of_many_concurrent_pauses_one_is_stored(store_of: Stores) -> None:
    stores = [store_of("desk") for _ in range(10)]
    job_id = await watched(stores[0])
    outcomes = await asyncio.gather(*(store.execute(job_id, o.PauseJob("rest", "asha")) for store in stores))
    assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 1


async def test_a_decision_of_two_events_is_one_batch_with_an_unbroken_chain(store_of: Stores) -> None:
    store = store_of("booker")
    job_id = await watched(store)
    at = (await store.load(job_id)).sequence
    pair = [j.Paused("rest", "asha"), j.Resumed("asha")]
    first = await store.append("job", job_id, at, pair, [new_event_id(), new_event_id()])
    history = await store_of("reader").history(job_id)
    assert [(r.sequence, r.previous) for r in history[-2:]] == [(first, at), (first + 1, first)]
    assert history[-1].causation == history[-2].event_id


async def test_a_lost_answer_is_found_by_its_event_id(store_of: Stores) -> None:
    store = store_of("desk")
    job_id = await watched(store)
    event_id = new_event_id()
    stored = await store.append("job", job_id, (await store.load(job_id)).sequence, [j.Paused("rest", "a")], [event_id])
    assert await store._find(job_id, event_id) == stored
    assert (await store.load(job_id)).job.status is Status.PAUSED


async def test_one_correlation_runs_through_a_life(store_of: Stores) -> None:
    store = store_of("desk")
    job_id = await watched(store)
    history = await store.history(job_id)
    assert {record.correlation for record in history} == {history[0].event_id}


async def test_every_event_leads_back_to_the_wish(store_of: Stores) -> None:
    job_id = await watched(store_of("desk"))
    await store_of("scheduler").execute(job_id, o.PauseJob("rest", "asha"))
    history = await store_of("reader").history(job_id)
    assert [record.causation for record in history] == [None, *(record.event_id for record in history[:-1])]
