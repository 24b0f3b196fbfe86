"""Looks: one look serves every job of its group; says what it saw, and which jobs it fits."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
import structlog

from events import look as lk
from events import orders as o
from events.codec import Recorded
from events.errors import BrokenHistory, Conflict
from events.lifecycle import Refusal
from events.orders import Command
from events.reading import recorded
from events.settings import Clock, Ids, Settings
from events.store import EventStore
from events.wish import Listing, Wish
from services.artifacts import Artifacts
from services.buckets import Bucket
from services.recordings import Recordings, of_look
from services.runtime import Delivery, Later
from sites import politeness
from sites.protocol import Available, Blocked, LookFor, LookResult, Site, Unavailable, Unreadable
from sites.recording import Recorder
from sites.verdict import verdict

log = structlog.get_logger()
FIRST_RETRY = 5.0  # s


class GroupState(msgspec.Struct):
    """What watchers share about one group: its newest look (UTC), and how many looks failed in a row."""

    failures: int = 0
    last_look_at: datetime | None = None
    result: str = ""  # available, unavailable, or why not: blocked, rate_limited, challenge, down, unreadable
    shows: int = 0


class Watcher:
    """One watcher of a site. Any number may run on the same durable consumer."""

    def __init__(
        self,
        store: EventStore,
        site: Site,
        watchlist: Bucket,
        sites: Bucket,
        artifacts: Artifacts,
        settings: Settings,
        now: Clock,
        ids: Ids,
        looked: Callable[[str], None] = lambda result: None,
    ) -> None:
        self._store, self._site, self._watchlist, self._sites = store, site, watchlist, sites
        self._artifacts, self._settings, self._now, self._ids = artifacts, settings, now, ids
        self._recordings = Recordings(site.name, artifacts, settings, now)
        self._looked = looked  # told of each look's result
        self._budget = politeness.Budget(spacing_s=settings.look_spacing)

    async def on_look_due(self, delivery: Delivery) -> None:
        """Look at a group and tell its jobs; when it is too soon, match the newest listing that is known."""
        group = delivery.key
        wishes = await self._wishes(group)
        if not wishes:
            return
        last = await self._last_seen(group)
        # a look from the future is a clock that jumped back since: it is no reason not to look
        if last is not None and 0 <= (self._now() - last.time).total_seconds() < self._settings.look_spacing:
            await self._tell(wishes, last.event, last.event_id, self._now())
            return
        await self._ask_politely()
        await self._look(group, wishes, last)

    async def _ask_politely(self) -> None:
        """Take the site's permission to look, shared by all watchers. Raises Later while it must wait."""

        def taken(state: politeness.SiteState) -> politeness.SiteState:
            answer = politeness.may_look(state, self._budget, self._now())
            if isinstance(answer, politeness.Wait):
                raise Later((answer.until - self._now()).total_seconds())
            return answer.state

        if not await self._change_site(taken):
            raise Later(1.0)

    async def _report(self, result: LookResult) -> None:
        """Tell the shared politeness state how the look went."""
        kind = {"available": "ok", "unavailable": "ok", "challenge": "blocked"}.get(kind_of(result), kind_of(result))
        retry_after = result.retry_after if isinstance(result, Blocked) else None
        await self._change_site(
            lambda state: politeness.after_look(state, self._budget, kind, retry_after, self._now())
        )

    async def _change_site(self, change: Callable[[politeness.SiteState], politeness.SiteState]) -> bool:
        """Read, change and write the site's state, anew whenever another watcher was faster; False if always."""
        for _ in range(50):
            value, revision = await self._sites.current(self._site.name)
            state = msgspec.json.decode(value, type=politeness.SiteState) if value else politeness.SiteState()
            changed = change(state)
            with contextlib.suppress(Conflict):
                await self._sites.put(self._site.name, msgspec.json.encode(changed), revision)
                return True
        return False

    async def _wishes(self, group: str) -> dict[str, Wish]:
        listed = await self._watchlist.under(group)
        return {
            key.rsplit(".", 1)[1]: msgspec.convert(msgspec.json.decode(value)["wish"], Wish, strict=False)
            for key, value in listed.items()
        }

    async def _last_seen(self, group: str) -> Recorded | None:
        message = await self._store.reader.last("LOOKS", f"look.seen.{group}")
        if message is None:
            return None
        record = recorded(message)
        return record if isinstance(record, Recorded) else None

    async def _look(self, group: str, wishes: dict[str, Wish], last: Recorded | None) -> None:
        first = next(iter(wishes.values()))
        dates = {d for wish in wishes.values() for d in wish.dates}
        everything = any(not wish.dates for wish in wishes.values())
        wanted = LookFor(first.film, first.city, () if everything else tuple(sorted(dates)))
        look, began = self._ids(), time.perf_counter()
        recorder = self._recordings.begin()
        result = await self._site.look(wanted, recorder)
        seen_at, ms = self._now(), round((time.perf_counter() - began) * 1000)
        log.info("look.done", group=group, result=type(result).__name__, ms=ms, jobs=len(wishes))
        told = False
        if isinstance(result, Available | Unavailable):  # told first: a booking does not wait for our bookkeeping
            opened = isinstance(result, Available)
            empty = Listing(self._site.name, first.city, first.film)
            listing = result.listing if isinstance(result, Available) else empty
            told = await self._good(wishes, last, result, lk.Seen(look, group, listing, opened, seen_at, ms))
            await self._note(group, result, len(listing.shows))
        self._looked(kind_of(result))
        await self._report(result)
        if isinstance(result, Blocked | Unreadable):
            await self._bad(group, wishes, result, look, recorder)
        elif told and recorder is not None:
            await self._recordings.keep(recorder, of_look(look))

    async def _good(
        self, wishes: dict[str, Wish], last: Recorded | None, result: Available | Unavailable, seen: lk.Seen
    ) -> bool:
        """Whether any job has heard something new."""
        if last is None or last.event.listing != seen.listing:
            cause = await self._store.publish(seen, seen.group)
        else:
            cause = last.event_id
        if isinstance(result, Unavailable) and result.unknown == "city":
            return await self._tell_unknown(wishes, result, seen, cause)
        return await self._tell(wishes, seen, cause, seen.seen_at)

    async def _tell_unknown(self, wishes: dict[str, Wish], result: Unavailable, seen: lk.Seen, cause: str) -> bool:
        """No look will ever find a city that the site does not know: ask. A film may yet be announced: wait for it."""
        print_ = f"no city: {', '.join(result.nearest)}"
        told = False
        for job_id, wish in wishes.items():
            command = o.ReportMismatch(wish, ("city",), (), print_, seen.look, result.nearest)
            told |= await self._say(job_id, command, seen.group, cause)
        return told

    async def _tell(self, wishes: dict[str, Wish], seen: lk.Seen, cause: str, now: datetime) -> bool:
        """Match every job of the group with what was seen; `cause` is the event that holds the listing."""
        told = False
        for job_id, wish in wishes.items():
            if command := verdict(wish, seen.listing, seen.look, now):
                told |= await self._say(job_id, command, seen.group, cause)
        return told

    async def _say(self, job_id: str, command: Command, group: str, cause: str | None) -> bool:
        """Whether that was news to the job. A broken history keeps no other job from hearing its own."""
        try:
            outcome = await self._store.execute(job_id, command, causation=cause)
        except BrokenHistory as wrong:
            log.error("look.job_not_read", job_id=job_id, group=group, why=str(wrong))
            return False
        if isinstance(outcome, Refusal):
            log.info("look.not_told", job_id=job_id, group=group, why=outcome.why)
            return False
        return bool(outcome.events)

    async def _bad(
        self, group: str, wishes: dict[str, Wish], result: Blocked | Unreadable, look: str, recorder: Recorder | None
    ) -> None:
        failures, another = await self._note(group, result)
        if isinstance(result, Blocked):
            kind = result.kind if result.kind in {"rate_limited", "challenge", "down"} else "blocked"
            await self._store.publish(lk.LookBlocked(look, group, kind, result.detail, failures), group)  # type: ignore[arg-type]
            if result.kind == "challenge" and failures == self._settings.look_failures_told:
                await self._challenged(group, wishes, result, look)
        else:
            await self._store.publish(lk.LookUnreadable(look, group, result.detail, failures), group)
        silent = isinstance(result, Blocked) and recorder is not None and recorder.cut
        if another and recorder is not None and not silent:  # the first of a row tells what the others would
            await self._recordings.keep(recorder, of_look(look))
        if isinstance(result, Unreadable) and failures < self._settings.look_tries:
            raise Later(FIRST_RETRY * 2 ** (failures - 1))

    async def _challenged(self, group: str, wishes: Iterable[str], met: Blocked, look: str) -> None:
        """Ask every wish's person to pass the page, with a picture of it where the browser saw it."""
        artifact = await self._artifacts.put(f"{look}-challenge.png", met.picture) if met.picture else None
        kind = "queue" if "waiting room" in met.detail else "captcha"
        for job_id in wishes:
            await self._say(job_id, o.MeetChallenge(kind, "while looking", artifact), group, None)

    async def _note(self, group: str, result: LookResult, shows: int = 0) -> tuple[int, bool]:
        """Keep how the group's newest look went; how many failed in a row; whether this one went otherwise."""
        key = f"group.{group}"
        found = await self._sites.get(key)
        before = msgspec.json.decode(found[0], type=GroupState) if found else GroupState()
        failures = before.failures + 1 if isinstance(result, Blocked | Unreadable) else 0
        state = GroupState(failures, self._now(), kind_of(result), shows)
        await self._sites.put(key, msgspec.json.encode(state))
        return failures, state.result != before.result


def kind_of(result: LookResult) -> str:
    """A look's result in one word: available, unavailable, unreadable, or how the site refused."""
    if isinstance(result, Blocked):
        return result.kind
    return type(result).__name__.lower()
