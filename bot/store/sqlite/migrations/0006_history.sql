-- What a paper is made of, once it is made of more than one record: what each source gave under each identity, as bot/store/sqlite/rows.py
-- writes a paper. origin: the row it came in under, which another one may have taken in since.
CREATE TABLE paper_records (
    id INTEGER PRIMARY KEY,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    origin INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (paper_id, source, key)
) STRICT;

-- What became otherwise about a paper, in the order it was noticed. AUTOINCREMENT: readers remember how far they have come.
CREATE TABLE paper_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    -- The day the source gives for it.
    day TEXT,
    at TEXT NOT NULL
) STRICT;

CREATE INDEX paper_changes_paper ON paper_changes (paper_id, id);

INSERT INTO paper_changes (paper_id, kind, source, before, after, day, at)
SELECT v.paper_id, k.value, v.source,
    iif(k.value = 'title', v.title, v.version), iif(k.value = 'title', v.next_title, v.next_version), v.next_day, v.replaced_at
FROM (
    SELECT w.*, p.source,
        lead(w.version, 1, p.version) OVER following AS next_version,
        lead(w.title, 1, p.title) OVER following AS next_title,
        lead(w.updated, 1, p.updated) OVER following AS next_day
    FROM paper_versions w JOIN papers p ON p.id = w.paper_id
    WINDOW following AS (PARTITION BY w.paper_id ORDER BY w.id)
) v, json_each('["version", "title"]') k
WHERE iif(k.value = 'title', v.title <> v.next_title, v.version < v.next_version)
ORDER BY v.id, k.key;

DROP TABLE paper_versions;

-- Two papers that an operator said are two, whatever keys they share. Each pair stands here both ways round.
CREATE TABLE paper_apart (
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    other_id INTEGER NOT NULL REFERENCES papers (id),
    at TEXT NOT NULL,
    PRIMARY KEY (paper_id, other_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX paper_apart_other ON paper_apart (other_id);

-- When a row became part of another one; NULL where nobody wrote it down.
ALTER TABLE paper_moves ADD COLUMN moved_at TEXT;
