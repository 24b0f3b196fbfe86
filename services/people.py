"""The desk's room for people: who is served, their cards, contact and settings (`usher.user.*`)."""

from __future__ import annotations

import asyncio
import re
from functools import reduce
from typing import Any

import msgspec
import structlog
from nats.micro.service import Service

from events import orders as o
from events import people as p
from events.errors import BadInput, BrokenHistory, Conflict, NotAllowed, OutcomeUnknown
from events.lifecycle import Refusal
from events.reading import history
from events.settings import Settings, new_event_id
from events.store import EventStore
from services.answering import answering
from services.asking import ask, newest
from services.commands import Commands
from services.pairing import Pairing
from services.vault import Vault, mask_contact

log = structlog.get_logger()
TRIES, PAUSE = 5, 0.005  # s, doubled from try to try


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """What a request about people may hold. `user` is who asks, `who` the person it is about."""

    user: str = ""
    who: str = ""
    telegram: int = 0
    chat: int = 0
    name: str = ""
    code: str = ""
    email: str = ""
    phone: str = ""
    settings: dict[str, str] = {}
    number: str = ""
    pin: str = ""
    label: str = ""
    card: str = ""
    cards: tuple[str, ...] = ()


class People:
    """Decides about people and appends to USERS; secrets go to the vault first, the masked fact follows."""

    def __init__(self, store: EventStore, vault: Vault, pairing: Pairing, settings: Settings) -> None:
        self._store, self._vault, self._pairing, self._owner = store, vault, pairing, settings.user

    async def start(self, service: Service, commands: Commands) -> None:
        """Add the endpoints to the desk's micro service."""

        def who(asked: Ask) -> str:
            return asked.user or f"tg{asked.telegram}"

        people = service.add_group(name="usher.user")
        for name, act in {
            "pair": self._pair,
            "knock": self._knock,
            "approve": self._approve,
            "remove": self._remove,
            "contact": self._contact,
            "settings": self._settings,
            "forget": self._forget,
        }.items():
            await people.add_endpoint(name=name, handler=answering(Ask, act, commands, who))
        await people.add_endpoint(name="code", handler=answering(Ask, self._code))  # a secret: no answer is kept
        cards = service.add_group(name="usher.user.card")
        for name, act in {
            "add": self._add_card,
            "label": self._label_card,
            "remove": self._remove_card,
            "order": self._order_cards,
        }.items():
            await cards.add_endpoint(name=name, handler=answering(Ask, act, commands, who))

    async def check_served(self, user: str) -> None:
        """Raises NotAllowed for somebody whom the owner has not let in."""
        if user != self._owner and (await self._load(user))[0].standing is not p.Standing.APPROVED:
            raise NotAllowed("this usher does not serve you (yet). Its owner can let you in: `/users`.", "not_let_in")

    async def paired(self) -> bool:
        """Whether the owner is known in the chat."""
        return (await self._load(self._owner))[0].telegram is not None

    async def _load(self, user: str) -> tuple[p.Person, int]:
        if not re.fullmatch(r"[a-z0-9_-]{1,40}", user):
            raise BadInput("user", f'"{user[:40]}" is no user', "lower-case letters and digits")
        events = await history(self._store.reader, "USERS", f"user.*.{user}")
        return reduce(p.evolve, (record.event for record in events), p.Person()), events[-1].sequence if events else 0

    async def _execute(self, user: str, command: p.Command) -> dict[str, Any]:
        """Load, decide, append; anew on a conflict or a lost answer, which the next decision takes into account."""
        for attempt in range(TRIES):
            person, sequence = await self._load(user)
            decision = p.decide(command, person)
            if isinstance(decision, Refusal):
                told = f"{decision.why}; you can: {decision.instead}"
                return {"error": told, "kind": "refused", "code": decision.code}
            if not decision:
                return {"user": user, "status": person.standing, "sequence": sequence}
            ids = [new_event_id() for _ in decision]
            try:
                first = await self._store.append("user", user, sequence, decision, ids)
            except (Conflict, OutcomeUnknown):
                await asyncio.sleep(PAUSE * 2**attempt)  # a copy of the log that is behind catches up
                continue
            standing = reduce(p.evolve, decision, person).standing
            return {"user": user, "status": standing, "sequence": first + len(decision) - 1}
        raise Conflict("this record is changed by others all the time: try again")

    async def _pair(self, asked: Ask) -> dict[str, Any]:
        owner = (await self._load(self._owner))[0]
        if owner.telegram != asked.telegram and not await self._pairing.fits(asked.code):
            raise NotAllowed("that is not the pairing code. `usher pair` tells it.", "wrong_code")
        answer = await self._execute(self._owner, p.Pair(asked.name[:100], asked.telegram, asked.chat))
        if "error" not in answer:
            await self._pairing.used()
        return answer

    async def _code(self, _: Ask) -> dict[str, Any]:
        if await self.paired():
            raise NotAllowed("the owner is known in the chat already: nobody else can become it", "paired")
        return {"code": await self._pairing.code()}

    async def _knock(self, asked: Ask) -> dict[str, Any]:
        if (await self._load(self._owner))[0].telegram == asked.telegram:
            return {"user": self._owner, "status": "approved", "sequence": 0}
        user = f"tg{asked.telegram}"
        before = (await self._load(user))[0].standing
        answer = await self._execute(user, p.Knock(asked.name[:100], asked.telegram, asked.chat))
        return answer | ({"status": "new"} if before is p.Standing.UNKNOWN and "error" not in answer else {})

    async def _by_owner(self, asked: Ask, command: p.Command) -> dict[str, Any]:
        if asked.user != self._owner:
            raise NotAllowed("only this usher's owner decides who is served", "owner_only")
        if asked.who == self._owner:
            raise NotAllowed("the owner is always served", "owner_only")
        return await self._execute(asked.who, command)

    async def _approve(self, asked: Ask) -> dict[str, Any]:
        return await self._by_owner(asked, p.Approve(asked.user))

    async def _remove(self, asked: Ask) -> dict[str, Any]:
        answer = await self._by_owner(asked, p.Remove(asked.user))
        if "error" not in answer:
            answer["ended"] = await self._end_jobs(asked.who, "their usher does not serve them any more")
        return answer

    async def _end_jobs(self, user: str, why: str) -> dict[str, str]:
        """Cancel what may be cancelled of the user's active jobs: job id → state after it, or why not."""
        after = await newest(self._store.nc, "JOBS")
        ended: dict[str, str] = {}
        for row in await ask(self._store.nc, "usher.query.jobs", {"which": "active", "user": user, "after": after}):
            ended[row["job_id"]] = await self._cancel(row["job_id"], user, why)
        return ended

    async def _cancel(self, job_id: str, user: str, why: str) -> str:
        try:
            outcome = await self._store.execute(job_id, o.CancelJob(by=user, why=why))
        except BrokenHistory as wrong:
            return str(wrong)
        return outcome.why if isinstance(outcome, Refusal) else str(outcome.job.status)

    async def _contact(self, asked: Ask) -> dict[str, Any]:
        await self.check_served(asked.user)
        contact = await self._vault.set_contact(asked.user, asked.email, asked.phone)
        email, phone = mask_contact(contact)
        return await self._execute(asked.user, p.SetContact(email, phone)) | {"email": email, "phone": phone}

    async def _settings(self, asked: Ask) -> dict[str, Any]:
        await self.check_served(asked.user)
        return await self._execute(asked.user, p.ChangeSettings(p.check_settings(asked.settings)))

    async def _forget(self, asked: Ask) -> dict[str, Any]:
        """End the jobs, destroy the secrets, empty the record; `ended` says what became of each job."""
        await self.check_served(asked.user)
        ended = await self._end_jobs(asked.user, "forgotten")
        await self._vault.forget(asked.user)
        return await self._execute(asked.user, p.Forget()) | {"ended": ended}

    async def _add_card(self, asked: Ask) -> dict[str, Any]:
        await self.check_served(asked.user)
        label = check_label(asked.label)
        card_id, last4 = await self._vault.add_card(asked.user, asked.number, asked.pin)
        answer = await self._execute(asked.user, p.AddCard(card_id, last4, label))
        return answer | {"card": card_id, "last4": last4}

    async def _label_card(self, asked: Ask) -> dict[str, Any]:
        await self.check_served(asked.user)
        return await self._execute(asked.user, p.LabelCard(asked.card, check_label(asked.label))) | {"card": asked.card}

    async def _remove_card(self, asked: Ask) -> dict[str, Any]:
        await self.check_served(asked.user)
        await self._vault.remove_card(asked.user, asked.card)
        return await self._execute(asked.user, p.RemoveCard(asked.card)) | {"card": asked.card}

    async def _order_cards(self, asked: Ask) -> dict[str, Any]:
        await self.check_served(asked.user)
        await self._vault.order_cards(asked.user, asked.cards)
        return await self._execute(asked.user, p.OrderCards(asked.cards))


def check_label(text: str) -> str:
    """A card's label as it will be kept: it stands in an event, so it must be no card's number. Raises BadInput."""
    label = " ".join(text.split())
    if len(label) > 60:
        raise BadInput("label", f"it has {len(label)} characters", "up to 60")
    if re.search(r"(?:\d[ -]?){8}", label):
        raise BadInput("label", "it looks like a card's number, and labels are shown", "a name", "birthday")
    return label
