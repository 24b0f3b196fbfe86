"""Points as they happen: each strikes at its moment, and what was struck comes back as a supervisor would bring it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence

from usher.bench.kill.points import ACTORS, Point
from usher.bench.kill.world import World, restart

STEP_WITHIN = 20.0  # s that a point waits for its step, on a quick machine
APART = 0.7  # s, on a quick machine, from one point to one that waits for no step: else nobody got to a step
THERE_WITHIN = 5.0  # s that it waits for its victim to be there
SUPERVISED = 0.5  # s between two looks at who has ended by itself


class Strikes:
    """What goes wrong in a world. `done` counts what did, by kind and by the step that it followed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.done: Counter[str] = Counter()
        self._down: set[str] = set()  # on purpose: not for the supervisor
        self._lasting: set[asyncio.Task[None]] = set()
        self._power, self._turns = asyncio.Lock(), asyncio.Lock()
        self._struck = 0.0  # when the newest point did (monotonic)

    async def strike(self, point: Point) -> bool:
        """Wait for the point's moment, and let it happen; False where there was nobody for it to happen to."""
        reached = point.after is not None and await self._world.step(point.after, STEP_WITHIN * self._world.pace)
        if not reached:
            await self._turn()
        await asyncio.sleep(point.later)
        self._struck = time.monotonic()
        if not await self._happened(point):
            self.done["met nobody"] += 1
            return False
        self.done[point.kind] += 1
        self.done[f"at {point.after}" if reached else "at any time"] += 1
        return True

    async def _turn(self) -> None:
        async with self._turns:
            await asyncio.sleep(self._struck + APART * self._world.pace - time.monotonic())
            self._struck = time.monotonic()

    async def _happened(self, point: Point) -> bool:
        world, whom = self._world, point.whom
        match point.what:
            case "kill" if whom == "nats-server":
                await self._power_cut((), point.seconds)
            case "kill" if whom == "everything":
                await self._power_cut(ACTORS, point.seconds)
            case "kill":
                return await self._killed(whom, point.seconds)
            case "kill browser":
                return await self._until(lambda: world.fleet.kill_browser(whom))
            case "freeze":
                self._last(self._frozen(whom, point.seconds))
            case "cut" | "silence":
                self._last(world.wires[whom].cut(point.seconds, silent=point.what == "silence"))
            case "fault":
                value = point.value * (world.pace if whom == "delay_ms" and point.where != "pay" else 1)
                more = {"where": point.where, "count": point.count, "value": value}
                await world.call("POST", "faults", name=whom, **more)
        return True

    @staticmethod
    async def _until(there: Callable[[], bool]) -> bool:
        for _ in range(round(THERE_WITHIN / 0.1)):
            if there():
                return True
            await asyncio.sleep(0.1)
        return False

    def _last(self, happening: Coroutine[None, None, None]) -> None:
        """What lasts does so beside what happens next."""
        task = asyncio.create_task(happening)
        self._lasting.add(task)
        task.add_done_callback(self._lasting.discard)

    async def _frozen(self, whom: str, seconds: float) -> None:
        self._world.fleet.freeze(whom)
        await asyncio.sleep(seconds)
        self._world.fleet.thaw(whom)

    async def _killed(self, whom: str, seconds: float) -> bool:
        if not await self._until(lambda: whom not in self._down and self._world.fleet.has(whom)):
            return False
        self._down.add(whom)
        await self._world.fleet.kill(whom)
        await self._back((whom,), seconds)
        return True

    async def _power_cut(self, actors: tuple[str, ...], seconds: float) -> None:
        async with self._power:  # two of these at once are one after the other
            hit = [actor for actor in actors if actor not in self._down and self._world.fleet.has(actor)]
            self._down.update(hit)
            await self._world.broker.kill()
            for actor in hit:
                await self._world.fleet.kill(actor)
            await asyncio.sleep(seconds)
            await self._world.broker.start()
            await self._back(hit, 0.0)

    async def _back(self, actors: Sequence[str], seconds: float) -> None:
        await asyncio.sleep(seconds)
        for actor in actors:
            await restart(self._world, actor)
            self._down.discard(actor)

    async def supervise(self) -> None:
        """Start again, for ever, whoever ended by itself: who finds no server when it starts, say."""
        while True:
            await asyncio.sleep(SUPERVISED)
            for actor in ACTORS:
                if actor not in self._down and not self._world.fleet.has(actor):
                    self.done["ended by itself"] += 1
                    await restart(self._world, actor)

    async def calm(self) -> None:
        """Wait for what still lasts; afterwards nothing is wrong any more."""
        await asyncio.gather(*self._lasting)
        unmet = await self._world.call("GET", "")
        self.done["faults that met no request"] += len(unmet["on"])
        await self._world.call("DELETE", "faults")
