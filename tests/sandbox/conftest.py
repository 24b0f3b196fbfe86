"""The demo cinema over plain HTTP, with its sale open, and one show to buy."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from events.wish import Show
from sites.catalogue import open_site
from tests.shops import Shop, a_show, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A running demo cinema; its blockbuster's sale is open."""
    async with open_shop(tmp_path) as running:
        await running.open_sale()
        yield running


@pytest.fixture
async def show(shop: Shop) -> Show:
    """A show of tomorrow in a hall with a plain map."""
    site = open_site("bookmyshow", shop.url)
    try:
        return await a_show(site)
    finally:
        await site.close()
