"""The accessibility dialog: real selects and a real table. Seats are read from its labels and chosen by its buttons.

One seat is pressed at a time and read back; whether the site takes neighbours along is its own affair, and seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from events.wish import Seat, SeatKind, SeatPlan, SeatState
from sites.bookmyshow import parse
from sites.bookmyshow.labels import SEAT
from sites.protocol import Refused

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

STEP = 5_000  # ms for what needs no network
WHERE = re.compile(r"(?:seat|place) (?P<number>\d+)(?: \((?P<together>\d+) seats\))? in row (?P<row>[\w-]+)")
LINES = """rows => rows.map(r => { const cells = [...r.querySelectorAll("td")].map(c => c.textContent.trim());
const act = r.querySelector("[aria-label]"); if (!act) return null;
const is = name => act.getAttribute(name) === "true";
return {number: cells[0], status: cells[1] || "", label: act.getAttribute("aria-label"),
button: act.tagName === "BUTTON", disabled: is("aria-disabled"), pressed: is("aria-pressed")}; })"""


class Line(msgspec.Struct, frozen=True):
    """One seat's row of the table."""

    number: int
    status: str
    label: str
    button: bool
    disabled: bool
    pressed: bool


class Row(msgspec.Struct, frozen=True):
    """One row of one price class: name, class, price in paise, seats in the table's order."""

    name: str
    category: str
    price: int
    lines: tuple[Line, ...]


def meaning(line: Line) -> tuple[SeatState, SeatKind]:
    """What a line says of its seat. A label that fits no pattern is unknown: such a seat is never chosen."""
    label = line.label.split(". Warning")[0].lower().strip()
    where = WHERE.search(label)
    if where is None or int(where["number"]) != line.number:
        return SeatState.UNKNOWN, SeatKind.NORMAL
    said, status = label[: where.start()].split(), line.status.lower()
    kind = SeatKind.NORMAL
    for word, named in (("couple", SeatKind.COUPLE), ("companion", SeatKind.COMPANION)):
        kind = named if word in said else kind
    if "wheelchair" in said or "handicapped" in said:
        kind = SeatKind.WHEELCHAIR
    if "sofa" in said:
        if where["together"] != "2":  # more than a couple: not ours to split
            return SeatState.UNKNOWN, SeatKind.NORMAL
        kind = SeatKind.COUPLE
    if label.endswith(" selected"):
        return SeatState.FREE, SeatKind.COUPLE if "(couple)" in status else SeatKind.NORMAL
    if "booked" in said or "unavailable" in said:
        return SeatState.TAKEN, kind
    known = set(said) <= {"select", "available", "best", "couple", "sofa", "companion", "wheelchair", "handicapped"}
    free = bool({"select", "available"} & set(said)) and known and line.button and not line.disabled
    if free and not ("booked" in status or "unavailable" in status):
        return SeatState.FREE, kind
    return SeatState.UNKNOWN, kind


def seats_of(row: Row) -> tuple[Seat, ...]:
    """The row's seats in the order of their numbers; columns are numbers, since a table shows no aisles."""
    found = []
    for line in sorted(row.lines, key=lambda one: one.number):
        state, kind = meaning(line)
        found.append(Seat(row.name, line.number, line.number, row.category, row.price, state, kind))
    return tuple(found)


