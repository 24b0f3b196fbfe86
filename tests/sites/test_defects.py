"""The defects of the product that usher replaces (facts/bookmyshow.md §7), each by its number: none may recur.

Those about matching and seats alone stand in test_rules; those about jobs in tests/flows.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from events.wish import CITY_ZONE, SeatPlan
from sites.catalogue import open_site
from sites.protocol import Available, Covered, GiftCard, Held, LookFor, Paid, Refused, Site, Unknown, Visit
from tests.shops import CARD, CITY, FILM, Shop, a_show, open_shop

Holds = Callable[..., Awaitable[tuple[Visit, Held]]]
CARD1 = GiftCard("c1", *CARD)
CARD2 = GiftCard("c2", "8000000000000002", "123456")


async def test_defect_1_a_booking_id_and_the_payment_page_are_no_ticket(shop: Shop, site: Site, held: Holds) -> None:
    visit, order = await held()
    assert order.reference
    assert isinstance(await visit.cover((CARD1,)), Covered)
    assert await site.orders(await shop.session()) == ()
    assert (await shop.ledger())["charges"] == []


async def test_defect_2_a_rejected_card_refuses_the_order(shop: Shop, held: Holds) -> None:
    visit, _ = await held()
    answer = await visit.cover((GiftCard("c9", "8000000000000009", "000000"),))
    assert isinstance(answer, Refused)
    assert (answer.reason, "not valid" in answer.detail) == ("not_covered", True)
    assert "8000000000000009" not in answer.detail


async def test_defect_3_the_word_applied_in_a_refusal_applies_nothing(shop: Shop, held: Holds) -> None:
    await shop.control("cards", number=CARD[0], pin=CARD[1], balance_minor=10_000)
    visit, _ = await held()
    answer = await visit.cover((CARD1, CARD1))  # "This gift voucher is already applied."
    assert isinstance(answer, Refused)
    assert "already applied" in answer.detail


async def test_defect_6_and_7_all_wished_dates_are_read_and_only_they(site: Site) -> None:
    today = datetime.now(UTC).astimezone(CITY_ZONE).date()
    wished = {today + timedelta(days=1), today + timedelta(days=4)}
    result = await site.look(LookFor(FILM, CITY, tuple(sorted(wished))))
    assert isinstance(result, Available)
    assert {show.local_start.date() for show in result.listing.shows} == wished


async def test_defect_8_what_is_booked_is_what_was_announced(shop: Shop, site: Site, held: Holds) -> None:
    show = await a_show(site, screen="4K DOLBY ATMOS")
    visit, order = await held(show)
    await visit.cover((CARD1,))
    assert isinstance(await visit.pay(), Paid)
    booking = (await shop.ledger())["bookings"][0]
    assert (booking["venue"], booking["session"], booking["event_code"]) == (
        show.cinema_code,
        show.session,
        show.film_code,
    )
    assert booking["seats"] == list(order.plan.seats)


async def test_defect_10_every_show_has_its_language_and_format(site: Site) -> None:
    result = await site.look(LookFor(FILM, CITY))
    assert isinstance(result, Available)
    offers = {(show.language, show.format) for show in result.listing.shows}
    assert offers == {("English", "2D"), ("English", "IMAX 2D"), ("Hindi", "2D"), ("Telugu", "2D")}


async def test_defect_12_looks_and_a_booking_at_once_disturb_nobody(shop: Shop, site: Site, held: Holds) -> None:
    await shop.fault("state_by_script", "look", count=None)  # so that the looks need the browser too

    async def book() -> Paid | Refused | Unknown:
        visit, _ = await held(show)
        await visit.cover((CARD1,))
        return await visit.pay()

    show = await a_show(site)
    day = (show.local_start.date(),)
    paid, *looks = await asyncio.gather(
        book(), site.look(LookFor(FILM, CITY, day)), site.look(LookFor("Monsoon", CITY, day))
    )
    assert isinstance(paid, Paid), paid
    assert all(isinstance(look, Available) for look in looks), looks


async def test_defect_14_seats_have_names_and_prices(held: Holds, shop: Shop) -> None:
    _, order = await held()
    assert order.plan.price == 2 * 29_500
    assert (await shop.ledger())["holds"][0]["seats"] == list(order.plan.seats)


async def test_defect_16_no_donation_and_no_snack_is_taken_along(shop: Shop, site: Site, held: Holds) -> None:
    _, order = await held(await a_show(site, cinema="Allu"))
    hold = (await shop.ledger())["holds"][0]
    assert hold["donation"] == 0
    fees = hold["tickets"] // 10
    assert order.amount == hold["tickets"] + fees + (fees * 18 + 50) // 100


async def test_defect_21_no_answer_after_the_click_is_unknown_and_not_clicked_again(shop: Shop, held: Holds) -> None:
    visit, _ = await held()
    await visit.cover((CARD1,))
    await shop.fault("drop_after_charge", "pay", count=None)
    assert isinstance(await visit.pay(), Unknown)
    asked = (await shop.ledger())["requests"]["pay"]
    assert isinstance(await visit.pay(), Unknown)
    assert (await shop.ledger())["requests"]["pay"] == asked
    assert len((await shop.ledger())["charges"]) == 1


async def test_defect_22_small_cards_pay_together(shop: Shop, held: Holds) -> None:
    await shop.control("cards", number=CARD[0], pin=CARD[1], balance_minor=40_000)
    visit, order = await held()
    covered = await visit.cover((CARD1, CARD2))
    assert isinstance(covered, Covered)
    assert [card.amount for card in covered.cards] == [40_000, order.amount - 40_000]


async def test_defect_27_generated_class_names_are_of_no_account(tmp_path: Path) -> None:
    seen = []
    for start in ("one", "two"):
        async with open_shop(tmp_path / start) as shop:
            await shop.open_sale()
            async with shop.customer() as customer:
                text = (await customer.get("/explore/movies-hyderabad"))[1]
            site = open_site("bookmyshow", shop.url)
            try:
                seen.append((text.split('class="')[1][:11], await site.films(CITY)))
            finally:
                await site.close()
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] == seen[1][1]


async def test_defect_29_the_browser_says_what_it_is(held: Holds) -> None:
    visit, _ = await held()
    assert await visit.page.evaluate("navigator.webdriver") is True  # type: ignore[attr-defined]


async def test_defect_30_a_title_is_no_pattern_and_no_beginning(site: Site) -> None:
    part = await site.look(LookFor("Monsoon", CITY))
    assert isinstance(part, Available)
    assert {show.film_code for show in part.listing.shows} == {"ET00411001", "ET00411002"}
    own = await site.look(LookFor("Monsoon (Tamil)", CITY))
    assert isinstance(own, Available)
    assert {show.film_code for show in own.listing.shows} == {"ET00411007"}
    for odd in ("F1 (3D)", ".*", "[", "Dune"):
        result = await site.look(LookFor(odd, CITY))
        assert not isinstance(result, Available), odd


async def test_defect_32_cities_are_the_sites_own(site: Site) -> None:
    assert await site.cities() == ("Hyderabad", "Bengaluru", "Mumbai")


async def test_a_second_ticket_for_the_same_show_is_asked_about_and_not_taken(
    shop: Shop, site: Site, held: Holds
) -> None:
    show = await a_show(site)
    visit, _ = await held(show)
    await visit.cover((CARD1,))
    assert isinstance(await visit.pay(), Paid)
    await visit.open_show(show, 1)
    answer = await visit.hold(SeatPlan(("A2",), 1.0, 17_700, "SILVER"))
    assert isinstance(answer, Refused)
    assert answer.reason in {"already_booked", "seats_taken"}
    assert len((await shop.ledger())["bookings"]) == 1


async def test_a_one_time_code_is_handed_to_the_person(shop: Shop, held: Holds) -> None:
    from sites.protocol import Challenge

    await shop.fault("otp", "hold")
    visit, _ = await held()
    met = await visit.cover((CARD1,))
    assert isinstance(met, Challenge)
    assert met.kind == "otp"
    async with shop.customer() as person:
        await person.post("/login/otp", otp="123456", back="/")
    await visit.page.go_back()  # type: ignore[attr-defined]
    assert isinstance(await visit.cover((CARD1,)), Covered)
