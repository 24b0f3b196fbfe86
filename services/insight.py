"""What the read models do not hold: how a group was looked at, the sites' budgets, and why a job has not booked yet."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import msgspec

from events.codec import Recorded
from events.look import Seen
from events.reading import DirectReader, recorded
from events.settings import Clock, Settings
from events.wish import Listing, Wish, group_of
from services.buckets import Bucket
from services.watcher import GroupState
from sites.matching import failing_parts, shows_that_fit
from sites.politeness import SiteState

LOOKS_TOLD = 5
Row = dict[str, Any]


class Insight:
    """Reads the bucket `sites` and the stream LOOKS."""

    def __init__(self, reader: DirectReader, sites: Bucket, settings: Settings, now: Clock) -> None:
        self._reader, self._sites, self._settings, self._now = reader, sites, settings, now

    async def looked(self, group: str) -> Row:
        """`last_look_at`, `next_look_at` (ISO 8601 UTC or None), `look_result` (or None) and `shows_seen`."""
        found = await self._sites.get(f"group.{group}")
        state = msgspec.json.decode(found[0], type=GroupState) if found else GroupState()
        following = None
        if state.last_look_at is not None:
            following = state.last_look_at + timedelta(seconds=self._settings.look_every)
            blocked = (await self._site(self._settings.site)).blocked_until
            following = max(following, blocked) if blocked else following
        return {
            "last_look_at": _iso(state.last_look_at),
            "next_look_at": _iso(following),
            "look_result": state.result or None,
            "shows_seen": state.shows,
        }

    async def _site(self, name: str) -> SiteState:
        found = await self._sites.get(name)
        return msgspec.json.decode(found[0], type=SiteState) if found else SiteState()

    async def budget(self) -> list[Row]:
        """Per site: `site`, `looks_today` (UTC day), `left` (looks that the spacing allows until the day ends; 0 while
        the site refuses), `next_allowed_at`, `circuit`, `blocked_until`, `failures`."""
        state, now = await self._site(self._settings.site), self._now()
        free = state.last_look_at + timedelta(seconds=self._settings.look_spacing) if state.last_look_at else now
        allowed = max(free, state.blocked_until or free, now)
        return [
            {
                "site": self._settings.site,
                "left": 0 if state.circuit != "closed" else _left(allowed, now, self._settings.look_spacing),
                "looks_today": state.looks if state.day == now.date() else 0,
                "next_allowed_at": _iso(allowed),
                "circuit": state.circuit,
                "blocked_until": _iso(state.blocked_until),
                "failures": state.failures_in_a_row,
            }
        ]

    async def why(self, job: Row, looks: list[Row]) -> Row:
        """Why nothing was booked yet, or why this was chosen: `looks` [{time, result, shows}], newest first;
        `fits` and `refused` [{show, parts}] of the newest listing, `asked_today`, and `looked`'s keys.
        """
        wish = msgspec.json.decode(job["wish"], type=Wish, strict=False)
        listing = await self._listing(job["watch_group"])
        now = self._now()
        fit = shows_that_fit(wish, listing, now)
        refused = [{"show": show, "parts": parts} for show in listing.shows if (parts := failing_parts(wish, show))]
        told = [{"time": row["time"], "result": row["type"], "shows": row["shows"]} for row in looks[:LOOKS_TOLD]]
        answer: Row = msgspec.to_builtins(
            {"fits": fit.shows, "sold_out": fit.sold_out, "refused": refused, "looks": told, "status": job["status"]}
        )
        budget = (await self.budget())[0]
        return answer | {"asked_today": budget["looks_today"]} | await self.looked(job["watch_group"])

    async def offers(self, film: str, city: str) -> Row:
        """What the newest listing of a film in a city held: `classes` [{name, lowest, highest}] (paise a seat), the
        cheapest first; `languages`, `formats`, `screens`. Empty where nobody has looked there yet."""
        shows = (await self._listing(group_of(Wish(film, city, site=self._settings.site)))).shows
        prices: dict[str, list[int]] = {}
        for offer in (offer for show in shows for offer in show.classes if offer.online):
            prices.setdefault(offer.name, []).append(offer.price)
        classes = [{"name": name, "lowest": min(found), "highest": max(found)} for name, found in prices.items()]
        return {
            "classes": sorted(classes, key=lambda row: (row["lowest"], row["name"])),
            "languages": list(dict.fromkeys(show.language for show in shows if show.language)),
            "formats": list(dict.fromkeys(show.format for show in shows if show.format)),
            "screens": list(dict.fromkeys(show.screen for show in shows if show.screen)),
        }

    async def _listing(self, group: str) -> Listing:
        message = await self._reader.last("LOOKS", f"look.seen.{group}")
        record = recorded(message) if message is not None else None
        if isinstance(record, Recorded) and isinstance(record.event, Seen):
            return record.event.listing
        return Listing(self._settings.site, "", "")


def _left(allowed: datetime, now: datetime, spacing: float) -> int:
    """How many looks, `spacing` seconds apart, begin between `allowed` and the end of now's day (UTC)."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(0, math.ceil((midnight - allowed).total_seconds() / max(spacing, 0.001)))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