class Dialog:
    """The dialog of one seat page. `seats`: how many tickets."""

    def __init__(self, page: Page, seats: int) -> None:
        self._page, self._seats, self._opened = page, seats, False

    async def open(self) -> None:
        """Pass the age sheet and the quantity, open the dialog, say how many."""
        if self._opened:
            return
        page = self._page
        if await page.locator(SEAT["adult_sheet"]).is_visible():
            await page.locator(SEAT["adult_continue"]).click(timeout=STEP)
        await page.locator(SEAT["quantity"].format(n=self._seats)).click(timeout=STEP)
        await page.locator(SEAT["select_seats"]).click(timeout=STEP)
        await page.locator(SEAT["open_dialog"]).click(timeout=STEP)
        await page.locator(SEAT["dialog_quantity"]).select_option(str(self._seats), timeout=STEP)
        self._opened = True

    async def read(self) -> tuple[Row, ...]:
        """Every row of every class that the dialog lists: those with a free seat. Raises ValueError."""
        await self.open()
        rows: list[Row] = []
        for value, text in await self._options(self._category):
            name, _, price = text.rpartition(" - ")
            await self._category.select_option(value, timeout=STEP)
            for row, _ in await self._options(self._row):
                lines = await self._lines(row)
                rows.append(Row(row, " ".join(name.split()), parse.paise(price), lines))
        if not rows:
            raise ValueError("the dialog lists no rows")
        return tuple(rows)

    @property
    def _category(self) -> Locator:
        return self._page.locator(SEAT["dialog_category"])

    @property
    def _row(self) -> Locator:
        return self._page.locator(SEAT["dialog_row"])

    async def _options(self, select: Locator) -> list[tuple[str, str]]:
        found: Any = await select.locator("option").evaluate_all("all => all.map(o => [o.value, o.textContent.trim()])")
        return [(value, text) for value, text in found if value]

    async def _lines(self, row: str) -> tuple[Line, ...]:
        """Choose a row and read its table once it is this row's."""
        await self._row.select_option(row, timeout=STEP)
        grid = self._page.locator(f'{SEAT["grid"]}[aria-label$="-{row}"]')
        await grid.wait_for(timeout=STEP)
        found: Any = await grid.locator("tbody tr").evaluate_all(LINES)
        try:
            return tuple(msgspec.convert(line, Line, strict=False) for line in found if line)
        except msgspec.ValidationError as broken:
            raise ValueError("the dialog's table is not in a shape we know") from broken

    async def choose(self, plan: SeatPlan) -> Refused | None:
        """Press exactly the plan's seats, then read back that they and no others are selected; None when they are."""
        await self.open()
        options = await self._options(self._category)
        classes = {" ".join(text.rsplit(" - ", 1)[0].split()): value for value, text in options}
        if plan.category not in classes:
            return Refused("seats_taken", f"no class {plan.category} any more")
        await self._category.select_option(classes[plan.category], timeout=STEP)
        wished: dict[str, set[str]] = {}
        for label in plan.seats:
            wished.setdefault(row_of(label), set()).add(label)
        listed = {row for row, _ in await self._options(self._row)}
        for row in wished:
            if row not in listed:
                return Refused("seats_taken", f"row {row} has no free seat any more")
            for label in plan.seats:
                if row_of(label) == row and not await self._press(label, row):
                    return Refused("seats_taken", f"{label} cannot be chosen any more")
        return await self._read_back(wished)

    async def _press(self, label: str, row: str) -> bool:
        """Press one seat, unless it came along with another; whether it is selected now."""
        number = int(label.removeprefix(row))
        for turn in range(2):
            lines = await self._lines(row)
            line = next((one for one in lines if one.number == number), None)
            if line is None or not line.button or line.disabled:
                return False
            if line.pressed or turn:
                return line.pressed
            button = self._page.locator(f"{SEAT['grid']} tbody tr").nth(lines.index(line)).locator("button")
            await button.click(timeout=STEP)
        return False

    async def _read_back(self, wished: dict[str, set[str]]) -> Refused | None:
        for row, labels in wished.items():
            pressed = {f"{row}{line.number}" for line in await self._lines(row) if line.pressed}
            if pressed != labels:
                odd = ", ".join(sorted(pressed ^ labels))
                return Refused("seats_taken", f"the site selected other seats than were chosen: {odd}")
        return None


def row_of(label: str) -> str:
    """The row's name in a seat's label."""
    return label.rstrip("0123456789")
