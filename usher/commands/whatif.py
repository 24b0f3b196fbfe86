"""`usher what-if`: the looks that were taken, judged with another wish or by today's rules."""

from __future__ import annotations

import json
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from operator import attrgetter
from typing import Any

import msgspec

from events.chain import recorded
from events.codec import Recorded
from events.errors import BadInput, UsherError
from events.folds import evolve
from events.settings import Settings
from events.state import FINAL, Job
from events.story import steps
from events.wire import Wire
from events.wish import Money, Wish, group_of, parse_moment, parse_time_range
from sites.advice import judged, said, smallest_change
from sites.hindsight import Offer, courses, offers, rejudge, seatings
from usher.log import life_of, open_log
from usher.tables import clock, in_words, write_table

LONG = 160  # letters of a decision; `--json` has all of them
NEWEST = 20  # looks in which a change is sought
SHOWN = 8  # shows of one look; `--json` has all of them


def what_if(settings: Settings, job: str | None, everything: bool, changed: dict[str, Any], as_json: bool) -> int:
    """`usher what-if`: offers of another wish; with `everything`, decisions that differ today (1 where some do)."""
    if everything == (job is not None) or (everything and changed):
        raise BadInput(
            "what-if", "one job or all", "an id with parts of a wish, or --all", "usher what-if ID --time any"
        )
    if job is None:
        return _judge_all(settings, as_json)
    with open_log(settings) as log:
        job_id, messages = life_of(log, job)
        *_, last = steps(messages)
        if last.job.wish is None:
            raise UsherError(f"job {job_id} has no wish that this version can read: see `usher replay {job_id[-8:]}`")
        wish = altered(last.job.wish, changed)
        group = group_of(wish)
        looks = [look for look in _looks(log, f"look.seen.{group}") if _watched(look, wish, changed)]
        life = [step.record for step in steps(messages) if step.record]
        maps = maps_of(log, life) if SEATING & changed.keys() else {}
    halls = list(seatings(life, wish, maps))
    was, would = ([*offers(one, looks)] for one in (last.job.wish, wish))
    if as_json:
        body = {"job_id": job_id, "wish": wish, "group": group, "looks": len(looks), "offers": would, "as_it_was": was}
        body |= {"halls": halls} if SEATING & changed.keys() else {}
        sys.stdout.write(json.dumps(msgspec.to_builtins(body)) + "\n")
    else:
        if not looks:
            when = "in that time" if {"watch_from", "watch_until"} & changed.keys() else "in the last 30 days"
            sys.stdout.write(f"no look of {group} is recorded: nobody wished for it {when}\n")
        else:
            _write_offers(looks, was, would)
        if looks and not would:
            _write_refusals(wish, looks)
        if halls:
            rows = ((clock(one.time, day=True), one.show, _seats(one.was), _seats(one.would)) for one in halls)
            sys.stdout.write("\n")
            write_table(("hall seen", "show", "seats then", "with this wish"), rows)
    return 0


def _judge_all(settings: Settings, as_json: bool) -> int:
    lives: dict[str, list[Recorded]] = {}
    groups: dict[str, list[Recorded]] = {}
    unread = 0
    with open_log(settings) as log:
        for message in log.scan("JOBS", ">"):
            record = recorded(message)
            if isinstance(record, Recorded):
                lives.setdefault(record.key, []).append(record)
            else:
                unread += 1
        for look in _looks(log, "look.seen.>"):
            groups.setdefault(look.key, []).append(look)
        found = [rejudge(life, looks_of(life, groups), maps_of(log, life)) for life in lives.values()]
    decisions = sum(judged.decisions for judged in found)
    differences = [difference for judged in found for difference in judged.differences]
    if as_json:
        body: dict[str, Any] = {"jobs": len(lives), "decisions": decisions, "unreadable": unread}
        body |= {"differences": msgspec.to_builtins(differences)}
        sys.stdout.write(json.dumps(body) + "\n")
    else:
        told = f"{len(differences)} differ" if differences else "each comes out as it did"
        sys.stdout.write(f"{decisions:,} decisions of {len(lives):,} jobs taken again: {told}\n")
        if unread:
            sys.stdout.write(f"{unread:,} events cannot be read and are not judged: see `usher verify`\n")
        for one in differences:
            event = f"event {one.sequence}" if one.sequence else "no event"
            sys.stdout.write(f"\njob {one.job}, {event}, {clock(one.time, day=True)}\n")
            sys.stdout.write(f"  recorded {_cut(one.recorded)}\n  today    {_cut(one.now)}\n")
    return 1 if differences else 0


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def looks_of(life: Sequence[Recorded], groups: Mapping[str, Sequence[Recorded]]) -> list[Recorded]:
    """The looks that a job's life could have to do with: from the last one before it to its end."""
    found: list[Recorded] = []
    over, end = reduce(evolve, (record.event for record in life), Job()).status in FINAL, life[-1].time
    wishes = (getattr(record.event, "wish", None) for record in life)
    for group in dict.fromkeys(group_of(wish) for wish in wishes if wish is not None):
        looks = groups.get(group, ())
        first = max(0, bisect_left(looks, life[0].time, key=attrgetter("time")) - 1)
        found += looks[first : bisect_left(looks, end, key=attrgetter("time")) if over else None]
    return found


def maps_of(log: Wire, life: Sequence[Recorded]) -> dict[str, bytes]:
    """The halls that a life's events name, as far as they are kept."""
    names = {name for record in life if (name := getattr(record.event, "map", None))}
    return {name: data for name in names if (data := log.object(name)) is not None}


