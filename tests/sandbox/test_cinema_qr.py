"""Paying by a code: once, in time, and what comes otherwise goes back."""

from events.wish import Show
from tests.shops import CARD, Customer, Shop


async def held(customer: Customer, show: Show) -> tuple[dict[str, str], str]:
    """An order of two seats and the code that is shown for it."""
    free = await customer.free_seats(show)
    assert (await customer.hold(show, *free[:2]))[0] == 200
    order = await customer.order(show)
    return order, await customer.code(order["transactionId"])


async def test_a_paid_code_becomes_a_booking_with_its_charge(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        order, code = await held(customer, show)
        assert (await shop.control("pay_qr", reference=code))["status"] == "captured"
        books = await shop.ledger()
        assert [b["booking_id"] for b in books["bookings"]] == [order["bookingId"]]
        assert [(c["method"], c["amount_minor"]) for c in books["charges"]] == [
            ("upi", round(float(order["total"]) * 100))
        ]
        status = (await customer.get(f"/api/payment/{order['transactionId']}/qr/{code}/status"))[1]
        assert f"/booking-confirmation/{order['bookingId']}" in status


async def test_the_transaction_or_the_booking_id_names_a_code_as_well(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        order, _ = await held(customer, show)
        assert (await shop.control("pay_qr", transaction=order["transactionId"]))["status"] == "captured"
        assert (await shop.control("pay_qr", booking=order["bookingId"]))["status"] == "refunded"
        assert "error" in await shop.control("pay_qr", reference="U0")


async def test_a_second_payment_is_refunded_and_charges_nothing(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        _, code = await held(customer, show)
        await shop.control("pay_qr", reference=code)
        again = await shop.control("pay_qr", reference=code)
        assert (again["status"], again["why"]) == ("refunded", "this order was paid already")
        books = await shop.ledger()
        assert len(books["charges"]) == len(books["bookings"]) == 1


async def test_a_payment_after_the_deadline_is_refunded_and_books_nothing(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        order, code = await held(customer, show)
        shop.clock.move(minutes=5, seconds=1)
        status = (await customer.get(f"/api/payment/{order['transactionId']}/qr/{code}/status"))[1]
        assert "expired" in status
        assert "not been charged" in status
        assert (await shop.control("pay_qr", reference=code))["why"] == "the payment came too late"
        books = await shop.ledger()
        assert books["charges"] == books["bookings"] == []


async def test_a_payment_after_the_hold_ended_is_refunded(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        _, code = await held(customer, show)
        await customer.post("/api/transaction/cancel")
        assert (await shop.control("pay_qr", reference=code))["status"] == "refunded"
        assert (await shop.ledger())["bookings"] == []


async def test_a_cancelled_code_takes_no_money_but_a_new_one_does(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        order, code = await held(customer, show)
        await customer.post(f"/payment/{order['transactionId']}/qr/{code}/cancel")
        assert (await shop.control("pay_qr", reference=code))["why"] == "the code was cancelled"
        other = await customer.code(order["transactionId"])
        assert other != code
        assert (await shop.control("pay_qr", reference=other))["status"] == "captured"


async def test_the_same_order_shows_the_same_code(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        order, code = await held(customer, show)
        assert await customer.code(order["transactionId"]) == code


async def test_money_on_its_way_keeps_the_seats_until_the_bank_has_spoken(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        order, code = await held(customer, show)
        await shop.fault("slow_bank", "qr", value=600_000)
        assert (await shop.control("pay_qr", reference=code))["status"] == "pending"
        await customer.post("/api/transaction/cancel")
        await customer.post(f"/payment/{order['transactionId']}/qr/{code}/cancel")
        shop.clock.move(minutes=9)  # the hold's own end passes
        assert (await shop.ledger())["holds"][-1]["status"] == "held"
        shop.clock.move(minutes=2)
        books = await shop.ledger()
        assert [b["booking_id"] for b in books["bookings"]] == [order["bookingId"]]
        assert [p["status"] for p in books["upi"]] == ["captured"]


async def test_a_code_asks_for_what_the_vouchers_leave(shop: Shop, show: Show) -> None:
    await shop.control("cards", number=CARD[0], pin=CARD[1], balance_minor=10_000)
    async with shop.customer() as customer:
        free = await customer.free_seats(show)
        await customer.hold(show, *free[:2])
        order = await customer.order(show)
        await customer.post(f"/payment/{order['transactionId']}/apply", code=CARD[0], pin=CARD[1])
        code = await customer.code(order["transactionId"])
        paid = await shop.control("pay_qr", reference=code)
        total = round(float(order["total"]) * 100)
        assert (paid["status"], paid["amount_minor"]) == ("captured", total - 10_000)
        books = await shop.ledger()
        assert books["balances"]["0001"] == 0
        assert books["charges"][0]["amount_minor"] == total


async def test_a_card_that_was_emptied_meanwhile_sends_the_payment_back(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        free = await customer.free_seats(show)
        await customer.hold(show, *free[:2])
        order = await customer.order(show)
        for number, balance in (("8000000000000005", 5_000), (CARD[0], 10_000)):
            await shop.control("cards", number=number, pin=CARD[1], balance_minor=balance)
            await customer.post(f"/payment/{order['transactionId']}/apply", code=number, pin=CARD[1])
        code = await customer.code(order["transactionId"])
        await shop.control("cards", number=CARD[0], pin=CARD[1], balance_minor=0)
        assert (await shop.control("pay_qr", reference=code))["status"] == "refunded"
        books = await shop.ledger()
        assert books["balances"]["0005"] == 5_000  # the first card's part went back with the rest
        assert books["charges"] == []


async def test_the_phone_pays_with_its_button(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer, shop.customer("somebody-else") as phone:
        _, code = await held(customer, show)
        assert "Pay now" in (await phone.get(f"/upi/{code}"))[1]
        await phone.post(f"/upi/{code}")
        assert len((await shop.ledger())["charges"]) == 1
        assert "Refunded" in (await phone.post(f"/upi/{code}"))[1]
