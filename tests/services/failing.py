"""`python -m tests.services.failing URL FOLDER`: a scheduler with a defect, until FOLDER/repaired is there.

Repaired, it writes what it handles into FOLDER/handled; while FOLDER/slow is there, it never comes to an end.
"""

import asyncio
import sys
from pathlib import Path

import nats

from services.health import Health
from services.runtime import Actor, Delivery, Policy, Source


async def main(url: str, folder: Path) -> None:
    """Work until killed."""
    nc = await nats.connect(url)

    async def handle(delivery: Delivery) -> None:
        if not (folder / "repaired").exists():
            raise ValueError("a defect")
        with (folder / "handled").open("a") as file:
            file.write(delivery.subject.split(".")[1] + "\n")
        if (folder / "slow").exists():
            await asyncio.Event().wait()

    source = Source("JOBS", "scheduler", handle)
    await Actor(nc, "scheduler", (source,), Policy(tries=1, first_pause=0.05), Health()).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
