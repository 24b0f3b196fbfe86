"""From an event in the log to the edited card in the chat, against the local Bot API server over HTTP."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from events import orders as o
from events import user as u
from events.errors import Unavailable, UsherError
from events.lifecycle import Refusal
from events.settings import Settings, new_event_id, new_job_id, utc_now
from events.store import EventStore
from events.wish import group_of
from sandbox.nats_server import run_server
from sandbox.telegram.api import Telegram, TelegramSettings, open_telegram
from sandbox.telegram.person import Person
from usher.bench.lives import WISH, Progress
from usher.bench.pictures import measure_pictures
from usher.bench.report import Report
from usher.compose import house, open_home

PEOPLE = 12
FIRST = 5_001  # Telegram id of the first made-up person
REST = 1.2  # s between two events of one chat: faster ones are coalesced, and would measure the pace


async def bench_chat(each: int, progress: Progress) -> Report:
    """Every person has a job of their own; its card is drawn anew `each` times."""
    report = Report("chat", "log synced; Telegram's rate limits held; one event a chat and 1.2 s")
    with tempfile.TemporaryDirectory(prefix="usher-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        open_home(home)
        async with (
            open_telegram(TelegramSettings(Path(folder) / "telegram")) as telegram,
            run_server(Path(folder) / "nats") as server,
            aiohttp.ClientSession() as http,
        ):
            settings = Settings(home=home, bot_token=telegram.bot_token, bot_api_url=telegram.url)
            async with house(settings, ("projector", "notifier"), server.url) as parts:
                store = EventStore(parts.nc, "desk")
                jobs = [await _served(store, telegram, http, FIRST + n) for n in range(PEOPLE)]
                await _edits(telegram, http, PEOPLE, "sendMessage")
                moments = await _move(store, jobs, each, progress)
                calls = await _edits(telegram, http, PEOPLE * each, "editMessageText")
    report.times("event → card edited", list(_waits(moments, calls)), p95=300)
    measure_pictures(report)
    return report


async def _served(store: EventStore, telegram: Telegram, http: aiohttp.ClientSession, number: int) -> str:
    """A person who has started the bot, and their watched job; the job's id."""
    await _control(telegram, http, "POST", "people", {"id": number, "first_name": f"Person {number}"})
    await Person(http, telegram.url, telegram.page_token, number).say("/start")
    user = f"tg{number}"
    events = [u.Registered(user, number, number), u.Approved("local")]
    await store.append("user", user, 0, events, [new_event_id() for _ in events])
    job_id = new_job_id()
    await store.execute(job_id, o.CreateJob(user, WISH, utc_now() + timedelta(days=3)))
    await store.execute(job_id, o.StartWatching(group_of(WISH)))
    return job_id


async def _move(store: EventStore, jobs: Sequence[str], each: int, progress: Progress) -> dict[str, list[datetime]]:
    """Pause and resume every job in turn; when each event was stored, by the chat's id."""
    await asyncio.sleep(REST)
    for n in range(each):
        for job_id in jobs:
            command = o.ResumeJob("local") if n % 2 else o.PauseJob("measured", "local")
            outcome = await store.execute(job_id, command)
            if isinstance(outcome, Refusal):
                raise UsherError(f"job {job_id}: {outcome.why}")
            await asyncio.sleep(REST / len(jobs))
        progress(n + 1, each)
    moments = {}
    for number, job_id in enumerate(jobs, FIRST):
        moments[str(number)] = [record.time for record in await store.history(job_id)][-each:]
    return moments


async def _edits(telegram: Telegram, http: aiohttp.ClientSession, count: int, method: str) -> list[dict[str, Any]]:
    """The calls of that method that were done, once there are so many. Raises Unavailable."""
    calls: list[dict[str, Any]] = []
    for _ in range(200):
        found = await _control(telegram, http, "GET", f"log?method={method}")
        calls = [call for call in found["calls"] if call["ok"]]
        if len(calls) >= count:
            return calls
        await asyncio.sleep(0.1)
    raise Unavailable(f"{len(calls)} of {count} {method} arrived within 20 s: see `usher doctor`")


async def _control(telegram: Telegram, http: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {telegram.control_token}"}
    async with http.request(method, f"{telegram.url}/_control/{path}", json=body, headers=headers) as answer:
        answer.raise_for_status()
        return await answer.json()


def _waits(moments: dict[str, list[datetime]], calls: Sequence[dict[str, Any]]) -> list[float]:
    """Milliseconds from each event to the end of its edit; in one chat they follow each other."""
    waits: list[float] = []
    for chat, stored in moments.items():
        done = [call["at"] for call in calls if call["chat"] == chat]
        waits += [(at - event.timestamp()) * 1000 for event, at in zip(stored, done[-len(stored) :], strict=True)]
    return waits
