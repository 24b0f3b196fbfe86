"""Commands that come twice, too often, or for too much."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nats.aio.client import Client

from events.errors import TooMany
from events.settings import Settings
from events.store import EventStore
from services.asking import Refused, ask
from services.buckets import Bucket
from services.commands import Commands, _Claim, new_job
from services.desk import Desk
from services.pairing import Pairing
from services.people import People
from services.vault import Vault
from services.vault.master import FileKeys

WISH = {"film": "Dune: Part Three", "city": "Hyderabad"}


@pytest.fixture
async def desk(nc: Client, tmp_path: Path) -> Any:
    """A desk without read models: it counts jobs by the wish list."""
    settings, store = Settings(home=tmp_path, commands_per_minute=20), EventStore(nc, "desk")
    vault = Vault(Bucket(nc, "vault", store.reader), FileKeys(tmp_path / "master.key"))
    people = People(store, vault, Pairing(Bucket(nc, "chat", store.reader)), settings)
    running = Desk(nc, store, people, Bucket(nc, "watchlist", store.reader), settings, lambda: datetime.now(UTC))
    await running.start()
    yield store
    await running.stop()


async def test_a_repeated_command_does_one_thing_and_is_answered_alike(nc: Client, desk: EventStore) -> None:
    def make(command: str) -> Any:
        return ask(nc, "usher.job.create", {"user": "local", "wish": WISH}, command=command)

    answers = await asyncio.gather(*(make("c1") for _ in range(5)))
    assert answers == [answers[0]] * 5
    job = answers[0]["job"]
    paused = {"user": "local", "job": job}
    first = await ask(nc, "usher.job.pause", paused, command="c2")
    await ask(nc, "usher.job.resume", paused, command="c3")
    assert await ask(nc, "usher.job.pause", paused, command="c2") == first  # late, and it pauses nothing
    assert [record.name for record in await desk.history(job)] == ["created", "paused", "resumed"]
    for _ in range(2):
        with pytest.raises(Refused, match="you can: pause"):
            await ask(nc, "usher.job.resume", paused, command="c4")


async def test_an_id_belongs_to_one_command_of_one_user(nc: Client, desk: EventStore) -> None:
    made = await ask(nc, "usher.job.create", {"user": "local", "wish": WISH}, command="c1")
    with pytest.raises(Refused, match="another one"):
        await ask(nc, "usher.job.pause", {"user": "local", "job": made["job"]}, command="c1")
    with pytest.raises(Refused, match="does not serve you"):
        await ask(nc, "usher.job.create", {"user": "tg7", "wish": WISH}, command="c1")


async def test_a_repetition_of_what_a_lost_desk_did_creates_no_second_job(nc: Client, desk: EventStore) -> None:
    body: dict[str, Any] = {"user": "local", "wish": WISH}
    made = await ask(nc, "usher.job.create", body, command="c1")
    bucket = Bucket(nc, "commands")
    ((key, kept),) = (await bucket.under("")).items()
    lost = msgspec.structs.replace(msgspec.json.decode(kept, type=_Claim), answer=None)
    await bucket.put(key, msgspec.json.encode(lost))  # as if the desk had died before it could answer
    again = await ask(nc, "usher.job.create", body, command="c1")
    assert again["job"] == made["job"]
    assert len(await desk.history(made["job"])) == 1


async def test_more_commands_than_a_person_gives_are_refused_with_the_time_to_wait(
    nc: Client, desk: EventStore
) -> None:
    made = await ask(nc, "usher.job.create", {"user": "local", "wish": WISH})
    for _ in range(19):
        with pytest.raises(Refused, match="you can"):
            await ask(nc, "usher.job.resume", {"user": "local", "job": made["job"]})
    with pytest.raises(Refused, match=r"20 commands in a minute are the most: wait \d+ s") as refused:
        await ask(nc, "usher.job.cancel", {"user": "local", "job": made["job"]})
    assert refused.value.body["kind"] == "TooMany"
    with pytest.raises(Refused, match="does not serve you"):  # others are counted for themselves
        await ask(nc, "usher.job.create", {"user": "tg7", "wish": WISH})


async def test_the_minute_passes(nc: Client) -> None:
    clock = iter((0.0, 30.0, 60.5, 61.0))
    commands = Commands(Bucket(nc, "commands"), 2, lambda: next(clock))
    for _ in range(3):
        commands.count("asha")
    with pytest.raises(TooMany, match="wait 29 s"):
        commands.count("asha")


async def test_a_passing_failure_is_not_remembered(nc: Client) -> None:
    commands, jobs = (
        Commands(Bucket(nc, "commands"), 0, lambda: 0.0),
        list[str](),
    )  # a clock that stands: no patience ends

    async def act() -> dict[str, Any]:
        jobs.append(new_job())
        return {"error": "NATS is away", "kind": "Unavailable"} if len(jobs) == 1 else {"done": True}

    async with asyncio.timeout(20):
        assert "error" in await commands.once("c1", "asha", "usher.job.create", act)
        assert await commands.once("c1", "asha", "usher.job.create", act) == {"done": True}
    assert jobs[0] == jobs[1]
