"""The one door for users' commands: NATS micro service `usher`; checks the owner, decides, appends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import Service

from events import orders as o
from events import user as u
from events.errors import BadInput, NotFound, UsherError
from events.lifecycle import FINAL, Job, Refusal, Status
from events.reading import DirectReader, sequence_of
from events.settings import Clock, Settings, new_event_id, new_job_id
from events.store import EventStore
from events.wish import CITY_ZONE, Wish, check_wish
from services.buckets import Bucket
from services.vault import Vault

log = structlog.get_logger()
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
    pin: str = ""
    card: str = ""
    label: str = ""


class Desk:
    """Answers `usher.job.*` and `usher.user.*`. Every answer is JSON: a result, or an error a person understands."""

    def __init__(
        self, nc: Client, store: EventStore, vault: Vault, watchlist: Bucket, settings: Settings, now: Clock
    ) -> None:
        self._nc, self._store, self._vault, self._watchlist = nc, store, vault, watchlist
        self._settings, self._now = settings, now
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
        await jobs.add_endpoint(name="create", handler=self._answer(self._create))
        await jobs.add_endpoint(name="change", handler=self._answer(self._change))
        await jobs.add_endpoint(name="consent", handler=self._answer(self._consent))
        for name, command in simple.items():
            await jobs.add_endpoint(name=name, handler=self._answer(self._commanded(command)))
        cards = self._service.add_group(name="usher.user.card")
        await cards.add_endpoint(name="add", handler=self._answer(self._add_card))
        await cards.add_endpoint(name="remove", handler=self._answer(self._remove_card))

    async def stop(self) -> None:
        """Take no more requests."""
        if self._service is not None:
            await self._service.stop()

    def _answer(self, act: Callable[[Ask], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[None]]:
        async def handle(request: Request) -> None:
            try:
                body = await act(msgspec.json.decode(request.data, type=Ask))
            except msgspec.MsgspecError as wrong:
                body = {"error": f"the request cannot be read: {wrong}", "kind": "bad_input"}
            except BadInput as wrong:
                body = {"error": str(wrong), "kind": "bad_input", "field": wrong.field}
            except UsherError as wrong:
                body = {"error": str(wrong), "kind": type(wrong).__name__}
            except Exception:  # an internal text must not leak into the answer's headers
                log.exception("desk.failed", subject=request.subject)
                body = {"error": "usher failed inside: see its log", "kind": "internal"}
            await request.respond(msgspec.json.encode(body))

        return handle

    async def _create(self, ask: Ask) -> dict[str, Any]:
        if ask.wish is None:
            raise BadInput("wish", "it is missing", "a wish with film and city")
        wish = check_wish(ask.wish, self._now())
        mine = await self._active(ask.user)
        for job_id, other in mine.items():
            if msgspec.structs.replace(other, watch_from=None) == msgspec.structs.replace(wish, watch_from=None):
                raise BadInput("wish", f"job {job_id} already has this very wish", "a wish that differs")
        if len(mine) >= MOST_ACTIVE:
            raise BadInput("job", f"{len(mine)} jobs are active", f"up to {MOST_ACTIVE}; cancel one first")
        job_id, until = new_job_id(), watch_end(wish, self._now())
        outcome = await self._store.execute(job_id, o.CreateJob(ask.user, wish, until))
        return self._result(job_id, outcome)

    async def _active(self, user: str) -> dict[str, Wish]:
        """The user's listed jobs and their wishes."""
        found: dict[str, Wish] = {}
        for key, value in (await self._watchlist.under("")).items():
            entry = msgspec.json.decode(value)
            if entry["user"] == user:
                job_id = key.rsplit(".", 1)[1]
                job = (await self._store.load(job_id)).job
                if job.wish is not None and job.status not in FINAL:
                    found[job_id] = job.wish
        return found

    async def _change(self, ask: Ask) -> dict[str, Any]:
        if ask.wish is None:
            raise BadInput("wish", "it is missing", "a wish with film and city")
        wish = check_wish(ask.wish, self._now())
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
            return {"error": f"{outcome.why}; you can: {outcome.instead}", "kind": "refused", "job": job_id}
        return {"job": job_id, "status": outcome.job.status, "sequence": outcome.sequence}

    async def _add_card(self, ask: Ask) -> dict[str, Any]:
        card_id, last4 = await self._vault.add_card(ask.user, ask.number, ask.pin)
        await self._tell(ask.user, u.CardAdded(card_id, last4, ask.label))
        return {"card": card_id, "last4": last4}

    async def _remove_card(self, ask: Ask) -> dict[str, Any]:
        await self._vault.remove_card(ask.user, ask.card)
        await self._tell(ask.user, u.CardRemoved(ask.card))
        return {"card": ask.card}

    async def _tell(self, user: str, event: u.UserEvent) -> None:
        reader: DirectReader = self._store.reader
        last = await reader.last_of_each("USERS", f"user.*.{user}")
        expected = max(map(sequence_of, last), default=0)
        await self._store.append("user", user, expected, [event], [new_event_id()])


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
