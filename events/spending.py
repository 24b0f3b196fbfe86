"""How much may be spent: a person's limits, and what their other payments use up of them.

Pure. What counts and when is the log's word: a payment counts from the moment its seats were held, with the amount of
the hold, and belongs to that moment's day in the person's zone. Of two jobs that pay at once, the one whose hold stands
earlier in the log comes first; so no clock and no lock is needed for both to stay below the limits together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from events.errors import BadInput
from events.wish import CITY_ZONE, Money

ORDER, DAY, TOTAL = "limit_order", "limit_day", "limit_total"
LIMITS = (ORDER, DAY, TOTAL)  # settings of a person, in rupees; an empty text: no limit
_WAYS_ON = "raise the limit in your settings (`usher limits`), or wish for something cheaper"


class Limits(msgspec.Struct, frozen=True):
    """The most that usher may spend for a person, in paise; None: no limit."""

    order: int | None = None
    day: int | None = None
    total: int | None = None


class Payment(msgspec.Struct, frozen=True):
    """Money that was paid, or still may be. `sequence` and `at` (UTC) are those of its `seats_held`; `amount` paise."""

    job_id: str
    attempt: int
    sequence: int
    at: datetime
    amount: int


class Budget(msgspec.Struct, frozen=True):
    """What one payment must fit into. `zone` is the person's; `others` are all their other payments."""

    limits: Limits
    zone: ZoneInfo
    sequence: int
    at: datetime
    others: tuple[Payment, ...] = ()

    def day_of(self, moment: datetime) -> str:
        """The day of a moment as the person's calendar has it."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d}"


def limits_of(settings: Mapping[str, str]) -> Limits:
    """The limits in a person's settings."""
    return Limits(*(_paise(settings.get(name, "")) for name in LIMITS))


def zone_of(settings: Mapping[str, str]) -> ZoneInfo:
    """The person's zone; the cities' where they named none."""
    name = settings.get("zone", "")
    return ZoneInfo(name) if name else CITY_ZONE


def excess(amount: int, budget: Budget) -> str:
    """Why `amount` (paise) may not be paid, in words, or "" where it may."""
    limits = budget.limits
    earlier = [other for other in budget.others if other.sequence < budget.sequence]
    today = sum(other.amount for other in earlier if budget.day_of(other.at) == budget.day_of(budget.at))
    ever = sum(other.amount for other in earlier)
    for spent, limit, what in (
        (0, limits.order, "for an order"),
        (today, limits.day, "for a day"),
        (ever, limits.total, "in all"),
    ):
        if limit is not None and spent + amount > limit:
            before = f" after {Money(spent)} that is paid or being paid" if spent else ""
            return f"{Money(amount)}{before} is over your limit {what}, {Money(limit)}"
    return ""


def ways_on() -> str:
    """What a person can do about it."""
    return _WAYS_ON


def check_limit(name: str, text: str) -> None:
    """A limit as a person typed it: rupees, or nothing. Raises BadInput."""
    if text and (not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", text) or not _paise(text)):
        raise BadInput(name, f'"{text[:40]}" is no limit', "rupees above 0, or nothing", "1500")


def _paise(text: str) -> int | None:
    rupees, _, rest = text.partition(".")
    return int(rupees) * 100 + int(rest.ljust(2, "0")) if text else None
