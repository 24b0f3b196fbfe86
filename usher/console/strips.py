"""A group's looks as a heat strip: one row a show, one letter a look. Looks never change, so each is read once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from events.codec import Recorded
from events.look import Seen
from events.reading import DirectReader, recorded
from events.wish import Availability, Show

Row = dict[str, Any]
KEPT = 2_000  # looks that are kept in mind
LETTERS = {
    Availability.AVAILABLE: "a",
    Availability.FILLING: "f",
    Availability.ALMOST_FULL: "m",
    Availability.SOLD_OUT: "s",
    Availability.LAPSED: "l",
    Availability.UNKNOWN: "u",
}
ABSENT, NO_ANSWER = "-", "x"


class Strips:
    """Reads looks by their place in the log. A show is kept as its newest look saw it."""

    def __init__(self, reader: DirectReader) -> None:
        self._reader = reader
        self._seen: OrderedDict[int, Mapping[str, str]] = OrderedDict()  # sequence → show id → letter
        self._shows: OrderedDict[str, Row] = OrderedDict()

    async def of(self, rows: Sequence[Row]) -> Row:
        """`looks` [{time, result, detail, shows}] and `shows` [{…, course}], a letter of `course` for each look; `rows`
        are the read model's, oldest first."""
        missing = [row["sequence"] for row in rows if row["type"] == "seen" and row["sequence"] not in self._seen]
        answers = await asyncio.gather(*(self._reader.at("LOOKS", number) for number in missing))
        for sequence, message in zip(missing, answers, strict=True):
            record = recorded(message) if message is not None else None
            event = record.event if isinstance(record, Recorded) else None
            self._keep(sequence, event.listing.shows if isinstance(event, Seen) else ())
        columns = [self._seen.get(row["sequence"], {}) if row["type"] == "seen" else None for row in rows]
        found = dict.fromkeys(show for column in columns if column for show in column)
        shows = [self._shows[show] | {"course": _course(show, columns)} for show in found if show in self._shows]
        looks = [
            {"time": row["time"], "result": row["type"], "detail": row["detail"], "shows": row["shows"]} for row in rows
        ]
        return {"looks": looks, "shows": sorted(shows, key=lambda show: (show["starts"], show["cinema"]))}

    def _keep(self, sequence: int, shows: Sequence[Show]) -> None:
        self._seen[sequence] = {show.show_id: LETTERS.get(show.availability, "u") for show in shows}
        for show in shows:
            self._shows[show.show_id] = _told(show)
            self._shows.move_to_end(show.show_id)
        while len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        while len(self._shows) > KEPT * 10:
            self._shows.popitem(last=False)


def _told(show: Show) -> Row:
    details = " ".join(part for part in (show.language, show.format, show.screen) if part)
    return {"id": show.show_id, "starts": show.starts.isoformat(), "cinema": show.cinema, "details": details}


def _course(show: str, columns: Sequence[Mapping[str, str] | None]) -> str:
    return "".join(NO_ANSWER if column is None else column.get(show, ABSENT) for column in columns)
