"""Lists of jobs, newest first, page by page: every page costs the same, the last one too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from events.errors import NotFound

FINAL = ("SUCCESS", "FAILED", "CANCELLED", "EXPIRED", "REHEARSED")
WAITING = ("AWAITING_INPUT", "AWAITING_CONSENT", "AWAITING_PAYMENT", "PAUSED", "UNCERTAIN")
ACTIVE = ("PENDING", "WATCHING", "BOOKING", *WAITING)
# None: whatever the state
LISTS: dict[str, tuple[str, ...] | None] = {
    "all": None,
    "active": ACTIVE,
    "pending": ("PENDING",),
    "ready": ("PENDING",),
    "watching": ("WATCHING",),
    "waiting": WAITING,
    "booked": ("SUCCESS",),
    "ended": FINAL,
    "expired": ("EXPIRED",),
}
# What a text is looked for in, as it stands in the index `jobs_to_search`: one comparison a job, and no row is read
WORDS = "film || ' ' || city || ' ' || job_id || ' ' || coalesce(seats, '') || ' ' || coalesce(confirmation, '')"
Statement = tuple[str, dict[str, Any]]


def listing(
    which: str = "all",
    user: str | None = None,
    now: str = "",
    limit: int = 100,
    offset: int = 0,
    text: str = "",
    older: Sequence[str] | None = None,
    newer: Sequence[str] | None = None,
) -> Statement:
    """The statement for a page of jobs, and its values. A page begins behind a job's (created_at, job_id): `older`
    goes back in time from there; `newer` comes forward and gives its rows oldest first. Raises NotFound.
    """
    if which not in LISTS:
        raise NotFound(f'no list "{which}". Allowed: {", ".join(LISTS)}.')
    conditions = ["user = :user"] if user is not None else []
    values: dict[str, Any] = {"user": user, "now": now, "limit": limit, "offset": offset, "most": limit + offset}
    if which == "ready":
        conditions.append("coalesce(watch_from, '') <= :now")
    if (place := older or newer) is not None:
        values["at"], values["id"] = place
        conditions.append(f"(created_at, job_id) {'>' if newer else '<'} (:at, :id)")
    if text:
        values["like"] = f"%{''.join(f'!{c}' if c in '!%_' else c for c in text)}%"
        conditions.append(f"{WORDS} LIKE :like ESCAPE '!'")
    order = "ORDER BY created_at, job_id" if newer else "ORDER BY created_at DESC, job_id DESC"
    return f"{_found(LISTS[which], conditions, order, user, text)} {order} LIMIT :limit OFFSET :offset", values


def _found(statuses: tuple[str, ...] | None, conditions: list[str], order: str, user: str | None, text: str) -> str:
    """The rows to order. One index serves each form: a person's jobs, all jobs (the narrow one where texts are
    compared), or a state's jobs: then every state gives its page, since no index orders several of them.
    """
    of_states = [f"status IN ({_quoted(statuses)})"] if statuses else []
    if text and user is None:
        matching = f"FROM jobs INDEXED BY jobs_to_search {_where([*conditions, *of_states])} {order}"
        return f"SELECT * FROM jobs WHERE job_id IN (SELECT job_id {matching} LIMIT :most)"
    if user is not None or statuses is None:
        return f"SELECT * FROM jobs {_where([*conditions, *of_states])}"
    wheres = (_where([f"status = {_quoted((status,))}", *conditions]) for status in statuses)
    pages = (f"SELECT * FROM (SELECT * FROM jobs {where} {order} LIMIT :most)" for where in wheres)
    return f"SELECT * FROM ({' UNION ALL '.join(pages)})"


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _quoted(statuses: tuple[str, ...]) -> str:
    return ", ".join(f"'{status}'" for status in statuses)
