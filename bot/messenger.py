"""services.notifier.Messenger over Telegram: one live card a job, edited in place; what must ring is sent once.

**Sent once.** Telegram knows no idempotency key. "About to send" is written before a send and its message's id after
it, so an event that comes again sends nothing again. Two windows remain, and they are told apart. A process that dies
between the two writes leaves its mark: the message is taken as sent, since nearly all of that time is Telegram's
answer being on its way; if it was not, the card, which is edited with the very next step, still shows the same and has
the same buttons. An answer that is lost while we live (a time-out, a closed connection) is no mark: the message is sent
again, since losing it would be worse than two of it. Edits repeat without harm.

**Newest wins.** A card is drawn from the read model when its turn comes, so one edit covers every event until then,
and the events that were covered find nothing left to do. An edit that may not go yet raises Later instead of waiting:
the job's next event, which may be urgent, is not held up behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakValueDictionary

import msgspec
import structlog

from bot.answers import Card, Person
from bot.asking import deadline_of, question_view
from bot.cards import ENDED, card_view
from bot.dialogues import Homes
from bot.endings import blind_view
from bot.facts import Facts
from bot.reaching import reaching
from bot.ringing import Parcel, closed, decision_line, decision_of, parcels
from bot.rounds import Rounds
from bot.sender import Moved, NotTaken, Sender, Unreachable
from bot.shown import Asked, Place, Shelf
from bot.view import View
from events.errors import UsherError
from events.settings import Clock
from services.alarms import Notice
from services.buckets import Bucket
from services.notifier import Kind, News, Trouble
from services.runtime import Later

log = structlog.get_logger()


class ChatMessenger:
    """`chat` is the bucket where the bot notes in which chat a wish was made; `shown` is the messenger's own."""

    def __init__(self, sender: Sender, facts: Facts, shown: Bucket, chat: Bucket, now: Clock) -> None:
        self._sender, self._facts, self._now = sender, facts, now
        self._shelf, self._homes = Shelf(shown), Homes(chat)
        self._rounds = Rounds(facts, self._shelf, sender, self, now)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def told(self, job_id: str) -> int | None:
        """See Messenger."""
        place = await self._shelf.of(job_id)
        return None if place.fresh else place.now.told

    async def chat_of(self, user: str, job_id: str) -> int | None:
        """See Messenger: the chat the wish came from, else the person's own."""
        known = (await self._shelf.of(job_id)).now.chat
        if known:
            return known
        home = await self._homes.of(job_id, user, self._now())
        if home is not None:
            return home
        person = await self._facts.person(user)
        return person.chat or None if person is not None and person.status == "approved" else None

    async def tell(self, news: News) -> None:
        """See Messenger."""
        async with self._alone(news.job_id):
            await self._tell(news)

    async def _tell(self, news: News) -> None:
        place = await self._shelf.of(news.job_id)
        loud = news.kind is not Kind.PROGRESS and news.sequence > place.now.told
        if not loud and news.sequence <= place.now.rev and place.now.asked is None:
            return
        person = await self._facts.person(news.user)
        chat = place.now.chat or await self.chat_of(news.user, news.job_id)
        if chat is None or person is None or person.status != "approved":
            return
        if place.fresh:
            place.now.chat, place.now.told = chat, news.sequence - 1
            await place.save()
        card = await self._facts.card(news.job_id, news.sequence)
        async with reaching(self._shelf, place, chat):
            if loud:
                await self._close(news, place, person)
                await self._ring(news, place, card, person)
            await self._draw(place, card, person, f"{news.event_id}/card")
            await self._tend(news, place, card, person)

    async def _ring(self, news: News, place: Place, card: Card, person: Person) -> None:
        """Send what an event has to say, from the part on that was not sent yet; then it is told."""
        shown, around = place.now, await self._facts.around(news.name, card)
        found = await asyncio.to_thread(parcels, news.name, card, person, around)
        if shown.telling != news.event_id:
            shown.telling, shown.parts = news.event_id, 0
        for part in range(shown.parts, len(found)):
            sent = await self._send(place, f"{news.event_id}/{part}", found[part], news.kind, person)
            shown.parts = part + 1
            if found[part].asks and sent:
                shown.asked = _asked(sent, news.name, news.sequence, found[part].view)
            if part + 1 < len(found):
                await place.save()
        shown.told, shown.telling, shown.parts = news.sequence, "", 0
        await place.save()

    async def _send(self, place: Place, key: str, parcel: Parcel, kind: Kind, person: Person) -> int:
        """One message; its id, or 0 where an earlier life has (nearly certainly) sent it, or Telegram takes it in no
        shape. Whoever saves the place next writes that it is done."""
        shown = place.now
        if key in shown.unsure:
            log.warning("chat.taken_as_sent", key=key, chat=shown.chat)
            return 0
        shown.sending = key
        await place.save()
        quiet = kind is not Kind.QUESTION and person.quiet(self._now())
        try:
            if parcel.file is not None:
                sent = await self._sender.send_file(shown.chat, parcel.file, reply_to=shown.message)
            else:
                assert parcel.view is not None
                silent = quiet or not parcel.view.loud
                sent = await self._send_view(shown.chat, parcel.view, silent, shown.message)
        except (UsherError, Later, Unreachable, Moved):
            shown.sending = ""
            await place.save()
            raise
        except NotTaken as why:
            log.error("chat.message_not_taken", key=key, chat=shown.chat, why=str(why))
            sent = 0
        shown.sending = ""
        return sent

    async def _send_view(self, chat: int, view: View, silent: bool, reply_to: int) -> int:
        """A picture that Telegram does not take costs the picture, not the message."""
        try:
            return await self._sender.send(chat, view, silent=silent, reply_to=reply_to)
        except NotTaken as why:
            if view.picture is None:
                raise
            log.error("chat.picture_not_taken", chat=chat, why=str(why))
            return await self._sender.send(chat, View(view.text, view.keyboard), silent=silent, reply_to=reply_to)

    async def _draw(self, place: Place, card: Card, person: Person, key: str) -> None:
        """Bring the card up to date: edit it, or send it where there is none (any more)."""
        shown = place.now
        view = card_view(card, person, self._now())
        drawn = _hash(view)
        if shown.message and drawn == shown.drawn:
            return
        if shown.message:
            final = card.status in ENDED or card.status == "SUCCESS"
            try:
                kept = await self._sender.edit(shown.chat, shown.message, view, photo=False, calm=not final)
            except NotTaken as why:
                log.error("chat.card_not_taken", chat=shown.chat, why=str(why))
                kept = True
            if not kept:
                shown.message = 0
        if not shown.message:
            shown.message = await self._send(place, key, Parcel(view), Kind.PROGRESS, person)
        shown.rev, shown.drawn = card.sequence, drawn
        await place.save()

    async def _tend(self, news: News, place: Place, card: Card, person: Person) -> None:
        """Keep the open question as it stands (votes, revision), or end it."""
        asked = place.now.asked
        if asked is None:
            return
        if card.open_question != asked.name:
            await self._close(news, place, person)
            return
        view = question_view(card, person, self._now(), names=await self._facts.names(card))
        if view is None or _hash(view) == asked.drawn:
            return
        await self._edit_asked(place, asked, view, calm=False)
        place.now.asked = _asked(asked.message, asked.name, asked.sequence, view, asked.photo)
        await place.save()

    async def _close(self, news: News, place: Place, person: Person) -> None:
        """Write a question's outcome into it and take its buttons away."""
        asked = place.now.asked
        if asked is None or (news.name == asked.name and news.sequence == asked.sequence):
            return
        decided = decision_of(await self._facts.timeline(news.job_id), asked.sequence)
        by = str(decided["body"].get("by", "")) if decided else ""
        who = await self._facts.person(by) if by else None
        line = decision_line(asked.name, decided, (who.name if who else "") or by, person.voice)
        await self._edit_asked(place, asked, closed(asked.text, asked.entities, line), calm=False)
        place.now.asked = None
        await place.save()

    async def _edit_asked(self, place: Place, asked: Asked, view: View, *, calm: bool) -> None:
        try:
            await self._sender.edit(place.now.chat, asked.message, view, photo=asked.photo, calm=calm)
        except NotTaken as why:
            log.error("chat.question_not_taken", chat=place.now.chat, why=str(why))

    async def trouble(self, trouble: Trouble) -> None:
        """See Messenger."""
        async with self._alone(trouble.job_id):
            await self._trouble(trouble)

    async def _trouble(self, trouble: Trouble) -> None:
        place = await self._shelf.of(trouble.job_id)
        person = await self._facts.person(trouble.user)
        if place.now.noted == trouble.event_id or person is None or not place.now.chat:
            return
        card = await self._facts.card(trouble.job_id)
        async with reaching(self._shelf, place, place.now.chat):
            if person.hears_progress:
                view = blind_view(card, person, trouble.blocked, trouble.times, trouble.detail)
                await self._send(place, f"{trouble.event_id}/0", Parcel(view), Kind.PROGRESS, person)
            place.now.noted = trouble.event_id
            await place.save()
            await self._draw(place, card, person, f"{trouble.event_id}/card")

    async def refresh(self, job_id: str, person: Person) -> bool:
        """Draw a job's card anew where something on it has changed without an event: the last look, the next one.
        Whether it tells of a look by now."""
        async with self._alone(job_id):
            place = await self._shelf.of(job_id)
            if not place.now.message:
                return False
            card = await self._facts.card(job_id)
            async with reaching(self._shelf, place, place.now.chat):
                await self._draw(place, card, person, f"refresh/{self._now().isoformat()}")
            return card.last_look_at is not None

    async def count_down(self, job_id: str) -> None:
        """Write how much time is left into a job's open question, where one stands in the chat. Raises Later."""
        async with self._alone(job_id):
            place = await self._shelf.of(job_id)
            asked, card = place.now.asked, await self._facts.card(job_id)
            person, until = await self._facts.person(card.user), deadline_of(card)
            over = until is None or until <= self._now()
            if asked is None or person is None or over or card.open_question != asked.name:
                return
            view = question_view(card, person, self._now(), names=await self._facts.names(card))
            if view is None or _hash(view) == asked.drawn:
                return
            async with reaching(self._shelf, place, place.now.chat):
                await self._edit_asked(place, asked, view, calm=True)
                place.now.asked = _asked(asked.message, asked.name, asked.sequence, view, asked.photo)
                await place.save()

    async def alarm(self, notice: Notice) -> bool:
        """See Messenger."""
        return await self._rounds.alarm(notice)

    async def tick(self) -> None:
        """See Messenger."""
        await self._rounds.go()

    @contextlib.asynccontextmanager
    async def _alone(self, job_id: str) -> AsyncIterator[None]:
        """One effect on a job at a time in this process; between processes the place's revision decides."""
        lock = self._locks.setdefault(job_id, asyncio.Lock())
        async with lock:
            yield


def _hash(view: View) -> str:
    body = msgspec.json.encode([view.text.as_kwargs()["text"], _entities(view), _buttons(view)])
    return hashlib.sha256(body).hexdigest()[:16]


def _entities(view: View) -> list[dict[str, Any]]:
    return [entity.model_dump(exclude_none=True) for entity in view.text.as_kwargs()["entities"]]


def _buttons(view: View) -> Any:
    return view.keyboard.model_dump(exclude_none=True) if view.keyboard else None


def _asked(message: int, name: str, sequence: int, view: View | None, photo: bool | None = None) -> Asked:
    assert view is not None
    shown = view.picture is not None if photo is None else photo
    return Asked(message, name, sequence, shown, _hash(view), str(view.text.as_kwargs()["text"]), _entities(view))
