"""The one door for users' commands: NATS micro service `usher`; checks the owner, decides, appends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.micro import add_service
from nats.micro.service import Service

from events import orders as o
from events.errors import BadInput, BrokenHistory, NotFound, Unavailable
from events.lifecycle import FINAL, Job, Refusal, Status
from events.settings import Clock, Settings
from events.store import EventStore
from events.wish import CITY_ZONE, Wish, check_wish
from services import asking
from services.answering import answering
from services.buckets import Bucket
from services.commands import Commands, new_job
from services.guide import check_place, unseen_film
from services.people import People

MOST_ACTIVE = 5
THREE_DAYS = timedelta(days=3)


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """What a request to the desk may hold. `user` is who asks."""

    user: str
    job: str = ""
    wish: Wish | None = None
    why: str = ""
    yes: bool = False
    other: bool = False
    number: str = ""


class Desk:
    """Answers `usher.job.*` and `usher.user.*`. Every answer is JSON: a result, or an error a person understands."""

    def __init__(
        self, nc: Client, store: EventStore, people: People, watchlist: Bucket, settings: Settings, now: Clock
    ) -> None:
        self._nc, self._store, self._people, self._watchlist = nc, store, people, watchlist
        self._settings, self._now = settings, now
        self._commands = Commands(Bucket(nc, "commands", store.reader), settings.commands_per_minute)
        self._service: Service | None = None

    async def start(self) -> None:
        """Register the micro service."""
        self._service = await add_service(self._nc, name="usher", version="0.1.0", description="usher's desk")
        jobs = self._service.add_group(name="usher.job")
        simple: dict[str, Callable[[Ask], o.Command]] = {
            "cancel": lambda a: o.CancelJob(by=a.user, why=a.why),
            "pause": lambda a: o.PauseJob(why=a.why or "asked to", by=a.user),
            "resume": lambda a: o.ResumeJob(by=a.user),
            "keep_waiting": lambda a: o.KeepWaiting(by=a.user),
            "challenge_passed": lambda a: o.PassChallenge(by=a.user),
            "paid": lambda a: o.ClaimPayment(by=a.user),
            "settle": lambda a: o.TellOutcome(by=a.user, booked=a.yes, number=check_number(a.number)),
        }
        await jobs.add_endpoint(name="create", handler=answering(Ask, self._create, self._commands))
        await jobs.add_endpoint(name="change", handler=answering(Ask, self._change, self._commands))
        await jobs.add_endpoint(name="consent", handler=answering(Ask, self._consent, self._commands))
        for name, command in simple.items():
            await jobs.add_endpoint(name=name, handler=answering(Ask, self._commanded(command), self._commands))
        await self._people.start(self._service, self._commands)

    async def stop(self) -> None:
        """Take no more requests."""
        if self._service is not None:
            await self._service.stop()

    async def _create(self, ask: Ask) -> dict[str, Any]:
        await self._people.check_served(ask.user)
        job_id = new_job()
        made = await self._store.load(job_id, fresh=True)
        if made.sequence:  # this very command made it before its desk was lost
            return {"job": job_id, "status": made.job.status, "sequence": made.sequence, "note": ""}
        wish = await self._checked(ask)
        mine = await self._active(ask.user)
        for known, other in mine.items():
            if msgspec.structs.replace(other, watch_from=None) == msgspec.structs.replace(wish, watch_from=None):
                raise BadInput("wish", f"job {known} already has this very wish", "a wish that differs")
        if len(mine) >= MOST_ACTIVE:
            raise BadInput("job", f"{len(mine)} jobs are active", f"up to {MOST_ACTIVE}; cancel one first")
        until = watch_end(wish, self._now())
        outcome = await self._store.execute(job_id, o.CreateJob(ask.user, wish, until))
        return self._result(job_id, outcome) | {"note": await unseen_film(self._nc, wish)}

    async def _checked(self, ask: Ask) -> Wish:
        """The request's wish as it will be kept. Raises BadInput naming what cannot be taken."""
        if ask.wish is None:
            raise BadInput("wish", "it is missing", "a wish with film and city")
        wish = check_wish(ask.wish, self._now())
        await check_place(self._nc, wish)
        return wish

    async def _active(self, user: str) -> dict[str, Wish]:
        """The user's active jobs and their wishes: from the read model, or while it is away from the wish list."""
        try:
            after = await asking.newest(self._nc, "JOBS")
            rows = await asking.ask(
                self._nc, "usher.query.jobs", {"which": "active", "user": user, "after": after}, 2.0
            )
        except (Unavailable, asking.Refused):
            return await self._listed(user)
        return {row["job_id"]: msgspec.json.decode(row["wish"], type=Wish, strict=False) for row in rows}

    async def _listed(self, user: str) -> dict[str, Wish]:
        """The user's jobs that are watched just now."""
        found: dict[str, Wish] = {}
        for key, value in (await self._watchlist.under("")).items():
            entry = msgspec.json.decode(value)
            if entry["user"] == user:
                job_id = key.rsplit(".", 1)[1]
                try:
                    job = (await self._store.load(job_id)).job
                except BrokenHistory:  # it takes no other wish's place
                    continue
                if job.wish is not None and job.status not in FINAL:
                    found[job_id] = job.wish
        return found

    async def _change(self, ask: Ask) -> dict[str, Any]:
        wish = await self._checked(ask)
        command = o.ChangePreferences(wish, ask.why or "changed", ask.user, watch_end(wish, self._now()))
        return await self._commanded(lambda _: command)(ask)

    def _commanded(self, command: Callable[[Ask], o.Command]) -> Callable[[Ask], Awaitable[dict[str, Any]]]:
        async def act(ask: Ask) -> dict[str, Any]:
            if (await self._job(ask)).user != ask.user:
                raise _no_such(ask)
            return self._result(ask.job, await self._store.execute(ask.job, command(ask)))

        return act

    async def _job(self, ask: Ask) -> Job:
        job = (await self._store.load(ask.job, fresh=True)).job if ask.job.isalnum() else Job()
        if job.status is Status.NONE:
            raise _no_such(ask)
        return job

    async def _consent(self, ask: Ask) -> dict[str, Any]:
        """The owner's or a voter's answer. Whoever else asks is told so: the question stands in a group they read."""
        await self._job(ask)
        command = o.GiveConsent(by=ask.user) if ask.yes else o.DeclineConsent(by=ask.user, other=ask.other)
        return self._result(ask.job, await self._store.execute(ask.job, command))

    def _result(self, job_id: str, outcome: Any) -> dict[str, Any]:
        if isinstance(outcome, Refusal):
            told = f"{outcome.why}; you can: {outcome.instead}"
            return {"error": told, "kind": "refused", "code": outcome.code, "job": job_id}
        return {"job": job_id, "status": outcome.job.status, "sequence": outcome.sequence}


def _no_such(ask: Ask) -> NotFound:
    """Another's job looks like none."""
    return NotFound(f'no job "{ask.job}": see `usher jobs`')


def check_number(text: str) -> str:
    """A booking number as a person typed it. Raises BadInput."""
    number = text.strip()
    if len(number) > 40 or not all(c.isascii() and (c.isalnum() or c in "-_/#") for c in number):
        raise BadInput("number", "it is no booking number", "up to 40 letters, digits and - _ / #", "DC48213377")
    return number


def watch_end(wish: Wish, now: datetime) -> datetime:
    """The end of watching (UTC): as wished, else the end of the last date, else three days from now."""
    if wish.watch_until is not None:
        return wish.watch_until
    if wish.dates:
        return datetime.combine(max(wish.dates), time(23, 59), CITY_ZONE)
    return max(now, wish.watch_from or now) + THREE_DAYS
