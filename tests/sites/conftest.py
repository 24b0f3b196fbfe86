"""The adapter against the demo cinema: one shop a test, one Chromium a test that books."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from events.wish import SeatMap, SeatPlan, SeatWish, Show
from sites.protocol import Held, Site, Visit
from sites.seats import choose
from tests.shops import Shop, a_show


@pytest.fixture
async def visit(shop: Shop, site: Site) -> AsyncIterator[Callable[[], Awaitable[Visit]]]:
    """Open a visit of a signed-in account."""
    async with AsyncExitStack() as stack:

        async def opened(account: str = "asha") -> Visit:
            one = await site.visit(await shop.session(account), None)
            stack.push_async_callback(site.close_visit, one)
            return one

        yield opened


@pytest.fixture
def held(site: Site, visit: Callable[[], Awaitable[Visit]]) -> Callable[..., Awaitable[tuple[Visit, Held]]]:
    """A visit that holds the best seats of a show."""

    async def holds(show: Show | None = None, wish: SeatWish | None = None) -> tuple[Visit, Held]:
        wish = wish or SeatWish(2)
        one, show = await visit(), show or await a_show(site)
        seat_map = await one.open_show(show, wish.count)
        assert isinstance(seat_map, SeatMap), seat_map
        plan = choose(seat_map, wish)
        assert isinstance(plan, SeatPlan)
        answer = await one.hold(plan)
        assert isinstance(answer, Held), answer
        return one, answer

    return holds
