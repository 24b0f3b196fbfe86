"""After a whole run nothing that was planted lies anywhere but in the vault: streams, buckets, pictures, logs, read
models, process arguments, the browser's folders. The run meets everything that is told with a picture or a text."""

import asyncio
import contextlib
import gzip
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import nats
import pytest

from events.settings import Settings
from sandbox.cinema.state import PLANTED
from sandbox.telegram.person import Person
from services.archiving import read_archive
from services.buckets import Bucket
from services.recordings import RECORDING
from services.vault import Vault
from services.vault.master import FileKeys
from tests.flows.conftest import until
from tests.usher.test_cli import FILM, Shell, control
from tests.usher.test_trust import below
from usher.client import Usher, client
from usher.identities import Identities

GOOD, BAD, PIN, WRONG = "8111222233334444", "8111222233335555", "97531864", "24680135"
EMAIL, PHONE = "planted.person@secret-mail.example", "9812345067"
OUTSIDE = {"cinema", "telegram"}  # the shop knows its customers' cards, the messenger what was sent to it


def forms(secret: str) -> Iterable[bytes]:
    """A secret as it could lie somewhere: plain, in groups of four, in an address."""
    yield secret.encode()
    yield " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)).encode()
    yield secret.replace("@", "%40").encode()


def holding(folder: Path, secrets: Iterable[str], skip: set[str]) -> list[str]:
    """Files that hold one of the secrets."""
    wanted = [form for secret in secrets for form in forms(secret)]
    files = [path for path in folder.rglob("*") if path.is_file() and not skip & set(path.relative_to(folder).parts)]
    assert files
    return [str(path) for path in files if any(form in path.read_bytes() for form in wanted)]


def recorded(archive: Path) -> dict[str, bytes]:
    """What the site said, out of a job's archive, unpacked."""
    objects = (one for one in read_archive(archive) if isinstance(one, tuple))
    return {name: gzip.decompress(data) for name, data in objects if name.endswith(RECORDING)}


class Watch:
    """Every command line and environment below a process, as long as it is watched; the browsers' folders."""

    def __init__(self, pid: int) -> None:
        self._pid, self.shown, self.profiles = pid, b"", set[Path]()

    def look(self) -> None:
        own = Path(f"/proc/{self._pid}/cmdline")
        for file in (own, *(place / name for place in below(self._pid) for name in ("cmdline", "environ"))):
            with contextlib.suppress(OSError):  # it ended while it was looked at
                text = file.read_bytes()
                self.shown += text if text not in self.shown else b""
                marks = [word for word in text.split(b"\0") if word.startswith(b"--user-data-dir=")]
                self.profiles |= {Path(os.fsdecode(mark.split(b"=", 1)[1])) for mark in marks}

    async def run(self) -> None:
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(0.3)


@asynccontextmanager
async def watched(pid: int) -> AsyncIterator[Watch]:
    watch = Watch(pid)
    looking = asyncio.create_task(watch.run())
    yield watch
    looking.cancel()


async def strangers_session(note: dict[str, Any], home: Path) -> str:
    """Sign the owner in at the shop with an account that has no contact yet; the session's token."""
    headers = {"Authorization": f"Bearer {note['cinema_token']}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{note['cinema_url']}/_control/sessions", json={"account": "planted"}) as answer:
            cookies = (await answer.json())["cookies"]
    nc = await nats.connect(note["nats_url"], **Identities(Path(note["nats_keys"])).options("desk"))
    vault = Vault(Bucket(nc, "vault"), FileKeys(home / "master.key"))
    await vault.set_session("local", msgspec.json.encode(cookies).decode())
    await nc.close()
    return str(cookies[0]["value"])


async def tell(person: Person, code: str) -> None:
    """Pair, and give contact and a card whose PIN is wrong, all by chat."""
    await person.say(f"/start {code}")
    await person.see(lambda m: "Hello" in m.get("text", ""), timeout=90)
    await person.say("/settings")
    settings = await person.see(lambda m: "Settings" in m.get("text", ""), timeout=60)
    await person.press_label(settings, "Contact")
    await person.see(lambda m: "E-mail and phone" in m.get("text", ""), timeout=60)
    await person.say(f"{EMAIL} {PHONE}")
    await person.see(lambda m: "p•••@" in m.get("text", ""), timeout=60)
    await add_card(person, BAD, WRONG)


