-- What each category of a source announced on each day, and what of it is here.
CREATE TABLE coverage (
    source TEXT NOT NULL,
    category TEXT NOT NULL,
    day TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('fresh', 'waiting', 'quiet', 'stalled', 'failed')),
    announced INTEGER NOT NULL,
    fetched INTEGER NOT NULL,
    new INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    unreadable INTEGER NOT NULL,
    looked_at TEXT NOT NULL,
    next_look TEXT,
    note TEXT NOT NULL,
    repaired_at TEXT,
    PRIMARY KEY (source, category, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX coverage_day ON coverage (day);
