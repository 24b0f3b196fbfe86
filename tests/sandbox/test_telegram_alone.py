"""`python -m sandbox.telegram`: the local Telegram by itself."""

import asyncio
import sys
from pathlib import Path

import aiohttp

from sandbox.telegram.api import Telegram


async def alone(*arguments: str) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "sandbox.telegram", *arguments]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)


async def test_it_prints_where_it_is_and_serves(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    process = await alone("--port", "0", "--data", str(tmp_path))
    assert process.stdout
    said = dict([(await process.stdout.readline()).decode().split(": ", 1) for _ in range(4)])
    url, token = said["Bot API"].strip(), said["bot token"].strip()
    async with session.get(f"{url}/bot{token}/getMe") as answer:
        assert (await answer.json())["ok"]
    assert said["chat page"].strip().startswith(f"{url}/chat/#token=")
    process.terminate()
    await process.wait()


async def test_a_taken_port_is_said_in_one_line(tmp_path: Path, telegram: Telegram) -> None:
    process = await alone("--port", str(telegram.port), "--data", str(tmp_path / "other"))
    _, said = await process.communicate()
    assert process.returncode == 1
    (line,) = said.decode().splitlines()
    assert line.startswith(f"cannot listen on port {telegram.port}: ")
    assert line.endswith("Choose another with --port.")
