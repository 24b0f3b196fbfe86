"""`python -m sandbox.cinema --port 8080 --data DIR`: the shop alone, for a look by hand."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sandbox.cinema.shop import CinemaSettings, open_cinema


async def _run(port: int, data: Path) -> None:
    async with open_cinema(CinemaSettings(data, port=port)) as cinema:
        sys.stdout.write(f"{cinema.url}\ncontrol token: {cinema.token}\n")
        await asyncio.Event().wait()


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=8080)
parser.add_argument("--data", type=Path, default=Path(".usher/cinema"))
chosen = parser.parse_args()
asyncio.run(_run(chosen.port, chosen.data))
