"""Looking back from the shell, as a person does: history, replay, why, what-if, verify, export, import, parked."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import nats
import pytest
from typer.main import get_command

from events.settings import Settings
from tests.usher.test_cli import FILM, Shell, control
from usher import quick
from usher.cli import app
from usher.identities import Identities
from usher.natscli import context_of, words_for

WISH = ("--film", FILM, "--city", "Hyderabad", "--cinema", "AMB Cinemas", "--language", "English", "--format", "2D")
CARD, PIN = "8000 0000 0000 0001", "123456"


async def asked(shell: Shell, note: dict[str, Any]) -> str:
    """A job that is asked what to do: tickets are on sale, but not at the wished hour."""
    await control(note, "sale", film=FILM, open=True)
    made = await shell.json("job", "create", *WISH, "--time", "03:00-03:30")
    async with asyncio.timeout(60):
        while (await shell.json("job", "show", made["job"]))["status"] != "AWAITING_INPUT":
            pass
    return str(made["job"])


async def test_a_life_is_told_replayed_and_explained(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    async with shell.up() as note:
        job = await asked(shell, note)
        told = await shell.json("history", job[-8:])
        assert [row["type"] for row in told] == ["created", "watch_started", "preferences_mismatched"]
        assert told[1]["cause"] == told[0]["sequence"]
        assert told[1]["changes"]["status"] == ["PENDING", "WATCHING"]
        lines = await shell.say("history", job)
        assert "└─watch_started" in lines
        assert "now AWAITING_INPUT" in lines
        then = await shell.json("replay", job, "--at", str(told[1]["sequence"]))
        assert then["state"]["status"] == "WATCHING"
        assert (await shell.json("replay", job, "--at", told[0]["time"]))["state"]["status"] == "PENDING"
        assert "PENDING → WATCHING" in await shell.say("replay", job, "--step")
        why = await shell.json("why", job)
        assert [step["type"] for step in why["because"]] == ["preferences_mismatched", "created"]
        assert why["looks"][0]["fits"] == []
        assert why["change"]["parts"] == ["time"]
        assert "the smallest change" in await shell.say("why", job)
        assert (await shell.json("what-if", job))["offers"] == []
        wider = await shell.json("what-if", job, "--time", "any")
        assert wider["offers"][0]["shows"]
        assert "you would have been offered" in await shell.say("what-if", job, "--time", "any")
        later = await shell.json("what-if", job, "--time", "any", "--watch-from", "2099-01-01T10:00")
        assert (later["looks"], later["offers"]) == (0, [])
        whole = ("--watch-from", "2020-01-01T10:00", "--watch-until", "any")
        assert (await shell.json("what-if", job, "--time", "any", *whole))["offers"] == wider["offers"]
        nowhere = await shell.say("what-if", job, "--cinema", "Nowhere")
        assert "shows refused (cinema" in nowhere
        assert "smallest change more: time" in nowhere
        judged = await shell.json("what-if", "--all")
        assert judged == {"jobs": 1, "decisions": 1, "unreadable": 0, "differences": []}
        await shell.say("job", "cancel", job)
        followed = (await shell.say("history", job, "--follow", "--json")).splitlines()
        assert json.loads(followed[-1])["type"] == "cancelled"


async def test_following_goes_on_until_the_job_ends(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    async with shell.up() as note:
        job = await asked(shell, note)
        process = await shell.start("history", job, "--follow", "--json")
        assert process.stdout is not None
        first = [json.loads(await process.stdout.readline())["type"] for _ in range(3)]
        await shell.say("job", "cancel", job)
        rest, err = await asyncio.wait_for(process.communicate(), 30)
        assert first[-1] == "preferences_mismatched"
        assert [json.loads(line)["type"] for line in rest.splitlines()] == ["cancelled"], err
        assert process.returncode == 0


@pytest.mark.slow
async def test_a_past_without_a_projector_and_every_refusal_in_one_line(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    assert "usher up" in await shell.say("history", "zz", fails=2)
    async with shell.up() as note:
        assert "the log is empty" in await shell.say("replay", "0" * 26, fails=2)
        assert "no job" in await shell.say("why", "zzzz", fails=2)
        job = await asked(shell, note)
        assert "no job" in await shell.say("history", "0" * 26, fails=2)
        assert "ISO 8601" in await shell.say("replay", job, "--at", "yesterday", fails=2)
        assert "before the job's first event" in await shell.say("replay", job, "--at", "2020-01-01", fails=2)
        assert "up to" in await shell.say("replay", job, "--at", "99999", fails=2)
        assert "still to come" in await shell.say("replay", job, "--at", "2999-01-01", fails=2)
        assert "still to come" in await shell.say("rebuild", "--until", "99999", "--into", "x.sqlite3", fails=2)
        assert "no read model" in await shell.say("rebuild", "--into", str(shell.home / "up.json"), fails=2)
        assert 'no job "../*"' in await shell.say("history", "../*", fails=2)
        assert "above 0" in await shell.say("what-if", job, "--cap", "0", fails=2)
        assert "letters, digits" in await shell.say("context", "--name", "../evil", fails=2)
        assert "no event 999" in await shell.say("why", job, "--event", "999", fails=2)
        assert "18:00-22:00" in await shell.say("what-if", job, "--time", "late", fails=2)
        assert "ISO 8601" in await shell.say("what-if", job, "--watch-from", "noon", fails=2)
        assert "--all" in await shell.say("what-if", fails=2)
        assert "one job" in await shell.say("export", fails=2)
        bare = Shell(tmp_path / "elsewhere", USHER_NATS_URL=note["nats_url"], USHER_NATS_KEYS=note["nats_keys"])
        assert (await bare.json("history", job[:20]))[0]["type"] == "created"


@pytest.mark.slow
async def test_the_log_is_checked_carried_and_nobody_finds_a_secret_in_it(tmp_path: Path) -> None:
    shell, file = Shell(tmp_path / "home"), tmp_path / "log.jsonl"
    async with shell.up() as note:
        await shell.say("card", "add", typed=f"{CARD}\n{PIN}\n")
        job = await asked(shell, note)
        assert (await shell.json("verify"))["whole"] is True
        assert "the log is whole" in await shell.say("verify")
        await shell.say("export", "--all", "--to", str(file))
        tests = tmp_path / "flights"
        told = await shell.say("fixture", job, "--into", str(tests))
        assert "1 decisions, ends as AWAITING_INPUT" in told
    text = await asyncio.to_thread(file.read_text)
    assert (await asyncio.to_thread(file.stat)).st_mode & 0o777 == 0o600
    for secret in (CARD, CARD.replace(" ", ""), PIN, note["cinema_token"], note["pairing_code"], "@usher.invalid"):
        assert secret not in text
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    flown = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(tests)), env=environment
    )
    assert await asyncio.wait_for(flown.wait(), 60) == 0
    other = Shell(tmp_path / "other")
    assert (await other.json("import", str(file)))["events"] > 3
    assert "empty home" in await other.say("import", str(file), fails=2)
    async with other.up():
        assert (await other.json("verify"))["whole"] is True
        assert (await other.json("history", job))[-1]["type"] == "preferences_mismatched"


@pytest.mark.slow
async def test_what_is_parked_is_listed_tried_again_and_dropped(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    async with shell.up() as note:
        nc = await nats.connect(note["nats_url"], **Identities(Path(note["nats_keys"])).options("desk"))
        await nc.jetstream().publish("job.created.broken", b"{")
        async with asyncio.timeout(30):
            while len(json.loads(await shell.say("parked", "list", "--json", fails=1))) < 3:
                pass
        await nc.close()
        listed = json.loads(await shell.say("parked", "list", "--json", fails=1))
        numbers = {case["actor"]: case["number"] for case in listed}
        assert "job.created.broken" in await shell.say("parked", "list", fails=1)
        assert "Usher-Schema" in await shell.say("parked", "show", str(numbers["scheduler"]))
        assert "still cannot be read" in await shell.say("parked", "retry", str(numbers["projector"]), fails=2)
        assert "parked list" in await shell.say("parked", "show", "999", fails=2)
        assert "usher parked list" in await shell.say("parked", "drop", "999", "--why", "x", fails=2)
        assert "cannot be read" in await shell.say("verify", "--no-model", fails=1)
        for actor in ("scheduler", "notifier"):
            await shell.say("parked", "drop", str(numbers[actor]), "--why", "a test")
        assert "nothing to try again" in await shell.say("parked", "retry", "--all")
        await shell.say("parked", "drop", str(numbers["projector"]), "--why", "a test")
        assert "dropped by local" in await shell.say("parked", "drop", str(numbers["projector"]), "--why", "x", fails=2)
        assert "nothing is parked" in await shell.say("parked", "list")
        checked = await shell.json("verify")
        assert (checked["whole"], checked["excused"]) == (True, 1)


async def test_a_context_for_the_nats_cli(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "config"), PATH="/usr/bin:/bin")
    async with shell.up() as note:
        told = await shell.json("context", "--name", "cinema.1")
        written = json.loads(await asyncio.to_thread(Path(told["file"]).read_text))
        assert written["url"] == note["nats_url"]
        assert "go install" in await shell.say("nats", "--", "stream", "ls", fails=2)


@pytest.mark.parametrize("name", list(quick.COMMANDS))
def test_the_quick_forms_are_the_ones_that_typer_declares(name: str) -> None:
    command = get_command(app)
    for word in name.split():
        command = command.commands[word]  # type: ignore[attr-defined]
    declared = {option for param in command.params for option in param.opts if option.startswith("--")} - {"--help"}
    assert set(quick.COMMANDS[name][1]) == declared
    defaults = {param.opts[0]: param.default for param in command.params if param.opts[0].startswith("--")}
    assert {word: defaults[word] for word in quick.COMMANDS[name][2]} == quick.COMMANDS[name][2]


def test_what_the_quick_reader_does_not_know_is_left_to_typer() -> None:
    for words in (
        ["history"],
        ["history", "--help"],
        ["job", "show"],
        ["job", "create", "a"],
        ["why", "a", "b"],
        ["replay", "a", "--at"],
        ["jobs", "x"],
    ):
        assert quick.answered(words) is None


def test_the_nats_cli_is_told_whom_to_trust(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, nats_url="tls://nats:4222", nats_ca="ca.pem")
    assert words_for(settings) == [
        "--server",
        "tls://nats:4222",
        "--tlsca",
        str(Path("ca.pem").absolute()),
        "--tlsfirst",
    ]
    assert context_of(settings)["tls_first"] is True
