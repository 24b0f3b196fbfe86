-- Amounts in paise, times ISO 8601 UTC, JSON as the events hold it.
CREATE TABLE jobs (
    job_id        TEXT PRIMARY KEY,
    user          TEXT NOT NULL,
    status        TEXT NOT NULL,
    film          TEXT NOT NULL,
    city          TEXT NOT NULL,
    watch_group   TEXT NOT NULL,
    wish          TEXT NOT NULL,              -- JSON
    attempt       INTEGER NOT NULL DEFAULT 0, -- booking attempts so far
    show          TEXT,                       -- show id that is held or booked
    cinema        TEXT,
    starts        TEXT,
    seats         TEXT,                       -- "H7, H8"
    score         REAL,                       -- 0..1
    amount        INTEGER,                    -- paise, with fees
    currency      TEXT,
    hold_ends     TEXT,
    confirmation  TEXT,
    artifact      TEXT,                       -- name in the object store
    reason        TEXT,                       -- why it failed, paused or ended
    watch_from    TEXT,
    watch_until   TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL,
    last_sequence INTEGER NOT NULL            -- of the job's last event in JOBS
) STRICT;
CREATE INDEX jobs_by_user ON jobs (user, created_at, job_id);
CREATE INDEX jobs_by_status ON jobs (status, created_at, job_id);
CREATE INDEX jobs_to_search ON jobs (              -- the text is projections.listing.WORDS
    created_at, job_id,
    film || ' ' || city || ' ' || job_id || ' ' || coalesce(seats, '') || ' ' || coalesce(confirmation, '')
);

CREATE TABLE timeline (
    job_id    TEXT NOT NULL,
    sequence  INTEGER NOT NULL,
    event_id  TEXT NOT NULL,
    type      TEXT NOT NULL,
    time      TEXT NOT NULL,
    actor     TEXT NOT NULL,
    causation TEXT,
    body      TEXT NOT NULL,                  -- JSON
    PRIMARY KEY (job_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE bookings (
    job_id       TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    status       TEXT NOT NULL,               -- started, held, requested (by code), submitted, booked, failed, unknown,
                                              -- rehearsed, left_over (its booker died in the hold)
    show         TEXT NOT NULL,
    seats        TEXT,
    amount       INTEGER,                     -- paise
    confirmation TEXT,
    PRIMARY KEY (job_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE looks (
    sequence    INTEGER PRIMARY KEY,
    watch_group TEXT NOT NULL,
    type        TEXT NOT NULL,                -- seen, blocked, unreadable
    shows       INTEGER NOT NULL,
    time        TEXT NOT NULL,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX looks_by_group ON looks (watch_group, sequence);

CREATE TABLE watch_groups (
    watch_group TEXT PRIMARY KEY,
    shows       INTEGER NOT NULL,             -- on sale at the last change
    changed_at  TEXT NOT NULL,
    trouble     TEXT NOT NULL                 -- empty while looks work
) STRICT;

CREATE TABLE people (
    user     TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    telegram INTEGER,                         -- their id there
    chat     INTEGER,                         -- the private chat they wrote from
    status   TEXT NOT NULL,                   -- unknown, waiting, approved, removed
    owner    INTEGER NOT NULL DEFAULT 0,      -- 1: showed the pairing code
    settings TEXT NOT NULL DEFAULT '{}',      -- JSON, see events.people.SETTINGS
    email    TEXT NOT NULL DEFAULT '',        -- masked
    phone    TEXT NOT NULL DEFAULT ''         -- masked
) STRICT;
CREATE INDEX people_by_telegram ON people (telegram);

CREATE TABLE cards (
    user     TEXT NOT NULL,
    card_id  TEXT NOT NULL,
    last4    TEXT NOT NULL,
    label    TEXT NOT NULL,
    position INTEGER NOT NULL,                -- in order of use
    PRIMARY KEY (user, card_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
    stream   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL                 -- the last stream sequence whose rows are here
) STRICT;
