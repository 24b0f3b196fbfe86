"""A visit whose questions and answers are kept, and a kept visit asked the same questions again."""

from __future__ import annotations

from typing import Any

import msgspec

from events.wish import SeatMap, SeatPlan, Show
from sites.protocol import (
    Challenge,
    Covered,
    GiftCard,
    Held,
    LookFor,
    Paid,
    QrCode,
    Refused,
    Site,
    Unknown,
    Unreadable,
    Visit,
)
from sites.recording import PERSON, Json, Recorder, Recording, plain

ASKED: dict[str, tuple[Any, ...]] = {
    "look": (LookFor,),
    "open_show": (Show, int),
    "hold": (SeatPlan,),
    "cover": (tuple[GiftCard, ...],),
    "pay": (),
    "request_qr": (),
    "qr_outcome": (float,),
}


class RecordedVisit:
    """Asks a visit, and keeps what was asked and said. See sites.protocol.Visit."""

    def __init__(self, visit: Visit, recorder: Recorder) -> None:
        self.visit, self._recorder = visit, recorder

    async def open_show(self, show: Show, seats: int) -> SeatMap | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._recorder.ask("open_show", [show, seats], self.visit.open_show(show, seats))

    async def hold(self, plan: SeatPlan) -> Held | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._recorder.ask("hold", [plan], self.visit.hold(plan))

    async def cover(self, cards: tuple[GiftCard, ...]) -> Covered | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        shown = tuple(self._recorder.hide_card(card) for card in cards)
        return await self._recorder.ask("cover", [shown], self.visit.cover(cards))

    async def pay(self) -> Paid | Refused | Unknown:
        """See sites.protocol.Visit."""
        return await self._recorder.ask("pay", [], self.visit.pay())

    async def request_qr(self) -> QrCode | Refused | Challenge | Unreadable:
        """See sites.protocol.Visit."""
        return await self._recorder.ask("request_qr", [], self.visit.request_qr())

    async def qr_outcome(self, within: float) -> Paid | Refused | Unknown | None:
        """See sites.protocol.Visit."""
        return await self._recorder.ask("qr_outcome", [within], self.visit.qr_outcome(within))

    async def release(self, reference: str = "") -> None:
        """See sites.protocol.Visit."""
        await self.visit.release(reference)

    async def picture(self) -> bytes | None:
        """See sites.protocol.Visit."""
        return await self.visit.picture()


class Again(msgspec.Struct, frozen=True):
    """One question of a recording, what the adapter said then and what it says now."""

    name: str
    then: Json
    now: Json


async def ask_again(site: Site, recording: Recording) -> list[Again]:
    """Put a recording's questions to the adapter of a site that repeats its answers. Ends at the first other answer:
    what was asked after it would not have been asked."""
    found: list[Again] = []
    visit: Visit | None = None
    try:
        for call in recording.calls:
            asked = [msgspec.convert(one, kind) for one, kind in zip(call.asked, ASKED[call.name], strict=True)]
            if call.name == "look":
                answer: Any = await site.look(*asked)
            else:
                visit = visit or await site.visit("[]", PERSON)
                answer = await getattr(visit, call.name)(*asked)
            found.append(Again(call.name, call.answer, plain(answer)))
            if found[-1].then != found[-1].now:
                break
    finally:
        if visit is not None:
            await site.close_visit(visit)
    return found
