"""A booking visit: seat page → accessibility dialog → hold → order summary → gift vouchers → the one click."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from events.wish import CITY_ZONE, SeatMap, SeatPlan, Show
from sites.bookmyshow import parse
from sites.bookmyshow.labels import SEAT, WAY
from sites.bookmyshow.paying import Till
from sites.bookmyshow.seatmap import read_map
from sites.bookmyshow.steps import broken_step, met
from sites.browser import masked_picture
from sites.protocol import (
    Challenge,
    Contact,
    Covered,
    GiftCard,
    Held,
    Paid,
    QrCode,
    Refused,
    Unknown,
    Unreadable,
)

if TYPE_CHECKING:
    from playwright.async_api import Page


class BookingVisit:
    """One visit on one page. Only `pay` is irreversible, and it clicks once."""

    def __init__(self, page: Page, base_url: str, contact: Contact | None) -> None:
        self.page, self._base, self._contact = page, base_url, contact
        self._till = Till(page)
        self._seats = 0
        self.seat_map: SeatMap | None = None

    async def open_show(self, show: Show, seats: int) -> SeatMap | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        from playwright.async_api import Error

        self._seats = seats
        day = f"{show.starts.astimezone(CITY_ZONE):%Y%m%d}"
        address = f"/movies/city/seat-layout/{show.film_code}/{show.cinema_code}/{show.session}/{day}"
        try:
            answer = await self.page.goto(self._base + address, wait_until="domcontentloaded")
            if stopped := await met(self.page, "the seat page", answer.status if answer else 0):
                return stopped
        except Error as broken:
            return broken_step(self.page, broken)
        status = answer.status if answer else 0
        if status == 404:
            return Refused("lapsed", "the show is not on sale any more")
        return await self._read_map()

    async def _read_map(self) -> SeatMap | Unreadable:
        """The map of the page's state, by its one named branch."""
        data: Any = await self.page.evaluate(
            "() => { const s = ((window.__INITIAL_STATE__ || {}).seatlayoutMovies || {}).seatLayoutData;"
            " return s ? {text: s.strData, categories: s.categories} : null; }"
        )
        try:
            prices = {c["AreaCatCode"]: (c["PriceDesc"], parse.paise(c["CurPrice"])) for c in data["categories"]}
            self.seat_map = read_map(data["text"], prices)
            return self.seat_map
        except (KeyError, TypeError, ValueError):
            return parse.unreadable("the seat map")

    async def hold(self, plan: SeatPlan) -> Held | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        from playwright.async_api import Error

        try:
            chosen = await self._select(plan)
            if chosen is not None:
                return chosen
            refused = await self._book()
            if refused is not None:
                return refused
            await self._pass_pages()
            return await self._summary(plan)
        except Error as broken:
            return broken_step(self.page, broken)

    async def _select(self, plan: SeatPlan) -> Refused | Unreadable | None:
        """Press exactly the plan's seats in the accessibility dialog; None when they and no others are selected."""
        page, labels = self.page, SEAT
        if await page.locator(labels["adult_sheet"]).is_visible():
            await page.locator(labels["adult_continue"]).click()
        await page.locator(labels["quantity"].format(n=self._seats)).click()
        await page.locator(labels["select_seats"]).click()
        await page.locator(labels["open_dialog"]).click()
        await page.locator(labels["dialog_quantity"]).select_option(str(self._seats))
        category = page.locator(labels["dialog_category"])
        options = await category.locator("option").evaluate_all("all => all.map(o => [o.value, o.textContent])")
        value = next((v for v, text in options if text.rsplit(" - ", 1)[0] == plan.category), None)
        if value is None:
            return Refused("seats_taken", f"no class {plan.category} any more")
        await category.select_option(value)
        for row in dict.fromkeys(_row_of(label) for label in plan.seats):
            offered = (
                await page.locator(labels["dialog_row"]).locator("option").evaluate_all("a => a.map(o => o.value)")
            )
            if row not in offered:
                return Refused("seats_taken", f"row {row} has no free seat any more")
            await page.locator(labels["dialog_row"]).select_option(row)
            for label in (x for x in plan.seats if _row_of(x) == row):
                if not await self._press(label, row):
                    return Refused("seats_taken", f"{label} cannot be chosen any more")
        return None

    async def _press(self, label: str, row: str) -> bool:
        """Select one seat and read that it is selected."""
        where = f"seat {label.removeprefix(row)} in row {row}"
        button = self.page.locator(f'{SEAT["grid"]} button[aria-disabled="false"]').filter(has_not_text="Unavailable")
        wanted = button.and_(self.page.locator(f'[aria-label*="{where}" i]'))
        if await wanted.count() != 1:
            return False
        if await wanted.get_attribute("aria-pressed") != "true":
            await wanted.click()
        pressed = self.page.locator(f'{SEAT["grid"]} button[aria-pressed="true"][aria-label*="{where}" i]')
        return await pressed.count() == 1

    async def _book(self) -> Refused | None:
        """Ask for the hold; None when the site went on to the next page."""
        page, labels = self.page, SEAT
        await page.locator(labels["proceed"]).click()
        refused, terms = page.locator(labels["refused"]), page.locator(labels["terms"])
        double = page.locator(labels["double"])
        onward = page.locator(", ".join((WAY["summary"], WAY["email"], WAY["skip_food"])))
        for _ in range(4):
            await onward.or_(refused).or_(terms).or_(double.locator("visible=true")).first.wait_for()
            if await double.is_visible():
                await page.locator(labels["go_back"]).click()
                return Refused("already_booked", "the account already has a ticket for this show")
            if await terms.is_visible():
                await terms.click()
                continue
            if await refused.is_visible():
                text = (await refused.inner_text()).strip()
                return Refused("seats_taken" if "taken" in text else "network", text.splitlines()[0])
            return None
        return Refused("network", "the site keeps asking")

    async def _pass_pages(self) -> None:
        """Skip food, give the contact, reach the order summary without a donation."""
        page, labels = self.page, WAY
        skip, email, summary = (page.locator(labels[name]) for name in ("skip_food", "email", "summary"))
        alert = page.locator(labels["alert"])
        for _ in range(4):
            await skip.or_(email).or_(summary).or_(alert).first.wait_for()
            if await skip.is_visible():
                async with page.expect_navigation():
                    await skip.click()
            elif await email.is_visible() and self._contact is not None:
                await email.fill(self._contact.email)
                await page.locator(labels["mobile"]).fill(self._contact.phone)
                async with page.expect_navigation():
                    await page.locator(labels["submit"]).click()
            else:
                break
        donation = page.locator(labels["donation"])
        if await donation.count() and await donation.is_checked():
            async with page.expect_navigation():
                await donation.uncheck(no_wait_after=True)

    async def _summary(self, plan: SeatPlan) -> Held | Refused | Unreadable:
        if await self.page.locator(WAY["email"]).count():
            return Refused("contact_missing", "the site asks for e-mail and phone: set them first")
        order: Any = await self.page.evaluate("() => (window.__INITIAL_STATE__ || {}).orderSummary")
        if not order:
            return Refused("hold_expired", "the site holds no seats for us")
        try:
            if set(order["seats"]) != set(plan.seats):
                await self.release()
                return Refused("seats_taken", "the site holds other seats than were chosen")
            ends = datetime.fromisoformat(order["holdEndsAt"])
            return Held(plan, parse.paise(order["total"]), "INR", ends, order["bookingId"])
        except (KeyError, TypeError, ValueError):
            return parse.unreadable("the order summary")

    async def cover(self, cards: tuple[GiftCard, ...]) -> Covered | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._till.cover(cards)

    async def pay(self) -> Paid | Refused | Unknown:
        """See sites.protocol.Visit."""
        return await self._till.pay()

    async def request_qr(self) -> QrCode | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._till.request_qr()

    async def qr_outcome(self, within: float) -> Paid | Refused | Unknown | None:
        """See sites.protocol.Visit."""
        return await self._till.qr_outcome(within)

    async def release(self) -> None:
        """See sites.protocol.Visit."""
        with contextlib.suppress(Exception):
            await self.page.request.post(f"{self._base}/api/transaction/cancel", timeout=5_000, max_redirects=0)

    async def picture(self) -> bytes | None:
        """See sites.protocol.Visit."""
        return await masked_picture(self.page)


def _row_of(label: str) -> str:
    return label.rstrip("0123456789")
