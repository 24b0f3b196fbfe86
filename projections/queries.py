"""Questions with names, each one SQL statement on a read-only connection."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from events.errors import NotFound
from projections.card import card_of
from projections.listing import FINAL, listing

Row = dict[str, Any]
# job_id alone is read from its index: a hundred thousand take 12 ms, whole rows would take three times as long
ENDS_WITH = """
    SELECT * FROM jobs
     WHERE job_id IN (SELECT job_id FROM jobs WHERE substr(job_id, -length(:p)) = :p LIMIT 6)
"""


class Queries:
    """Answers from one projection file. Every row is a dict of its columns."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row

    def _rows(self, sql: str, values: dict[str, Any] | tuple[Any, ...] = ()) -> list[Row]:
        return [dict(row) for row in self._db.execute(sql, values)]

    def jobs(self, **page: Any) -> list[Row]:
        """Jobs, newest first; see projections.listing. Raises NotFound, TypeError for an unknown argument."""
        return self._rows(*listing(**page))

    def counts(self) -> dict[str, int]:
        """Jobs by status."""
        rows = self._rows("SELECT status, count(*) AS jobs FROM jobs GROUP BY status")
        return {row["status"]: row["jobs"] for row in rows}

    def job(self, prefix: str) -> Row:
        """The job whose id begins or ends with `prefix`. Raises NotFound where none or several do."""
        plain = "".join(c for c in prefix.lower() if c.isalnum()) or "-"
        found = (
            self._rows("SELECT * FROM jobs WHERE job_id = ?", (plain,))
            or self._rows("SELECT * FROM jobs WHERE job_id >= ? AND job_id < ? LIMIT 6", (plain, f"{plain}~"))
            or self._rows(ENDS_WITH, {"p": plain})
        )
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFound(f'no job "{prefix}": see `usher jobs`')
        several = ", ".join(row["job_id"] for row in found[:5])
        raise NotFound(f'"{prefix}" fits several jobs: {several}. Give more characters.')

    def timeline(self, job_id: str) -> list[Row]:
        """A job's events in order."""
        return self._rows("SELECT * FROM timeline WHERE job_id = ? ORDER BY sequence", (job_id,))

    def card(self, job_id: str) -> Row:
        """What a job's live card shows: its row and, decoded, `wish`, `shows` (last detected), `on_sale` and `missing`
        (last mismatch), `plan`, `rejected`, `paid_with`, `map`; `consent`, `qr`, `challenge`, `question` only while
        they are open, else None; `by_code`: this attempt showed a code to pay; `cancelling`: that code was given up and
        what came of it is being read; `sequence`. Raises NotFound.
        """
        return card_of(self.job(job_id), self.timeline(job_id))

    def bookings(self, job_id: str) -> list[Row]:
        """A job's booking attempts."""
        return self._rows("SELECT * FROM bookings WHERE job_id = ? ORDER BY attempt", (job_id,))

    def spent(self, user: str) -> list[Row]:
        """A user's payments, made or still possible, as events.spending counts them: each with the sequence and time of
        its hold. A hold counts while its attempt runs; an attempt that failed does not."""
        return self._rows(
            """
            SELECT job_id, bookings.attempt AS attempt, min(timeline.sequence) AS sequence, min(timeline.time) AS at,
                   bookings.amount AS amount, bookings.status AS status
              FROM jobs JOIN bookings USING (job_id) JOIN timeline USING (job_id)
             WHERE user = :user AND timeline.type = 'seats_held'
               AND json_extract(timeline.body, '$.attempt') = bookings.attempt
               AND (bookings.status IN ('requested', 'submitted', 'booked', 'unknown')
                    OR bookings.status = 'held' AND jobs.status = 'BOOKING' AND bookings.attempt = jobs.attempt)
             GROUP BY job_id, bookings.attempt ORDER BY sequence
            """,
            {"user": user},
        )

    def numbers(self, user: str) -> list[Row]:
        """The site's numbers of a user's holds and bookings, each with its job."""
        return self._rows(
            """
            SELECT job_id, json_extract(body, '$.reference') AS number FROM timeline JOIN jobs USING (job_id)
             WHERE user = :user AND type = 'seats_held'
            UNION SELECT job_id, bookings.confirmation FROM bookings JOIN jobs USING (job_id)
             WHERE user = :user AND bookings.confirmation IS NOT NULL
            """,
            {"user": user},
        )

    def left_over(self) -> int:
        """Holds that a booker left behind when it died; the attempt after it gives them back."""
        return int(self._rows("SELECT count(*) AS holds FROM bookings WHERE status = 'left_over'")[0]["holds"])

    def cards(self, user: str) -> list[Row]:
        """A user's cards, masked, in order of use. `spent` (paise): what bookings took from it; `empty` 1: one took all
        that was left, since it went on to the next card. The site tells no balance.
        """
        return self._rows(
            """
            SELECT c.card_id, c.last4, c.label,
                   coalesce(sum(used.amount), 0) AS spent, coalesce(max(used.whole), 0) AS empty
              FROM cards AS c
              LEFT JOIN (SELECT json_extract(paid.value, '$.card_id') AS card_id,
                                json_extract(paid.value, '$.amount') AS amount,
                                paid.key < json_array_length(t.body, '$.cards') - 1 AS whole
                           FROM jobs AS j
                           JOIN bookings AS b ON b.job_id = j.job_id AND b.status = 'booked'
                           JOIN timeline AS t ON t.job_id = j.job_id AND t.type = 'payment_submitted'
                                             AND json_extract(t.body, '$.attempt') = b.attempt,
                                json_each(t.body, '$.cards') AS paid
                          WHERE j.user = :user) AS used ON used.card_id = c.card_id
             WHERE c.user = :user
             GROUP BY c.card_id
             ORDER BY c.position
            """,
            {"user": user},
        )

    def people(self) -> list[Row]:
        """Everybody who ever asked to be served, by name. An owner who had knocked before they showed the code is not
        told of themselves as somebody who waits."""
        return self._rows(
            """
            SELECT * FROM people AS one
             WHERE status <> 'waiting'
                OR NOT EXISTS (SELECT * FROM people WHERE owner = 1 AND telegram = one.telegram)
             ORDER BY owner DESC, name, user
            """
        )

    def person(self, user: str | None = None, telegram: int | None = None) -> Row:
        """One person by user or by Telegram id. Raises NotFound. Whoever knocked and showed the code afterwards is two:
        the owner counts."""
        found = self._rows(
            "SELECT * FROM people WHERE user = ? OR telegram = ? ORDER BY owner DESC LIMIT 1", (user, telegram)
        )
        if not found:
            raise NotFound("nobody of that name is known here")
        return found[0]

    def digest(self, user: str, since: str) -> list[Row]:
        """The user's jobs that are active or moved since then (ISO 8601 UTC), with what was on sale for their group."""
        return self._rows(
            f"""
            SELECT jobs.*, watch_groups.shows AS shows_seen, watch_groups.changed_at AS seen_at
              FROM jobs LEFT JOIN watch_groups USING (watch_group)
             WHERE user = :user AND (status NOT IN {FINAL!r} OR updated_at >= :since)
             ORDER BY created_at DESC LIMIT 50
            """,
            {"user": user, "since": since},
        )

    def looks(self, group: str, limit: int = 20) -> list[Row]:
        """A group's looks that brought something new or failed, newest first."""
        sql = "SELECT * FROM looks WHERE watch_group = ? ORDER BY sequence DESC LIMIT ?"
        return self._rows(sql, (group, limit))

    def groups(self) -> list[Row]:
        """Watch groups with what was last seen."""
        return self._rows("SELECT * FROM watch_groups ORDER BY watch_group")

    def positions(self) -> dict[str, int]:
        """Stream → sequence that the file has reached."""
        return {row["stream"]: row["sequence"] for row in self._rows("SELECT * FROM checkpoints")}

    def close(self) -> None:
        """Close the connection."""
        self._db.close()
