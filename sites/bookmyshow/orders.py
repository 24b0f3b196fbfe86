"""The order history: the truth about payments."""

from __future__ import annotations

import json
from datetime import datetime

from sites.bookmyshow import parse
from sites.bookmyshow.reading import Reader, Stopped
from sites.protocol import Blocked, PaidOrder, Unreadable

HISTORY = "/my-profile/purchase-history"


def cookie_header(session: str) -> str:
    """The session's cookies (JSON list) as a header. Raises ValueError."""
    return "; ".join(f"{c['name']}={c['value']}" for c in json.loads(session or "[]"))


async def read_orders(reader: Reader, session: str) -> tuple[PaidOrder, ...] | Blocked | Unreadable:
    """Every order the account's history lists, paid or cancelled."""
    try:
        page = await reader.get(HISTORY, cookie_header(session))
        state = page.state() or {}
        rows = state["purchaseHistory"]["orders"]
        return tuple(parse.typed(_order(row)) for row in rows)
    except Stopped as stopped:
        if isinstance(stopped.result, Blocked | Unreadable):
            return stopped.result
        return Unreadable("the order history")
    except parse.OTHER_SHAPE:
        return parse.unreadable("the order history")


def _order(row: parse.Json) -> PaidOrder:
    return PaidOrder(
        confirmation=row["bookingId"],
        transaction=row["transactionId"],
        cinema_code=row["venueCode"],
        session=row["sessionId"],
        film=row["eventName"],
        starts=parse.moment(row["showDateTime"]),
        seats=tuple(row["seats"]),
        amount=parse.paise(row["amount"]),
        currency="INR",
        paid=row["transStatus"] == "P",
        booked_at=datetime.fromisoformat(row["bookedAt"]),
    )
