"""The recorded past judged again: another wish, or today's rules, over looks that were taken then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec

from events import job as j
from events.codec import Recorded
from events.folds import evolve
from events.lifecycle import Refusal, decide
from events.look import Seen
from events.state import Job, Status
from events.wish import Listing, SeatMap, SeatPlan, Show, Wish
from sites.matching import failing_parts, shows_that_fit
from sites.seats import choose
from sites.verdict import verdict

TOLD = {Status.WATCHING, Status.AWAITING_INPUT}  # states in which a look may say something to a job
Decided = j.TicketsDetected | j.PreferencesMismatched


class Offer(msgspec.Struct, frozen=True):
    """What one look would have offered that the looks before it did not."""

    time: datetime
    look: str
    shows: tuple[Show, ...]


class Seating(msgspec.Struct, frozen=True):
    """The seats of one hall: chosen then, and with another wish; () where none fit."""

    time: datetime
    show: str
    was: tuple[str, ...]
    would: tuple[str, ...]


class Difference(msgspec.Struct, frozen=True):
    """A decision that comes out otherwise today. `sequence` is the recorded event's, None where there was none."""

    job: str
    time: datetime
    sequence: int | None
    recorded: str
    now: str


def offers(wish: Wish, looks: Iterable[Recorded]) -> Iterator[Offer]:
    """The looks that would have offered something new with this wish, oldest first."""
    known: set[str] = set()
    judged: dict[Show, tuple[str, ...]] = {}

    def parts_of(wish: Wish, show: Show) -> tuple[str, ...]:
        if show not in judged:
            judged[show] = failing_parts(wish, show)
        return judged[show]

    for look in looks:
        if not isinstance(look.event, Seen):
            continue
        fit = shows_that_fit(wish, look.event.listing, look.event.seen_at, parts_of)
        if fresh := tuple(show for show in fit.shows if show.show_id not in known):
            known |= {show.show_id for show in fresh}
            yield Offer(look.event.seen_at, look.event.look, fresh)


def seatings(life: Iterable[Recorded], wish: Wish, maps: Mapping[str, bytes]) -> Iterator[Seating]:
    """What a wish would have chosen in the halls that a job saw, as far as `maps` has them."""
    known = set[str]()
    for record in life:
        plan, name = getattr(record.event, "plan", None), getattr(record.event, "map", None) or ""
        if plan is None or name not in maps or name in known:
            continue
        known.add(name)
        would = _chosen(maps[name], wish)
        yield Seating(record.time, record.event.show, plan.seats, would.seats if would else ())


def _chosen(hall: bytes, wish: Wish) -> SeatPlan | None:
    return choose(msgspec.json.decode(hall, type=SeatMap), wish.seats, wish.cap.amount if wish.cap else None)


def courses(looks: Iterable[Recorded]) -> dict[str, list[tuple[datetime, str]]]:
    """How each show's pill changed over the looks: show id → (when it was first seen so, what it said). A show that is
    not listed any more is `gone`.
    """
    told: dict[str, list[tuple[datetime, str]]] = {}
    for look in looks:
        if not isinstance(look.event, Seen):
            continue
        at, listed = look.event.seen_at, {show.show_id: str(show.availability) for show in look.event.listing.shows}
        for show_id in told.keys() - listed.keys():
            listed[show_id] = "gone"
        for show_id, says in listed.items():
            course = told.setdefault(show_id, [])
            if not course or course[-1][1] != says:
                course.append((at, says))
    return told


class Judged(msgspec.Struct, frozen=True):
    """How many decisions were taken again, and those that came out otherwise."""

    decisions: int
    differences: tuple[Difference, ...]


def rejudge(life: Sequence[Recorded], looks: Iterable[Recorded], maps: Mapping[str, bytes] | None = None) -> Judged:
    """Take every decision of one job's life again, by today's rules. `looks` of its groups; `maps`: the halls that were
    seen (JSON of a SeatMap), by the name an event gives them.

    A look is judged in the state that the record gives the job then. What cannot be judged, because its look is older
    than the stream or its map is gone, is passed over.
    """
    told = {record.event.look for record in life if isinstance(record.event, Decided)}
    seen = (record for record in looks if isinstance(record.event, Seen))
    past, found = _Past(), list[Difference]()
    for record in sorted(chain(seen, life), key=attrgetter("time")):
        if isinstance(record.event, Seen):
            past.see(record.event)
            if record.event.look not in told and past.could_hear(record.event):
                found += past.unsaid(record, record.event, life[0].key)
            continue
        if isinstance(record.event, Decided):
            found += past.said_otherwise(record, record.event)
        else:
            found += past.chosen_otherwise(record, maps or {})
        past.fold(record)
    return Judged(past.decisions, tuple(found))


