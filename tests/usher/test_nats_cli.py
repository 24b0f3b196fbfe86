"""docs/nats-cli.md does what it says: its commands are run with the real CLI, its outputs compared by meaning."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import World, quick, until, world
from tests.usher.nats_cli import PACKAGE, Recipe, install, installed, missing, recipes, shell
from usher.client import Refused

__all__ = ["quick", "world"]  # the fixtures that a booked ticket needs
DOCUMENT = Path(__file__).parents[2] / "docs/nats-cli.md"
PATIENCE = 20.0  # s in which a recipe must show what it promises
SETUP, RECIPES = recipes(DOCUMENT)[:4], recipes(DOCUMENT)[4:]
pytestmark = [] if installed() else [pytest.mark.slow]  # the first run installs the CLI: two minutes


async def _stir(one: World, job: str) -> None:
    """Let events happen, for a recipe that waits for one."""
    for command in ("job.pause", "job.resume") * 50:
        await one.usher.desk(command, job=job)
        await asyncio.sleep(0.2)  # the recipe's subscription may start at any time


@contextlib.asynccontextmanager
async def _stirred(one: World, job: str, needed: bool) -> AsyncIterator[None]:
    task = asyncio.create_task(_stir(one, job)) if needed else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(Refused):  # it may have been going on already
                await one.usher.desk("job.resume", job=job)


async def _life(one: World) -> str:
    """A booked ticket, a wish that is watched, and a message that nobody can read; the watched job."""
    await one.open_sale()
    await one.wish()
    await one.event("booked")
    watched = await one.wish(film="Kantara", cinemas=[], languages=[], formats=[])
    await one.parts.of("desk").nc.request("job.created.broken", b"{", timeout=5)

    async def idle() -> bool:
        return await one.usher.ask("usher.query.groups") != []

    await one.listed()
    await until(idle)
    return watched


async def _check(recipe: Recipe, setup: str, folder: Path, nats: str) -> str | None:
    """What is wrong with a recipe, or None. A look may come in between, and `micro ls` waits briefly: so more tries,
    over the pause that a busy machine may make."""
    told, began = None, time.monotonic()
    while told is None or time.monotonic() - began < PATIENCE:
        code, out = await shell(f"{setup}\n{recipe.command}", folder, nats)
        lost = missing(recipe.lines, out)
        if not code and lost is None:
            return None
        told = f"$ {recipe.command}\nexit {code}, not found: {lost}\n{out[:1500]}"
    return told


@pytest.mark.timeout(600)
async def test_every_recipe_of_the_document_works(world: Callable[..., Any], tmp_path: Path) -> None:
    try:
        nats = await asyncio.to_thread(install)
    except OSError as lacking:
        pytest.skip(f"no nats CLI: {lacking}")
    async with world(home=tmp_path / ".usher") as one:
        watched = await _life(one)
        assert SETUP[0].command.endswith(PACKAGE)
        setup = "\n".join(recipe.command for recipe in SETUP[1:])
        wrong = []
        for recipe in RECIPES:
            async with _stirred(one, watched, recipe.live):
                wrong.append(await _check(recipe, setup, tmp_path, nats))
    assert "\n".join(told for told in wrong if told) == ""


def test_a_recipe_whose_output_is_not_there_is_noticed() -> None:
    table = "╭──╮\n│ booker   │ Pull │ 0 │\n│ notifier │ Pull │ 3 │\n╰──╯"
    assert missing(("booker Pull 0", "notifier …"), table) is None
    assert missing(("notifier …", "booker …"), table) == "booker …"
    assert missing(("booker Pull 1",), table) == "booker Pull 1"
