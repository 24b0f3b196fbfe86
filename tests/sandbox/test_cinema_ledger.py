"""The shop's promises about seats and money, kept under pressure."""

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack

from events.wish import Show
from tests.shops import CARD, Customer, Shop

TWO = "8000000000000002"


async def ordered(customer: Customer, show: Show, *cards: str) -> str:
    """Hold two seats and apply cards; the transaction."""
    free = await customer.free_seats(show)
    status, said = await customer.hold(show, *free[:2])
    assert status == 200, said
    transaction = str((await customer.order(show))["transactionId"])
    for number in cards:
        await customer.post(f"/payment/{transaction}/apply", code=number, pin=CARD[1])
    return transaction


async def test_a_seat_is_never_sold_twice_however_many_ask_at_once(shop: Shop, show: Show) -> None:
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(shop.customer(f"person-{n}")) for n in range(12)]
        free = (await crowd[0].free_seats(show))[:8]
        wishes = [free[n % 4 : n % 4 + 3] for n in range(12)]  # they overlap
        answers = await asyncio.gather(*(c.hold(show, *w) for c, w in zip(crowd, wishes, strict=True)))
        assert {status for status, _ in answers} == {200, 409}
        held = [hold for hold in (await shop.ledger())["holds"] if hold["status"] == "held"]
        assert len(held) == sum(status == 200 for status, _ in answers)
        assert max(Counter(seat for hold in held for seat in hold["seats"]).values()) == 1


async def test_one_account_has_one_hold(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        free = await customer.free_seats(show)
        await asyncio.gather(*(customer.hold(show, *free[n : n + 2]) for n in range(0, 12, 2)))
        states = Counter(hold["status"] for hold in (await shop.ledger())["holds"])
        assert states == {"held": 1, "released": 5}


async def test_a_charge_never_exceeds_a_balance_when_two_orders_share_their_cards(shop: Shop, show: Show) -> None:
    """Both orders are promised the same money; only one can have it, and the other leaves every card untouched."""
    await shop.control("cards", number=CARD[0], pin=CARD[1], balance_minor=20_000)
    await shop.control("cards", number=TWO, pin=CARD[1], balance_minor=30_000)
    async with shop.customer("one") as one, shop.customer("two") as two:
        first = await ordered(one, show, CARD[0], TWO)
        second = await ordered(two, show, TWO, CARD[0])
        await asyncio.gather(one.post(f"/payment/{first}/pay"), two.post(f"/payment/{second}/pay"))
        books = await shop.ledger()
        assert len(books["charges"]) == len(books["bookings"]) == 1
        charged = books["charges"][0]["amount_minor"]
        assert books["balances"]["0001"] + books["balances"]["0002"] == 50_000 - charged
        assert min(books["balances"].values()) >= 0
        assert sum(part["amount_minor"] for part in books["charges"][0]["parts"]) == charged


async def test_pressing_pay_twice_charges_once(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        transaction = await ordered(customer, show, CARD[0])
        answers = await asyncio.gather(*(customer.post(f"/payment/{transaction}/pay") for _ in range(5)))
        assert all("Your booking is confirmed" in text for _, text in answers)
        assert len((await shop.ledger())["charges"]) == 1


async def test_an_order_that_is_not_covered_is_not_charged(shop: Shop, show: Show) -> None:
    await shop.control("cards", number=TWO, pin=CARD[1], balance_minor=100)
    async with shop.customer() as customer:
        transaction = await ordered(customer, show, TWO)
        text = (await customer.post(f"/payment/{transaction}/pay"))[1]
        assert "You have not been charged" in text
        assert (await shop.ledger())["balances"]["0002"] == 100


async def test_a_code_and_the_button_at_once_charge_once(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        transaction = await ordered(customer, show)
        code = await customer.code(transaction)
        await customer.post(f"/payment/{transaction}/apply", code=CARD[0], pin=CARD[1])
        await asyncio.gather(
            customer.post(f"/payment/{transaction}/pay"),
            *(shop.control("pay_qr", reference=code) for _ in range(3)),
        )
        books = await shop.ledger()
        assert len(books["charges"]) == len(books["bookings"]) == 1
        kept = [paid for paid in books["upi"] if paid["status"] != "refunded"]
        assert len(kept) <= 1


async def test_cards_say_why_they_are_not_taken(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        transaction = await ordered(customer, show)
        for number, pin, why in (
            ("9999", "1", "not valid"),
            (CARD[0], "000000", "PIN is incorrect"),
            ("8000000000000003", CARD[1], "no balance left"),
            ("8000000000000004", CARD[1], "blocked"),
        ):
            text = (await customer.post(f"/payment/{transaction}/apply", code=number, pin=pin))[1]
            assert why in text
            assert "applied-voucher" not in text
        await customer.post(f"/payment/{transaction}/apply", code=CARD[0], pin=CARD[1])
        assert "Nothing is left to pay" in (await customer.post(f"/payment/{transaction}/apply", code=TWO, pin="1"))[1]
        assert "applied-voucher" not in (await customer.post(f"/payment/{transaction}/remove", last4="0001"))[1]


async def test_an_abandoned_hold_blocks_its_seats_and_then_frees_them(shop: Shop, show: Show) -> None:
    async with shop.customer("one") as one, shop.customer("two") as two:
        free = (await one.free_seats(show))[:2]
        assert (await one.hold(show, *free))[0] == 200
        shop.clock.move(minutes=7, seconds=50)
        assert (await two.hold(show, *free))[0] == 409
        shop.clock.move(seconds=11)
        assert (await two.hold(show, *free))[0] == 200
        assert [hold["status"] for hold in (await shop.ledger())["holds"]] == ["lapsed", "held"]


async def test_going_back_to_the_seats_gives_a_hold_up(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        await ordered(customer, show)
        assert len(await customer.free_seats(show)) > 100
        assert [hold["status"] for hold in (await shop.ledger())["holds"]] == ["released"]


async def test_seats_that_belong_together_are_held_together(shop: Shop) -> None:
    async with shop.customer() as customer:
        path = "/api/v3/mobile/showtimes/byvenue?venueCode=ALUC&dateCode="
        answer = json.loads((await customer.get(path))[1])
        event = answer["ShowDetails"][0]["Event"][0]["ChildEvents"][0]
        code, session = event["EventCode"], event["ShowTimes"][-1]["SessionId"]
        show = Show("x", "x", code, "x", "ALUC", session, starts=shop.clock())
        replies = [await customer.hold(show, f"F{n}", f"F{n + 1}") for n in range(1, 8)]
        assert {status for n, (status, _) in enumerate(replies) if n % 2} == {409}  # F2 and F3 are of two couples
        assert 200 in {status for n, (status, _) in enumerate(replies) if not n % 2}
        assert (await customer.hold(show, "C2", "C2"))[0] == 409
        assert (await customer.hold(show, *(f"D{n}" for n in range(1, 12))))[0] == 409
