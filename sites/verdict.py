"""Wish × listing → what to say to the job. The watcher says it live, a replay says it again: pure."""

from __future__ import annotations

from datetime import datetime

from events import orders as o
from events.wish import Listing, Wish
from sites.matching import first_failing_part, mismatch, shows_that_fit


def verdict(wish: Wish, listing: Listing, look: str, now: datetime) -> o.DetectTickets | o.ReportMismatch | None:
    """Shows that fit, else what is on sale instead, else None: nothing to say yet. `now` (UTC) ended the look."""
    fit = shows_that_fit(wish, listing, now, first_failing_part)
    if fit.shows:
        return o.DetectTickets(wish, fit.shows, look, now)
    fit = shows_that_fit(wish, listing, now)  # only who is asked must know every line that fails
    if missed := mismatch(wish, fit, listing, now):
        return o.ReportMismatch(wish, missed.missing, missed.on_sale, missed.fingerprint, look)
    return None