class _Past:
    """A job as it was while its record is read."""

    def __init__(self) -> None:
        self.job, self.decisions = Job(), 0
        self._listening_since: datetime | None = None
        self._looks: dict[str, Seen] = {}
        self._newest: dict[str, Seen] = {}

    def see(self, look: Seen) -> None:
        self._looks[look.look] = self._newest[look.group] = look

    def fold(self, record: Recorded) -> None:
        before, self.job = self.job, evolve(self.job, record.event)
        listens = self.job.status in TOLD
        if not listens or before.status not in TOLD or before.wish != self.job.wish:
            self._listening_since = record.time if listens else None

    def could_hear(self, look: Seen) -> bool:
        """Whether the look began while the job listened: a wish that comes later is told by the next one."""
        began = look.seen_at - timedelta(milliseconds=look.ms)
        return look.group == self.job.group and self._listening_since is not None and self._listening_since < began

    def _decide(self, listing: Listing, look: str, at: datetime) -> Sequence[j.Event]:
        assert self.job.wish is not None
        command = verdict(self.job.wish, listing, look, at)
        decision = decide(command, self.job) if command else []
        return () if isinstance(decision, Refusal) else decision

    def unsaid(self, record: Recorded, look: Seen, job_id: str) -> Iterator[Difference]:
        self.decisions += 1
        for event in self._decide(look.listing, look.look, look.seen_at):
            yield Difference(job_id, record.time, None, "nothing", _brief(event))

    def said_otherwise(self, record: Recorded, event: Decided) -> Iterator[Difference]:
        look = self._looks.get(event.look) or self._newest.get(self.job.group)
        if look is None or self.job.wish is None:
            return
        self.decisions += 1
        at = event.seen_at if isinstance(event, j.TicketsDetected) else record.time
        today = self._decide(look.listing, event.look, at)
        if [_words(one) for one in today] != [_words(event)]:
            says = _brief if not today or _brief(today[0]) != _brief(event) else _words
            now = says(today[0]) if today else "nothing"
            yield Difference(record.key, record.time, record.sequence, says(event), now)

    def chosen_otherwise(self, record: Recorded, maps: Mapping[str, bytes]) -> Iterator[Difference]:
        plan, kept = getattr(record.event, "plan", None), maps.get(getattr(record.event, "map", None) or "")
        if plan is None or kept is None or self.job.wish is None:
            return
        self.decisions += 1
        today = _chosen(kept, self.job.wish)
        if today is None or (today.seats, today.score) != (plan.seats, plan.score):
            yield Difference(record.key, record.time, record.sequence, _seats(plan), _seats(today))


def _words(event: Any) -> str:
    """All that makes two decisions alike."""
    match event:
        case j.TicketsDetected(shows=shows):
            return f"tickets_detected: {', '.join(f'{show.show_id} {show.fingerprint()}' for show in shows)}"
        case j.PreferencesMismatched(missing=missing, on_sale=shows, fingerprint=print_):
            return (
                f"preferences_mismatched ({', '.join(missing)}; {print_}): {', '.join(show.show_id for show in shows)}"
            )
    return str(type(event).__struct_config__.tag)


def _brief(event: Any) -> str:
    """The same for people: its first shows."""
    match event:
        case j.TicketsDetected(shows=shows):
            return f"tickets_detected: {_some(shows)}"
        case j.PreferencesMismatched(missing=missing, on_sale=shows):
            return f"preferences_mismatched ({', '.join(missing)}), on sale: {_some(shows)}"
    return str(type(event).__struct_config__.tag)


def _some(shows: Sequence[Show], most: int = 2) -> str:
    told = "; ".join(f"{show.cinema}, {show.local_start:%a %d %b %H:%M}" for show in shows[:most])
    return f"{told}; and {len(shows) - most} more" if len(shows) > most else told


def _seats(plan: Any) -> str:
    return f"seats {' '.join(plan.seats)} (score {plan.score})" if plan else "no seats"
