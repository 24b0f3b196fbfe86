"""A UPI code that a person pays, watched in a real browser."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from sites.protocol import GiftCard, Held, Paid, QrCode, Refused, Unreadable, Visit
from tests.shops import CARD, Shop

Holds = Callable[..., Awaitable[tuple[Visit, Held]]]


async def test_a_code_is_shown_and_its_payment_is_seen(shop: Shop, held: Holds) -> None:
    visit, order = await held()
    code = await visit.request_qr()
    assert isinstance(code, QrCode), code
    assert code.picture.startswith(b"\x89PNG")
    assert code.amount == order.amount
    assert timedelta(minutes=4) < code.deadline - datetime.now(UTC) <= timedelta(minutes=5)
    assert await visit.qr_outcome(0.5) is None
    await shop.control("pay_qr", booking=order.reference)
    paid = await visit.qr_outcome(20)
    assert isinstance(paid, Paid)
    assert (paid.confirmation, paid.amount, paid.seats) == (order.reference, order.amount, order.plan.seats)


async def test_after_cards_that_do_not_cover_the_code_asks_for_all(shop: Shop, held: Holds) -> None:
    await shop.control("cards", number=CARD[0], pin=CARD[1], balance_minor=10_000)
    visit, order = await held()
    refused = await visit.cover((GiftCard("c1", *CARD),))
    assert isinstance(refused, Refused)
    assert refused.reason == "not_covered"
    code = await visit.request_qr()
    assert isinstance(code, QrCode)
    assert code.amount == order.amount
    await shop.control("pay_qr", booking=order.reference)
    assert isinstance(await visit.qr_outcome(20), Paid)
    assert (await shop.ledger())["balances"]["0001"] == 10_000


async def test_a_code_that_runs_out_is_refused_on_the_sites_own_word(shop: Shop, held: Holds) -> None:
    visit, _ = await held()
    assert isinstance(await visit.request_qr(), QrCode)
    shop.clock.move(minutes=6)
    ended = await visit.qr_outcome(20)
    assert isinstance(ended, Refused)
    assert "not been charged" in ended.detail


async def test_a_payment_the_bank_is_slow_about_is_still_waited_for(shop: Shop, held: Holds) -> None:
    visit, order = await held()
    await visit.request_qr()
    await shop.fault("slow_bank", "qr", value=400_000)
    await shop.control("pay_qr", booking=order.reference)
    shop.clock.move(minutes=6)  # past the code's deadline
    assert await visit.qr_outcome(1) is None
    await visit.release()  # cannot cost the payer the seats
    shop.clock.move(minutes=2)
    assert isinstance(await visit.qr_outcome(20), Paid)


async def test_a_page_without_a_code_is_unreadable(shop: Shop, held: Holds) -> None:
    visit, _ = await held()
    await shop.fault("qr_missing", "qr")
    assert isinstance(await visit.request_qr(), Unreadable)


async def test_an_order_whose_hold_ended_shows_no_code(shop: Shop, held: Holds) -> None:
    visit, _ = await held()
    shop.clock.move(minutes=9)
    refused = await visit.request_qr()
    assert isinstance(refused, Refused)
    assert refused.reason == "hold_expired"
