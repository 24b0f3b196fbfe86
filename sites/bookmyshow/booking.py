"""A booking visit: seat page → accessibility dialog → hold → order summary; payment is `paying`'s."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from events.wish import CITY_ZONE, SeatMap, SeatPlan, Show
from sites.bookmyshow import parse
from sites.bookmyshow.dialog import Dialog
from sites.bookmyshow.hall import read_hall
from sites.bookmyshow.labels import SEAT, WAY
from sites.bookmyshow.paying import Till
from sites.bookmyshow.steps import broken_step, met
from sites.browser import masked_picture, masked_text
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

CALL = 90.0  # s for one call; each step in it has a bound of its own, a page that never comes to rest has not
T = TypeVar("T")


class BookingVisit:
    """One visit on one page. Only `pay` is irreversible, and it clicks once."""

    def __init__(self, page: Page, base_url: str, contact: Contact | None) -> None:
        self.page, self._base, self._contact = page, base_url, contact
        self._till = Till(page)
        self._dialog = Dialog(page, 0)
        self.seat_map: SeatMap | None = None
        self._seats = ""  # the address of the seat page that was opened last
        self._holds = ""  # the site's reference of this visit's own hold

    async def open_show(self, show: Show, seats: int) -> SeatMap | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._bounded(self._open_show(show, seats))

    async def hold(self, plan: SeatPlan) -> Held | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._bounded(self._hold(plan))

    async def cover(self, cards: tuple[GiftCard, ...]) -> Covered | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._bounded(self._till.cover(cards))

    async def pay(self) -> Paid | Refused | Unknown:
        """See sites.protocol.Visit."""
        try:
            return await asyncio.wait_for(self._till.pay(), CALL)
        except TimeoutError:
            return Unknown("the page did not come to rest after the click")

    async def request_qr(self) -> QrCode | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._bounded(self._till.request_qr())

    async def qr_outcome(self, within: float) -> Paid | Refused | Unknown | None:
        """See sites.protocol.Visit."""
        try:
            return await asyncio.wait_for(self._till.qr_outcome(within), within + CALL)
        except TimeoutError:
            return Unknown("the page of the payment code did not come to rest")

    async def _bounded(self, work: Awaitable[T]) -> T | Refused:
        from playwright.async_api import Error

        try:
            return await asyncio.wait_for(work, CALL)
        except TimeoutError:
            return Refused("network", "the page did not come to rest")
        except Error as broken:
            return broken_step(self.page, broken)

    async def _open_show(self, show: Show, seats: int) -> SeatMap | Refused | Challenge | Unreadable:
        day = f"{show.starts.astimezone(CITY_ZONE):%Y%m%d}"
        self._seats = f"{self._base}/movies/city/seat-layout/{show.film_code}/{show.cinema_code}/{show.session}/{day}"
        answer = await self.page.goto(self._seats, wait_until="domcontentloaded")
        status = answer.status if answer else 0
        if stopped := await met(self.page, "the seat page", status):
            return stopped
        if status == 404:
            return Refused("lapsed", "the show is not on sale any more")
        self._dialog = Dialog(self.page, seats)
        found = await self._in_dialog(read_hall(self.page, self._dialog))
        self.seat_map = found if isinstance(found, SeatMap) else None
        return found

    async def _in_dialog(self, work: Awaitable[T]) -> T | Unreadable:
        """A step that needs no network: what it waits for in vain is not called what we know."""
        from playwright.async_api import TimeoutError as TooLong

        try:
            return await work
        except TooLong:
            return parse.unreadable("the seat page")

    async def _hold(self, plan: SeatPlan) -> Held | Refused | Challenge | Unreadable:
        chosen = await self._in_dialog(self._dialog.choose(plan))
        if chosen is None:
            chosen = await self._in_dialog(self._proceed())
        if chosen is None:
            chosen = await self._ask()
        if chosen is not None:
            return chosen
        await self._pass_pages()
        return await met(self.page, "the order summary") or await self._summary(plan)

    async def _proceed(self) -> None:
        await self.page.locator(SEAT["proceed"]).click(timeout=5_000)

    async def _ask(self) -> Refused | None:
        """Answer what the site asks on the way to the hold; None when it went on to the next page."""
        page = self.page
        refused, terms = page.locator(SEAT["refused"]), page.locator(SEAT["terms"])
        double = page.locator(SEAT["double"])
        onward = page.locator(", ".join((WAY["summary"], WAY["email"], WAY["skip_food"])))
        for _ in range(4):
            await onward.or_(refused).or_(terms).or_(double.locator("visible=true")).first.wait_for()
            if await double.is_visible():
                await page.locator(SEAT["go_back"]).click()
                return Refused("already_booked", "the account already has a ticket for this show")
            if await terms.is_visible():
                await terms.click()
                continue
            if await refused.is_visible():
                text = masked_text((await refused.inner_text()).strip())
                return Refused("seats_taken" if "taken" in text else "network", text.splitlines()[0])
            return None
        return Refused("network", "the site keeps asking")

    async def _pass_pages(self) -> None:
        """Skip food, give the contact, reach the order summary without a donation."""
        page = self.page
        skip, email, summary = (page.locator(WAY[name]) for name in ("skip_food", "email", "summary"))
        alert = page.locator(WAY["alert"])
        for _ in range(4):
            await skip.or_(email).or_(summary).or_(alert).first.wait_for()
            if await skip.is_visible():
                async with page.expect_navigation():
                    await skip.click()
            elif await email.is_visible() and self._contact is not None:
                await email.fill(self._contact.email)
                await page.locator(WAY["mobile"]).fill(self._contact.phone)
                async with page.expect_navigation():
                    await page.locator(WAY["submit"]).click()
            else:
                break
        donation = page.locator(WAY["donation"])
        if await donation.count() and await donation.is_checked():
            async with page.expect_navigation():
                await donation.uncheck(no_wait_after=True)

    async def _summary(self, plan: SeatPlan) -> Held | Refused | Unreadable:
        if await self.page.locator(WAY["email"]).count():
            # the hold's number is not known yet; who returns to the seats gives it back (facts/bookmyshow.md §4)
            await self.page.goto(self._seats, wait_until="domcontentloaded")
            return Refused("contact_missing", "the site asks for e-mail and phone: set them first")
        order: Any = await self.page.evaluate("() => (window.__INITIAL_STATE__ || {}).orderSummary")
        if not order:
            return Refused("hold_expired", "the site holds no seats for us")
        try:
            self._holds = str(order["bookingId"])
            if set(order["seats"]) != set(plan.seats):
                await self.release()
                return Refused("seats_taken", "the site holds other seats than were chosen")
            ends = datetime.fromisoformat(order["holdEndsAt"])
            return Held(plan, parse.paise(order["total"]), "INR", ends, self._holds)
        except parse.OTHER_SHAPE:
            return parse.unreadable("the order summary")

    async def release(self, reference: str = "") -> None:
        """See sites.protocol.Visit."""
        reference = reference or self._holds
        if not reference:
            return
        address = f"{self._base}/api/transaction/cancel"
        with contextlib.suppress(Exception):
            await self.page.request.post(address, form={"bookingId": reference}, timeout=5_000, max_redirects=0)

    async def picture(self) -> bytes | None:
        """See sites.protocol.Visit."""
        return await masked_picture(self.page)
