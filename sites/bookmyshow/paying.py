"""Payment on the page: gift vouchers and the one click, or a UPI code that a person pays."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sites.bookmyshow import parse
from sites.bookmyshow.labels import PAY, WAY
from sites.bookmyshow.steps import broken_step, met
from sites.browser import masked_picture, masked_text
from sites.protocol import AppliedCard, Challenge, Covered, GiftCard, Paid, QrCode, Refused, Unknown, Unreadable

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

PAY_WITHIN = 30_000  # ms from the click to a readable answer
CODE_LASTS = timedelta(minutes=5)  # where a page does not say how long its code is valid
NOT_CHARGED = re.compile("not been charged|nothing was charged", re.I)


@asynccontextmanager
async def _lost(page: Page) -> AsyncIterator[asyncio.Future[None]]:
    """Done once the page's own next address gets no answer. Not read from the page: each Chromium shows another one."""
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def failed(request: Request) -> None:
        replaced = "ERR_ABORTED" in (request.failure or "")  # another address took its place
        if request.is_navigation_request() and request.frame == page.main_frame and not (replaced or lost.done()):
            lost.set_result(None)

    page.on("requestfailed", failed)
    try:
        yield lost
    finally:
        page.remove_listener("requestfailed", failed)
        lost.cancel()


class Till:
    """The payment pages of one visit. Only `pay` clicks what cannot be undone, and it clicks once."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._clicked = False

    async def cover(self, cards: tuple[GiftCard, ...]) -> Covered | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        from playwright.async_api import Error

        notes, applied = list[str](), list[AppliedCard]()
        try:
            if refused := await self._open():
                return refused
            total = parse.paise(await self._page.locator(PAY["total"]).inner_text())
            for card in cards:
                if await self._remaining() == 0:
                    break
                taken = await self._apply(card)
                if taken is None:
                    notes.append(f"•••• {card.number[-4:]}: {await self._said()}")
                else:
                    applied.append(AppliedCard(card.card_id, card.number[-4:], taken))
            if missing := await self._remaining():
                detail = "; ".join([f"₹{missing / 100:.2f} of ₹{total / 100:.2f} is not covered by gift cards", *notes])
                return Refused("not_covered", detail)
            return Covered(total, tuple(applied))
        except Error as broken:
            return broken_step(self._page, broken)
        except ValueError:
            return parse.unreadable("the payment page")

    async def _open(self) -> Refused | Challenge | None:
        """From the order summary to the payment options, or stay there."""
        page = self._page
        total, proceed = page.locator(PAY["total"]), page.locator(WAY["proceed"])
        if not await total.count() and await proceed.count():
            async with page.expect_navigation():
                await proceed.click()
        if await total.count():
            return None
        stopped = await met(page, "the payment page")
        return stopped or Refused("hold_expired", "the payment page says that the session is over")

    async def _apply(self, card: GiftCard) -> int | None:
        """Enter one card: what the page took from it (paise), or None where it took nothing."""
        rows = self._page.locator(PAY["applied"])
        before = await rows.count()
        await self._page.locator(PAY["code"]).fill(card.number)
        pin = self._page.locator(PAY["pin"])
        if await pin.count():
            await pin.fill(card.pin)
        async with self._page.expect_navigation():
            await self._page.locator(PAY["apply"]).click()
        if await rows.count() <= before:
            return None
        return parse.paise(await rows.last.get_attribute("data-amount") or "")

    async def _remaining(self) -> int:
        return parse.paise(await self._page.locator(PAY["remaining"]).inner_text())

    async def _said(self) -> str:
        alert = self._page.locator(WAY["alert"])
        return masked_text((await alert.first.inner_text()).strip()) if await alert.count() else "not taken"

    async def pay(self) -> Paid | Refused | Unknown:
        """See sites.protocol.Visit."""
        from playwright.async_api import Error

        if self._clicked:
            return Unknown("the click was made before")
        self._clicked = True
        page = self._page
        answer = page.locator(PAY["confirmed"]).or_(page.locator(WAY["alert"])).first
        try:
            async with _lost(page) as lost:
                await page.locator(PAY["pay_now"]).click(no_wait_after=True, timeout=5_000)
                shown = asyncio.create_task(answer.wait_for(timeout=PAY_WITHIN))
                try:
                    await asyncio.wait({shown, lost}, return_when=asyncio.FIRST_COMPLETED)
                    if not shown.done():
                        return Unknown("the connection was lost after the click")
                    shown.result()
                finally:
                    shown.cancel()
            return await self._answer()
        except Error as broken:
            return Unknown(f"no readable answer after the click ({type(broken).__name__})")

    async def _answer(self) -> Paid | Refused | Unknown:
        """Read a confirmation page, or the site's own word on why there is none."""
        page = self._page
        confirmed = page.locator(PAY["confirmed"])
        if not await confirmed.count():
            text = masked_text((await page.locator(WAY["alert"]).first.inner_text()).strip())
            # only the site's own word that nothing was charged makes it a refusal
            return Refused("payment_refused", text) if NOT_CHARGED.search(text) else Unknown(text[:120])
        order: Any = await page.evaluate("() => (window.__INITIAL_STATE__ || {}).bookingConfirmation")
        try:
            seats, amount = tuple(order["seats"]), parse.paise(order["amount"])
        except parse.OTHER_SHAPE:
            return Unknown("the confirmation page is not in a shape we know")
        number = (await confirmed.inner_text()).strip()
        return Paid(number, seats, amount, "INR", await masked_picture(page))

    async def request_qr(self) -> QrCode | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        from playwright.async_api import Error

        page = self._page
        try:
            if refused := await self._open():
                return refused
            taken_off = page.locator(PAY["take_off"])
            for _ in range(await taken_off.count()):  # the code asks for the whole order
                async with page.expect_navigation():
                    await taken_off.first.click()
            async with page.expect_navigation():
                await page.locator(PAY["upi"]).click()
            code = page.locator(PAY["qr"])
            if not await code.count():
                return await met(page, "the payment page") or parse.unreadable("the page of the payment code")
            amount = parse.paise(await page.locator(PAY["qr_amount"]).inner_text())
            return QrCode(await code.screenshot(), amount, await self._deadline())
        except Error as broken:
            return broken_step(page, broken)
        except ValueError:
            return parse.unreadable("the page of the payment code")

    async def _deadline(self) -> datetime:
        """When the code ends; a page that does not say it is given five minutes."""
        ends = self._page.locator(PAY["qr_ends"])
        if await ends.count():
            return datetime.fromisoformat(await ends.first.get_attribute("data-ends-at") or "").astimezone(UTC)
        return datetime.now(UTC) + CODE_LASTS

    async def qr_outcome(self, within: float) -> Paid | Refused | Unknown | None:
        """See sites.protocol.Visit."""
        from playwright.async_api import Error, TimeoutError

        page = self._page
        confirmed, alert = page.locator(PAY["confirmed"]), page.locator(WAY["alert"])
        try:
            await confirmed.or_(alert).first.wait_for(timeout=max(1.0, within * 1000))
            return await self._answer()
        except TimeoutError:
            return None
        except Error as broken:
            return Unknown(f"the page of the payment code broke ({str(broken).splitlines()[0][:80]})")
