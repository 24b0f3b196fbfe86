"""The `nats` CLI for tests, and the recipes of a document: commands with the output they must have."""

import asyncio
import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

PACKAGE = "github.com/nats-io/natscli/nats@v0.5.0"
GO = "go1.27.3"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "usher-tests" / "bin"


def installed() -> str | None:
    """The path of a `nats` CLI that is there already."""
    return shutil.which("nats") or shutil.which("nats", path=str(CACHE))


def install() -> str:
    """Its path, installed with Go if need be; one test process installs, the others wait. Raises OSError."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found := installed():
            return found
        go = shutil.which("go")
        if go is None:
            raise OSError(f"neither nats nor go is in PATH: install Go, or {PACKAGE}")
        environment = os.environ | {"GOBIN": str(CACHE), "GOTOOLCHAIN": GO}
        done = subprocess.run([go, "install", PACKAGE], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"go install {PACKAGE} failed: {done.stderr.strip().splitlines()[-1:]}")
    return str(CACHE / "nats")


class Recipe(NamedTuple):
    """A command of a document and the lines that its output must hold, in this order. `live`: it waits for an event."""

    command: str
    lines: tuple[str, ...]
    live: bool


def recipes(document: Path) -> list[Recipe]:
    """Every `$ command` of the document's console blocks."""
    found: list[Recipe] = []
    for kind, block in re.findall(r"^```console(.*?)\n(.*?)^```", document.read_text(), re.S | re.M):
        for text in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *lines = text.strip().splitlines()
            found.append(Recipe(command, tuple(line for line in lines if line.strip(" …")), kind.strip() == "live"))
    return found


def missing(wanted: tuple[str, ...], output: str) -> str | None:
    """The first wanted line that the output does not have after the ones before it. Frames and widths do not count."""
    rest = iter([_plain(line) for line in output.splitlines()])
    for line in wanted:
        pattern = ".*".join(re.escape(part) for part in _plain(line).split("…"))
        if not any(re.fullmatch(pattern, candidate) for candidate in rest):
            return line
    return None


def _plain(line: str) -> str:
    return " ".join(re.sub("[│╭╮╰╯─├┤┬┴┼]", " ", line).split()).replace('": ', '":')


async def shell(script: str, folder: Path, nats: str, within: float = 20) -> tuple[int, str]:
    """Run a bash script with the CLI in PATH and no settings of its user's; exit code and output."""
    environment = os.environ | {
        "PATH": f"{Path(nats).parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(folder / "config"),
        "COLUMNS": "200",
    }
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), within)
    except TimeoutError:
        process.kill()
        return -1, f"did not end within {within:.0f} s"
    return process.returncode or 0, out.decode()
