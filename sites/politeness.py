"""May I look now, and if not, when: spacing, backoff and circuit. Pure; services keep the state."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec


class Budget(msgspec.Struct, frozen=True):
    """How rarely a site is asked, in seconds."""

    spacing_s: float = 5.0
    backoff_first_s: float = 300.0
    backoff_max_s: float = 3600.0
    failures_to_open: int = 3
    probe_s: float = 30.0


class SiteState(msgspec.Struct, frozen=True):
    """What all watchers share about a site. Times UTC; `circuit` closed, open or half_open; `looks` on `day` (UTC)."""

    last_look_at: datetime | None = None
    failures_in_a_row: int = 0
    blocked_until: datetime | None = None
    circuit: str = "closed"
    day: date | None = None
    looks: int = 0


class Go(msgspec.Struct, frozen=True):
    """Look now; `state` is to be stored first, so that nobody else takes the same turn."""

    state: SiteState


class Wait(msgspec.Struct, frozen=True):
    """Not before `until` (UTC)."""

    until: datetime


def may_look(state: SiteState, budget: Budget, now: datetime) -> Go | Wait:
    """Whether a look may start. An open circuit lets one probe through when its time has come."""
    if state.blocked_until is not None and now < state.blocked_until:
        return Wait(state.blocked_until)
    if state.last_look_at is not None:
        spacing = timedelta(seconds=budget.spacing_s)
        free = state.last_look_at + spacing
        jumped_back = state.last_look_at - now > spacing  # a clock that did must not cost the looks of an hour
        if now < free and not jumped_back:
            return Wait(free)
    today = now.date()
    looks = state.looks + 1 if state.day == today else 1
    taken = msgspec.structs.replace(state, last_look_at=now, day=today, looks=looks)
    if state.circuit == "closed":
        return Go(taken)
    # one probe: the others wait for its result, or for the next probe's turn
    until = now + timedelta(seconds=budget.probe_s)
    return Go(msgspec.structs.replace(taken, circuit="half_open", blocked_until=until))


def after_look(state: SiteState, budget: Budget, result: str, retry_after: float | None, now: datetime) -> SiteState:
    """The state after a look. `result`: ok, blocked, rate_limited, unreadable or down; `retry_after` in seconds.

    403 and 429 wait at least what the site says, else double from the first backoff to the longest.
    """

    def after(failures: int = 0, until: datetime | None = None, circuit: str = "closed") -> SiteState:
        return msgspec.structs.replace(state, failures_in_a_row=failures, blocked_until=until, circuit=circuit)

    if result == "ok":
        return after()
    failures = state.failures_in_a_row + 1
    if result in {"blocked", "rate_limited"}:
        pause = min(budget.backoff_max_s, budget.backoff_first_s * 2 ** min(failures - 1, 20))
        until = now + timedelta(seconds=max(pause, retry_after or 0.0))
        return after(failures, until, "open")
    opened = failures >= budget.failures_to_open
    pause = min(budget.backoff_max_s, budget.probe_s * 2 ** min(max(0, failures - budget.failures_to_open), 20))
    until_or_none = now + timedelta(seconds=pause) if opened else None
    return after(failures, until_or_none, "open" if opened else "closed")