async def add_card(person: Person, number: str, pin: str) -> None:
    await person.say("/wallet")
    wallet = await person.see(lambda m: "Wallet" in m.get("text", "") and "reply_markup" in m, timeout=60)
    await person.press_label(wallet, "Add")
    await person.see(lambda m: "Send number and PIN" in m.get("text", ""), timeout=60)
    await person.say(f"{number} {pin}")
    await person.see(lambda m: number[-4:] in m.get("text", ""), timeout=60)


async def book(usher: Usher, person: Person) -> set[str]:
    """A job that asks, meets a challenge and a card that is not taken, until it is booked; what happened."""
    made = await usher.desk("job.create", wish={"film": FILM, "city": "Hyderabad", "cinemas": ["AMB"]})
    job, added = made["job"], False
    async with asyncio.timeout(240):
        while (row := await usher.job(job))["status"] != "SUCCESS":
            card = await usher.ask("usher.query.card", {"job_id": job})
            if row["status"] == "AWAITING_CONSENT":
                with contextlib.suppress(Exception):
                    await usher.desk("job.consent", job=job, yes=True)
            elif row["status"] == "PAUSED" and card["challenge"]:
                await usher.desk("job.challenge_passed", job=job)
            elif row["status"] == "PAUSED":
                if not added:
                    await add_card(person, GOOD, PIN)
                    added = True
                await usher.desk("job.resume", job=job)
            await asyncio.sleep(0.3)
    return {row["type"] for row in await usher.ask("usher.query.timeline", {"job_id": job})}


@pytest.mark.slow
@pytest.mark.timeout(480)
async def test_no_planted_secret_is_found_after_a_whole_run(tmp_path: Path) -> None:
    more = {
        "USHER_CHAT": "true",
        "USHER_CONSENT_THRESHOLD": "0.999",
        "USHER_MASTER_KEY": "",
        "USHER_RECORD_ALL": "true",
    }
    shell = Shell(tmp_path / "home", **more)
    async with shell.up() as note, watched(note["pid"]) as watch, aiohttp.ClientSession() as http:
        for number, pin in ((GOOD, PIN), (BAD, PIN)):
            await control(note, "cards", number=number, pin=pin, balance_minor=300_000)
        token = await strangers_session(note, shell.home)
        chat = note["chat_url"].split("/chat/")
        person = Person(http, chat[0], chat[1].removeprefix("#token="))
        await tell(person, note["pairing_code"])
        await control(note, "faults", name="challenge", where="seat", count=1)
        await control(note, "sale", film=FILM, open=True)
        async with client(Settings(home=shell.home)) as usher:
            names = await book(usher, person)
            assert {"consent_requested", "challenge_met", "booking_failed", "booked"} <= names
            secrets = {GOOD, BAD, PIN, WRONG, EMAIL, PHONE, token}

            async def artifacts() -> int:
                info = await usher.ask("$JS.API.STREAM.INFO.OBJ_artifacts")
                return int(info["state"]["messages"])

            assert await until(artifacts) > 5
            (job,) = await usher.ask("usher.query.jobs", {"which": "all", "user": "local"})
            await shell.say("export", job["job_id"], "--to", str(tmp_path / "flight.jsonl"))
        said = recorded(tmp_path / "flight.jsonl")
        assert sum("-visit-" in name for name in said) >= 3
        hidden = [form for secret in (*secrets, *PLANTED.values()) for form in forms(secret)]
        assert [(name, form) for name, text in said.items() for form in hidden if form in text] == []
        for secret in secrets:
            assert not any(form in watch.shown for form in forms(secret)), "in a command line or environment"
        for profile in watch.profiles:
            if profile.is_dir():
                assert holding(profile, secrets, set()) == []
    found = holding(shell.home, secrets, OUTSIDE)
    assert found == []
    assert holding(tmp_path, secrets, {"home"}) == []  # the log of `usher up`
    assert holding(shell.home, [GOOD], set()), "the search finds what the shop knows"
