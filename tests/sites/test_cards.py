"""Gift cards at the payment page, and holds that are given back by name."""

from collections.abc import Awaitable, Callable

import pytest

from sites.protocol import Covered, GiftCard, Held, Refused, Site, Visit
from tests.shops import CARD, Shop, a_show

Holds = Callable[..., Awaitable[tuple[Visit, Held]]]
GOOD = GiftCard("good", *CARD)
BAD = {
    "has no balance left": GiftCard("used", "8000000000000003", "123456"),
    "is blocked": GiftCard("blocked", "8000000000000004", "123456"),
    "PIN is incorrect": GiftCard("wrong", "8000000000000002", "999999"),
    "is not valid": GiftCard("unknown", "8999999999999999", "123456"),
}


async def test_a_card_that_is_not_taken_is_named_with_the_sites_reason_and_the_next_one_pays(held: Holds) -> None:
    """Nothing is charged by any of it."""
    visit, order = await held()
    refused = await visit.cover(tuple(BAD.values()))
    assert isinstance(refused, Refused)
    assert refused.reason == "not_covered"
    for said, card in BAD.items():
        assert said in refused.detail
        assert card.number not in refused.detail
    covered = await visit.cover((*BAD.values(), GOOD))
    assert isinstance(covered, Covered), covered
    assert [(card.card_id, card.amount) for card in covered.cards] == [("good", order.amount)]


@pytest.mark.slow
async def test_a_card_with_too_little_is_used_up_first_and_one_given_twice_counts_once(held: Holds) -> None:
    visit, order = await held()
    little = GiftCard("little", "8000000000000002", "123456")
    covered = await visit.cover((little, little, GOOD))
    assert isinstance(covered, Covered), covered
    assert [(card.card_id, card.amount) for card in covered.cards] == [
        ("little", 50_000),
        ("good", order.amount - 50_000),
    ]


@pytest.mark.parametrize("opens", ["a successor's", pytest.param("nobody's", marks=pytest.mark.slow)])
async def test_a_visit_gives_back_its_own_hold_and_never_its_successors(
    shop: Shop, site: Site, held: Holds, opens: str
) -> None:
    gone, first = await held()
    expected = ["released"]
    if opens == "a successor's":
        _, second = await held(await a_show(site, cinema="Prasads"))
        assert second.reference != first.reference
        expected = ["released", "held"]  # the site gave the first one up itself
    await gone.release()
    assert [hold["status"] for hold in (await shop.ledger())["holds"]] == expected


@pytest.mark.slow
async def test_a_hold_that_another_visit_left_is_given_back_by_its_reference(
    shop: Shop, held: Holds, visit: Callable[[], Awaitable[Visit]]
) -> None:
    _, left = await held()
    next_one = await visit()
    await next_one.release()
    assert [hold["status"] for hold in (await shop.ledger())["holds"]] == ["held"]
    await next_one.release(left.reference)
    assert [hold["status"] for hold in (await shop.ledger())["holds"]] == ["released"]
