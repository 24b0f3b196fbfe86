"""`usher job show`: one job as it stands, over a plain socket, so that it is there at once."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from events.errors import Unavailable
from events.settings import Settings
from events.wish import CITY_ZONE, Money
from usher.log import open_log, row_of
from usher.tables import write_table

LABELS = {
    "status": "state",
    "film": "film",
    "city": "city",
    "cinema": "cinema",
    "starts": "show",
    "seats": "seats",
    "amount": "price",
    "confirmation": "confirmation",
    "reason": "note",
    "watch_until": "watched until",
}


def show(settings: Settings, job: str, as_json: bool) -> int:
    """Write the job of an id or a unique part of it, with everything written until now. Raises UsherError."""
    with open_log(settings) as log:
        found = row_of(log, job, after={"JOBS": log.info("JOBS")["last_seq"]})
    if found is None:
        raise Unavailable("nobody answers usher.query.job: is `usher up` running?")
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        rows = [(label, _said(key, found[key])) for key, label in LABELS.items() if found[key] not in (None, "")]
        write_table(("job", str(found["job_id"])), rows)
    return 0


def _said(key: str, value: Any) -> str:
    if key == "amount":
        return str(Money(value))
    if key in {"starts", "watch_until"}:
        return f"{datetime.fromisoformat(value).astimezone(CITY_ZONE):%a %d %b %Y, %H:%M}"
    return str(value)
