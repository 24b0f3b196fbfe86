"""What rings keeps its order in each chat."""

import asyncio

import pytest

from services.runtime import Later
from services.turns import REST, Turns


async def tell(turns: Turns, sequence: int, chat: int, told: list[int], fails: bool = False) -> None:
    async with turns.of(sequence) as turn:
        await turns.come(turn, chat)
        if fails:
            raise ConnectionError
        told.append(sequence)


async def test_a_later_one_waits_for_an_earlier_one_of_its_chat() -> None:
    turns, told, known = Turns(), list[int](), asyncio.Event()

    async def slow() -> None:
        async with turns.of(1) as turn:
            await known.wait()
            await turns.come(turn, 7)
            told.append(1)

    earlier = asyncio.create_task(slow())
    await asyncio.sleep(0)
    later = asyncio.create_task(tell(turns, 2, 7, told))
    await asyncio.sleep(0)
    known.set()
    await asyncio.gather(earlier, later)
    assert told == [1, 2]


async def test_another_chat_is_not_held_up() -> None:
    turns, told = Turns(), list[int]()
    async with turns.of(1) as turn:
        await turns.come(turn, 7)
        await tell(turns, 2, 8, told)
    assert told == [2]


async def test_one_that_failed_is_waited_for_until_it_was_told() -> None:
    turns, told = Turns(), list[int]()
    with pytest.raises(ConnectionError):
        await tell(turns, 1, 7, told, fails=True)
    with pytest.raises(Later):
        await tell(turns, 2, 7, told)
    await tell(turns, 1, 7, told)
    await tell(turns, 2, 7, told)
    assert told == [1, 2]


async def test_one_that_never_comes_again_holds_nothing_up_for_ever() -> None:
    now = 0.0
    turns, told = Turns(lambda: now), list[int]()
    with pytest.raises(ConnectionError):
        await tell(turns, 1, 7, told, fails=True)
    now = REST + 1
    await tell(turns, 2, 7, told)
    assert told == [2]