def _looks(log: Wire, subject: str) -> Iterator[Recorded]:
    for message in log.scan("LOOKS", subject):
        record = recorded(message)
        if isinstance(record, Recorded):
            yield record


def _watched(look: Recorded, wish: Wish, changed: Mapping[str, Any]) -> bool:
    """Whether the wish would have heard of a look: a window counts where it is asked about, else every look does."""
    late = "watch_from" in changed and wish.watch_from is not None and look.time < wish.watch_from
    early = "watch_until" in changed and wish.watch_until is not None and look.time > wish.watch_until
    return not late and not early


def _write_offers(looks: Sequence[Recorded], was: Sequence[Offer], would: Sequence[Offer]) -> None:
    since = clock(looks[0].time, day=True)
    shows = sum(len(offer.shows) for offer in would)
    first = f", the first at {clock(would[0].time, day=True)}" if would else ""
    told = f"with this wish you would have been offered {shows} show{'' if shows == 1 else 's'} since {since}{first}"
    sys.stdout.write(f"{told} ({len(looks):,} recorded look{'s' if len(looks) > 1 else ''})\n")
    sys.stdout.write(f"with the wish as it is: {sum(len(offer.shows) for offer in was)}\n")
    rows, pills = [], courses(looks)
    for offer in would:
        for show in offer.shows[:SHOWN]:
            rows.append((clock(offer.time, day=True), in_words(show), _course(pills[show.show_id])))
        if len(offer.shows) > SHOWN:
            rows.append(("", f"… and {len(offer.shows) - SHOWN} more", ""))
    if rows:
        write_table(("offered", "show", "what its pill said"), rows)


def _write_refusals(wish: Wish, looks: Sequence[Recorded]) -> None:
    """Why the newest look offers nothing, and the smallest change with which some look would have."""
    newest = looks[-1].event
    verdict = judged(wish, newest.listing, newest.seen_at)
    lines = Counter(part for one in verdict.refused for part in one.parts)
    by = ", ".join(f"{part} {count}" for part, count in lines.most_common())
    told = f"{len(verdict.refused)} shows refused" + (f" ({by})" if by else "") + f", {len(verdict.gone)} gone"
    sys.stdout.write(f"the newest look, {clock(newest.seen_at, day=True)}: {told}\n")
    change = smallest_change(wish, (look.event.listing for look in looks[-NEWEST:]), newest.seen_at)
    if change is not None:
        sys.stdout.write(f"the smallest change more: {said(change, wish)}\n  then {in_words(change.show)}\n")


def _seats(seats: Sequence[str]) -> str:
    return " ".join(seats) or "none"


def _course(course: Sequence[tuple[datetime, str]]) -> str:
    return ", ".join(f"{says} {clock(at, day=True)[4:-3]}" for at, says in course[-4:])


def altered(wish: Wish, changed: dict[str, Any]) -> Wish:
    """The wish with some of its parts replaced; the word "any" empties one. Raises BadInput."""
    for name, value in changed.items():
        field, read = PARTS[name]
        wish = msgspec.structs.replace(wish, **{field: read(value, wish)})
    return wish


def _listed(values: list[str], read: Callable[[str], Any] = str) -> tuple[Any, ...]:
    return () if values == ["any"] else tuple(read(value) for value in values)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("date", f'"{text}" is no date', 'YYYY-MM-DD, or "any"', "2026-12-18") from None


def _cap(text: str) -> Money | None:
    if text == "any":
        return None
    try:
        paise = round(float(text) * 100)
    except (ValueError, OverflowError):
        paise = 0
    if paise <= 0:
        raise BadInput("cap", f'"{text}" is no amount above 0', 'rupees, or "any"', "--cap 1500")
    return Money(paise)


def _moment(name: str, text: str) -> datetime | None:
    return parse_moment(name, None if text == "any" else text)


def _named(text: str) -> str | None:
    return None if text == "any" else text


PARTS: dict[str, tuple[str, Callable[[Any, Wish], Any]]] = {
    "film": ("film", lambda text, _: text),
    "city": ("city", lambda text, _: text),
    "cinema": ("cinemas", lambda values, _: _listed(values)),
    "date": ("dates", lambda values, _: _listed(values, _day)),
    "time": ("times", lambda values, _: _listed(values, parse_time_range)),
    "language": ("languages", lambda values, _: _listed(values)),
    "format": ("formats", lambda values, _: _listed(values)),
    "screen": ("screens", lambda values, _: _listed(values)),
    "watch_from": ("watch_from", lambda text, _: _moment("watch_from", text)),
    "watch_until": ("watch_until", lambda text, _: _moment("watch_until", text)),
    "cap": ("cap", lambda text, _: _cap(text)),
    "seats": ("seats", lambda count, wish: msgspec.structs.replace(wish.seats, count=count)),
    "category": ("seats", lambda text, wish: msgspec.structs.replace(wish.seats, category=_named(text))),
    "avoid_rows": ("seats", lambda rows, wish: msgspec.structs.replace(wish.seats, avoid_rows=rows)),
    "apart": ("seats", lambda yes, wish: msgspec.structs.replace(wish.seats, together=not yes)),
    "across_aisle": ("seats", lambda yes, wish: msgspec.structs.replace(wish.seats, across_aisle=yes)),
    "accessible": ("seats", lambda yes, wish: msgspec.structs.replace(wish.seats, accessible=yes)),
}
SEATING = {"cap", *(name for name, (field, _) in PARTS.items() if field == "seats")}  # what seats are chosen by
