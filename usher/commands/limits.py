"""`usher limits`: the most that usher may spend for you."""

from __future__ import annotations

import json
from typing import Any

import typer

from events.errors import NotFound
from events.settings import Settings
from events.spending import DAY, LIMITS, ORDER, TOTAL, limits_of
from events.wish import Money
from services.asking import Refused, newest
from usher.client import Usher, client

NAMES = {ORDER: "for an order", DAY: "for a day", TOTAL: "in all"}
NONE = {"", "0", "none", "off", "-"}


async def limits(settings: Settings, wanted: dict[str, str], as_json: bool) -> None:
    """Set the limits that are named (rupees; `none` takes one away), then print all of them and what was spent."""
    async with client(settings) as usher:
        changes = {name: "" if text.lower() in NONE else text for name, text in wanted.items()}
        if changes:
            await usher.desk("user.settings", settings=changes)
        told = await _told(usher)
    if as_json:
        typer.echo(json.dumps(told))
        return
    for name in LIMITS:
        limit = told[name]
        typer.echo(f"{NAMES[name]:<13} {Money(limit) if limit is not None else 'no limit'}")
    typer.echo(f"paid or being paid so far: {Money(told['spent'])} in {told['orders']} orders")


async def _told(usher: Usher) -> dict[str, Any]:
    """The limits and what was spent, in paise."""
    after = await newest(usher.nc, "USERS", "JOBS")
    payments = await usher.ask("usher.query.spent", {"user": usher.user, "after": after})
    found = limits_of(await _settings(usher, after))
    told: dict[str, Any] = dict(zip(LIMITS, (found.order, found.day, found.total), strict=True))
    return told | {"spent": sum(row["amount"] for row in payments), "orders": len(payments)}


async def _settings(usher: Usher, after: dict[str, int]) -> dict[str, str]:
    try:
        row = await usher.ask("usher.query.person", {"user": usher.user, "after": after})
    except Refused as refused:
        if refused.body.get("kind") == NotFound.__name__:  # nothing was ever said about this person
            return {}
        raise
    settings: dict[str, str] = json.loads(row["settings"])
    return settings
