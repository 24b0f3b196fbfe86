"""Every page of the real site's shape answers (facts/bookmyshow.md §1, §3, §8), and every switch does what it says."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from events.wish import Show
from sandbox.cinema.faults import NAMES
from tests.shops import CARD, Customer, Shop

# the data of a signed-in visitor that stands in every page, as facts/bookmyshow.md §2.8 tells of the real site
PLANTED = ("PLANTED-NAME-Q7", "planted-q7@example.invalid", "9000000717", "PLANTED-TOKEN-Q7", "203.0.113.7")


def paths(show: Show) -> list[str]:
    day = f"{show.local_start:%Y%m%d}"
    return [
        "/",
        "/explore/home/hyderabad",
        "/explore/movies-hyderabad",
        "/hyderabad/movies",
        "/explore/upcoming-movies-hyderabad",
        "/search?q=monsoon&r=HYD",
        f"/movies/dune-part-three/{show.film_code}",
        f"/movies/hyderabad/dune-part-three/{show.film_code}",
        f"/movies/hyderabad/dune-part-three/buytickets/{show.film_code}/{day}",
        f"/cinemas/hyderabad/amb-cinemas-gachibowli/buytickets/AMBG/{day}",
        f"/cinemas/HYD/wrong/buytickets/ambg/{day}",
        "/hyderabad/cinemas",
        f"/movies/HYD/seat-layout/{show.film_code}/AMBG/{show.session}/{day}",
        f"/movies/hyderabad/wrong/buytickets/{show.film_code}/{day}",
        f"/buytickets/dune-hyderabad/movie-hyd-{show.film_code}-MT/{day}",
        f"/buytickets/amb-hyderabad/cinema-hyd-AMBG-MT/{day}",
        f"/booktickets/AMBG/{show.session}",
        "/my-profile/purchase-history",
    ]


async def test_every_page_answers(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        for path in paths(show):
            status, text = await customer.get(path)
            assert status == 200, path
            assert "<h1>" in text, path


async def test_a_wrong_slug_leads_to_the_right_one(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        for path in (f"/movies/hyderabad/wrong/{show.film_code}", f"/booktickets/AMBG/{show.session}"):
            assert (await customer.get(path, allow_redirects=False))[0] == 301


async def test_what_is_not_there_is_404_in_words(shop: Shop) -> None:
    async with shop.customer() as customer:
        for path in (
            "/atlantis/cinemas",
            "/explore/movies-atlantis",
            "/movies/hyderabad/x/ET00000000",
            "/cinemas/hyderabad/x/buytickets/NONE/20261124",
            "/api/v2/mobile/showtimes/byvenue?venueCode=NONE",
            "/booktickets/AMBG/1",
            "/booking-confirmation/DC1",
        ):
            status, text = await customer.get(path)
            assert status == 404, path
            assert "not found" in text.lower() or "alert" in text, path


async def test_the_visitors_own_data_stands_in_every_state(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        for path in (
            "/explore/movies-hyderabad",
            "/hyderabad/cinemas",
            f"/movies/hyderabad/dune-part-three/{show.film_code}",
            f"/movies/hyderabad/dune-part-three/buytickets/{show.film_code}/20261124",
            f"/booktickets/AMBG/{show.session}",
            "/my-profile/purchase-history",
        ):
            text = json.dumps(await customer.state(path))
            assert [word for word in PLANTED if word not in text] == [], path


async def test_search_answers_with_codes_and_groups(shop: Shop) -> None:
    async with shop.customer() as customer:
        hits = json.loads((await customer.get("/quickbook-search.bms?q=monsoon&cat=MT&r=HYD"))[1])["hits"]
        assert [(hit["TITLE"], hit["ID"], hit["CODE"]) for hit in hits][:2] == [
            ("Monsoon", "ET00411001", "EG00411001"),
            ("Monsoon 2", "ET00411003", "EG00411003"),
        ]
        assert {hit["ST"] for hit in hits} == {"NS"}
        assert json.loads((await customer.get("/quickbook-search.bms?q=zzz"))[1]) == {"hits": []}


async def by_venue(customer: Customer, venue: str, day: str = "") -> dict[str, Any]:
    text = (await customer.get(f"/api/v2/mobile/showtimes/byvenue?venueCode={venue}&dateCode={day}"))[1]
    answer: dict[str, Any] = json.loads(text)
    return answer


async def test_a_cinemas_own_shows_have_the_richer_shape(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        answer = await by_venue(customer, "PRHN", f"{show.local_start:%Y%m%d}")
        detail = answer["ShowDetails"][0]
        dune = next(event for event in detail["Event"] if event["EventTitle"] == show.film)
        assert {child["EventGroup"] for child in dune["ChildEvents"]} == {dune["EventGroup"]}
        assert len({child["EventCode"] for child in dune["ChildEvents"]}) == 4
        classes = {c["PriceDesc"]: c for c in dune["ChildEvents"][0]["ShowTimes"][0]["Categories"]}
        assert (classes["SPECIAL"]["intCategoryMaxTickets"], classes["SPECIAL"]["SeatsAvail"]) == ("0", "0")
        assert classes["SPECIAL"]["CurPrice"] == "60.12"  # the cheapest price is one that nobody can pay
        assert [d["isDisabled"] for d in answer["ShowDatesArray"]] == [False] * 7


async def test_a_day_that_is_not_sold_is_answered_with_another(shop: Shop) -> None:
    async with shop.customer() as customer:
        answer = await by_venue(customer, "AMBG", "20300101")
        served = answer["ShowDetails"][0]["Date"]
        assert served != "20300101"
        state = await customer.state("/cinemas/hyderabad/amb-cinemas-gachibowli/buytickets/AMBG/20300101")
        query = state["venueShowtimesFunctionalApi"]["queries"]["getShowtimesByVenue-AMBG-20300101"]["data"]
        assert query["showDetailsTransformed"]["Date"] == served


async def test_a_cinema_that_is_down_says_so_everywhere(shop: Shop) -> None:
    async with shop.customer() as customer:
        answer = await by_venue(customer, "DWNM")
        assert answer["AllShowDatesDisabled"] is True
        assert answer["ShowDetails"][0]["Venues"]["isVenueDown"] is True
        rows = (await customer.state("/mumbai/cinemas"))["fetchVenuesListingApi"]["queries"]["venues-MUMBAI"]["data"]
        assert {row["VenueCode"]: (row["isDown"], row["arrDates"]) for row in rows["venues"]}["DWNM"] == (True, [])


async def test_a_show_past_its_cut_off_turns_grey_and_is_not_sold(shop: Shop) -> None:
    async with shop.customer() as customer:
        answer = await by_venue(customer, "ALUC")  # its sales end 20 minutes before the start
        day = answer["ShowDetails"][0]["Date"]
        starts = [
            (time["ShowDateTime"], child["EventCode"], time["SessionId"])
            for event in answer["ShowDetails"][0]["Event"]
            for child in event["ChildEvents"]
            for time in child["ShowTimes"]
        ]
        at, code, session = min(starts)
        ahead = _minutes_until(shop, at)
        shop.clock.move(minutes=ahead - 10)
        text = (await customer.get(f"/cinemas/hyderabad/allu-cinemas-kokapet/buytickets/ALUC/{day}"))[1]
        assert f"/ALUC/{session}/" not in text
        assert 'aria-disabled="true">Book ' in text
        assert (await customer.get(f"/movies/hyderabad/seat-layout/{code}/ALUC/{session}/{day}"))[0] == 404


def _minutes_until(shop: Shop, at: str) -> float:
    from sites.bookmyshow.parse import moment

    return (moment(at) - shop.clock()).total_seconds() / 60


async def test_class_names_change_at_every_start_and_match_the_style_sheet(shop: Shop) -> None:
    async with shop.customer() as customer:
        used = set(re.findall(r'class="([^"]+)"', (await customer.get("/explore/movies-hyderabad"))[1]))
        style = (await customer.get("/static/style.css"))[1]
        names = {name for group in used for name in group.split()}
        assert all(re.fullmatch(r"sc-[0-9a-f]{8}", name) for name in names)
        assert sum(f".{name}" in style for name in names) > 8


async def test_a_sign_in_sheet_stands_before_the_payment_until_a_person_passes_it(shop: Shop, show: Show) -> None:
    await shop.fault("otp", "hold")
    async with shop.customer() as customer:
        free = await customer.free_seats(show)
        await customer.hold(show, *free[:2])
        path = f"/payment/{(await customer.order(show))['transactionId']}"
        assert "Enter OTP" in (await customer.get(path))[1]
        assert "not the code" in (await customer.post("/login/otp", otp="000000", back=path))[1]
        assert "Payment options" in (await customer.post("/login/otp", otp="123456", back=path))[1]
        assert "Payment options" not in (await customer.post("/login/otp", otp="123456", back="//evil.example"))[1]


async def test_the_control_endpoint_wants_its_token_and_names_what_it_knows(shop: Shop) -> None:
    async with shop.customer() as customer:
        assert (await customer.get("/_control/ledger"))[0] == 401
    assert "allowed" in (await shop.control("faults", name="nonsense"))["error"]
    assert "allowed" in (await shop.control("faults", name="status_403", where="nowhere"))["error"]
    assert "allowed" in (await shop.control("sale", film="Nonsense"))["error"]


SEEN_BY_LOOKING = {
    "status_403": (403, "blocked"),
    "status_429": (429, "Rate limit"),
    "status_500": (500, "Error"),
    "block_200": (200, "cf-error-details"),
    "challenge": (503, "cf-turnstile"),
    "waiting_room": (200, "waiting-room"),
    "delay_ms": (200, "Cinemas in"),
}


@pytest.mark.parametrize("name", sorted(SEEN_BY_LOOKING))
async def test_a_switch_turns_one_page_and_then_no_more(shop: Shop, name: str) -> None:
    await shop.fault(name, "look", value=50)
    status, words = SEEN_BY_LOOKING[name]
    async with shop.customer() as customer:
        answer = await customer.get("/hyderabad/cinemas")
        assert answer[0] == status
        assert words in answer[1]
        assert (await customer.get("/hyderabad/cinemas"))[0] == 200


@pytest.mark.parametrize(
    ("name", "gone"),
    [("changed_markup", "queries"), ("changed_altogether", "queries"), ("state_by_script", "window.__INITIAL_STATE__")],
)
async def test_a_switch_moves_the_state_of_shows(shop: Shop, show: Show, name: str, gone: str) -> None:
    path = f"/movies/hyderabad/dune-part-three/buytickets/{show.film_code}/{show.local_start:%Y%m%d}"
    await shop.fault(name, "look")
    async with shop.customer() as customer:
        assert "showtimesFunctionalApi" not in await customer.state(path)
        assert "showtimesFunctionalApi" in await customer.state(path)


@pytest.mark.parametrize("name", ["encrypt_layout", "no_layout", "renamed_label"])
async def test_a_switch_changes_the_seat_page(shop: Shop, show: Show, name: str) -> None:
    path = f"/booktickets/AMBG/{show.session}"
    await shop.fault(name, "seat", count=2)  # the redirect takes a turn as well, where it is one
    async with shop.customer() as customer:
        text = (await customer.get(path))[1]
        data = (await customer.state(path))["seatlayoutMovies"]["seatLayoutData"]
        if name == "renamed_label":
            assert "Proceed to pay for selected seats" not in text
        else:
            assert "||" not in data.get("strData", "")


async def test_seats_are_sold_under_a_buyers_nose(shop: Shop, show: Show) -> None:
    await shop.fault("seats_taken_at_hold", "hold")
    async with shop.customer() as customer:
        free = await customer.free_seats(show)
        status, said = await customer.hold(show, *free[:2])
        assert (status, "just taken" in said["error"]) == (409, True)
        assert not set(free[:2]) & set(await customer.free_seats(show))


async def test_the_price_rises_after_the_hold(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        free = await customer.free_seats(show)
        await customer.hold(show, *free[:2])
        before = await customer.order(show)
        await shop.fault("price_raised_at_summary", "summary", value=10_000)
        after = await customer.order(show)
        assert float(after["tickets"]) - float(before["tickets"]) == 100


@pytest.mark.parametrize(
    ("name", "charges"),
    [("drop_after_charge", 1), ("hang_after_charge", 1), ("hang_before_charge", 0), ("quiet_close", 0)],
)
async def test_a_payment_that_gets_no_answer_has_charged_or_not_as_it_says(
    shop: Shop, show: Show, name: str, charges: int
) -> None:
    async with shop.customer() as customer:
        free = await customer.free_seats(show)
        await customer.hold(show, *free[:2])
        transaction = (await customer.order(show))["transactionId"]
        await customer.post(f"/payment/{transaction}/apply", code=CARD[0], pin=CARD[1])
        await shop.fault(name, "pay", count=None)
        with pytest.raises((aiohttp.ClientError, TimeoutError)):
            async with asyncio.timeout(2):
                await customer.post(f"/payment/{transaction}/pay")
        assert len((await shop.ledger())["charges"]) == charges


async def test_a_refused_payment_charges_nothing(shop: Shop, show: Show) -> None:
    async with shop.customer() as customer:
        free = await customer.free_seats(show)
        await customer.hold(show, *free[:2])
        transaction = (await customer.order(show))["transactionId"]
        await customer.post(f"/payment/{transaction}/apply", code=CARD[0], pin=CARD[1])
        await shop.fault("refuse_payment", "pay")
        assert "You have not been charged" in (await customer.post(f"/payment/{transaction}/pay"))[1]
        assert (await shop.ledger())["charges"] == []


async def test_the_order_history_moves(shop: Shop) -> None:
    await shop.fault("history_unreadable", "history")
    async with shop.customer() as customer:
        assert "purchaseHistory" not in await customer.state("/my-profile/purchase-history")
        assert "purchaseHistory" in await customer.state("/my-profile/purchase-history")


def test_every_switch_has_its_test() -> None:
    tests = Path(__file__).parent.parent
    text = "".join(path.read_text() for path in tests.glob("*/test_*.py"))
    assert [name for name in NAMES if f'"{name}"' not in text] == []
