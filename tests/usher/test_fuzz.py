"""A small share of `usher bench fuzz`, and what larger runs have found."""

import contextlib
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.codec import ACTOR, ID, SCHEMA, Unreadable, decode
from events.wish import SeatWish
from sites import protocol as p
from sites.bookmyshow import parse
from sites.bookmyshow.city import Cities
from sites.bookmyshow.hall import plain_map
from sites.bookmyshow.look import Looker
from sites.bookmyshow.orders import read_orders
from sites.bookmyshow.reading import Pace, Page, Stopped
from sites.seats import choose
from usher.bench.fuzz.run import bench_fuzz

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ORDER = {"bookingId": "DC1", "transactionId": "T1", "venueCode": "A", "sessionId": "1", "eventName": "Monsoon"}
ORDER |= {"showDateTime": "202611241800", "amount": "1", "transStatus": "P", "bookedAt": "2026-11-24T06:30:00Z"}
REGION = {"RegionCode": "HYD", "RegionSlug": "hyderabad", "RegionName": "Hyderabad"}


@pytest.mark.timeout(120)
async def test_damaged_input_is_read_or_refused_within_its_bounds() -> None:
    report = await bench_fuzz(60, 20261124, "", lambda done, total: None)
    assert [figure.name for figure in report.figures if figure.name.endswith("defects") and not figure.met] == []
    assert report.met, report.notes


class Site:
    """Pages by the end of their path."""

    rendered = False

    def __init__(self, **pages: Any) -> None:
        self._pages = pages

    async def get(self, path: str, cookies: str = "") -> Page:
        found = next((page for name, page in self._pages.items() if name in path), "")
        return Page(200, found if isinstance(found, str) else _text(found))


def _text(state: Any) -> str:
    return json.dumps(state)


@settings(max_examples=25, deadline=None)
@given(hits=JSON, regions=JSON, broken=st.sampled_from(["search", "regions", "code"]))
async def test_found_a_search_or_a_list_of_cities_of_another_shape_is_unreadable(
    hits: Any, regions: Any, broken: str
) -> None:
    """A hit's id was a list: looking for it in the page's text raised."""
    good = {"hits": [{"TITLE": "Monsoon", "ID": "ET1"}]}
    cities = {"BookMyShow": {"TopCities": [REGION if broken != "regions" else regions]}}
    found = {"search": {"hits": [hits]}, "code": {"hits": [{"TITLE": "Monsoon", "ID": hits}]}}.get(broken, good)
    looked = await Looker("bookmyshow", Cities(Pace(0))).look(
        p.LookFor("Monsoon", "Hyderabad"), Site(quickbook=found, regions=cities)
    )
    assert isinstance(looked, p.Unavailable | p.Unreadable)


@settings(max_examples=25, deadline=None)
@given(queries=JSON)
async def test_found_a_state_whose_branches_are_no_objects_is_unreadable(queries: Any) -> None:
    """`queries` was a number: asking it for its values raised."""
    state = f"<script>window.__INITIAL_STATE__ = {_text({'fetchVenuesListingApi': queries})}</script>"
    region = await Cities(Pace(0)).region(Site(regions={"BookMyShow": {"TopCities": [REGION]}}), "Hyderabad")
    with contextlib.suppress(Stopped):
        await Cities(Pace(0)).cinemas(Site(cinemas=state), region)


@settings(max_examples=40, deadline=None)
@given(orders=JSON, field=st.sampled_from(["bookingId", "seats", "amount", "showDateTime", "sessionId"]), value=JSON)
async def test_found_an_order_whose_parts_are_of_another_type_is_unreadable_and_never_half_read(
    orders: Any, field: str, value: Any
) -> None:
    for rows in (orders, [ORDER | {"seats": ["H7"]} | {field: value}]):
        page = f"<script>window.__INITIAL_STATE__ = {_text({'purchaseHistory': {'orders': rows}})}</script>"
        found = await read_orders(Site(**{"": page}), "[]")
        assert isinstance(found, tuple | p.Unreadable)
        for read in found if isinstance(found, tuple) else ():
            assert parse.typed(read) == read


@pytest.mark.parametrize("opening", ["[", '{"wish":', '{"event":"created","wish":{"film":'])
@given(depth=st.integers(1, 20_000))
@settings(max_examples=10, deadline=None)
def test_found_a_body_that_is_nested_without_end_is_unreadable(opening: str, depth: int) -> None:
    """It raised RecursionError, which the actor took for its own defect."""
    headers = {ID: "e", SCHEMA: "1", ACTOR: "desk"}
    found = decode("job.created.j1", headers, (opening * depth).encode(), 1, datetime(2026, 11, 24, tzinfo=UTC))
    assert isinstance(found, Unreadable)


@given(half=st.characters(categories=["Cs"]))
@settings(max_examples=10, deadline=None)
async def test_found_half_a_character_in_an_order_makes_it_unreadable(half: str) -> None:
    """It was read, and could not be written into an event afterwards."""
    orders = [ORDER | {"bookingId": f"DC{half}", "seats": []}]
    page = f"<script>window.__INITIAL_STATE__ = {_text({'purchaseHistory': {'orders': orders}})}</script>"
    assert isinstance(await read_orders(Site(**{"": page}), "[]"), p.Unreadable)


def test_found_a_map_of_more_seats_than_any_hall_is_chosen_from_in_no_time() -> None:
    """Every group of seats looked at the whole hall: 6 s of CPU."""
    rows = "|".join(f"{n}:R{n}:" + ":".join(f"A1{seat:03}+{seat}" for seat in range(1, 250)) for n in range(40))
    hall = plain_map({"text": f"GOLD:A:1:1:N:0||{rows}", "categories": []})
    assert hall is not None
    started = time.process_time()
    assert choose(hall, SeatWish(2)) is not None
    assert choose(hall, SeatWish(2, together=False)) is not None
    assert time.process_time() - started < 2
