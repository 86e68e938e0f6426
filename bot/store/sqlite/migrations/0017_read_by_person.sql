-- What a person has read they have read wherever they look: a mark is the person's, no longer the channel's.
-- See docs/decisions/0025-read-by-person.md.
CREATE TABLE read_by (
    person TEXT NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    read_at TEXT NOT NULL,
    PRIMARY KEY (person, paper_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX read_by_paper ON read_by (paper_id);

INSERT INTO read_by (person, paper_id, read_at)
SELECT person, paper_id, min(read_at) FROM read_marks WHERE person <> '' GROUP BY person, paper_id;

-- "read all": everything that had been covered at a destination up to that moment is off the person's list.
CREATE TABLE read_until (
    person TEXT NOT NULL,
    destination TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (person, destination)
) STRICT, WITHOUT ROWID;

-- Marks of older databases that name nobody (any more): read at the destination, for everybody. None is ever added.
CREATE TABLE read_here (
    destination TEXT NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    PRIMARY KEY (destination, paper_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX read_here_paper ON read_here (paper_id);

INSERT INTO read_here (destination, paper_id)
SELECT c.destination, c.paper_id FROM covered c
WHERE c.unread = 0 AND c.held = ''
    AND NOT EXISTS (SELECT 1 FROM read_marks r WHERE r.destination = c.destination AND r.paper_id = c.paper_id AND r.person <> '');

DROP TRIGGER paper_moves_settle;
DROP TRIGGER paper_keys_posted;
DROP TABLE read_marks;
DROP INDEX covered_unread;
ALTER TABLE covered DROP COLUMN unread;

CREATE INDEX covered_newest ON covered (destination, covered_at DESC, occurrence, position) WHERE held = '';

-- A paper that comes in now and was posted in a lost time counts as shown.
CREATE TRIGGER paper_keys_posted AFTER INSERT ON paper_keys WHEN EXISTS (SELECT 1 FROM posted_keys WHERE key = new.key) BEGIN
    UPDATE covered SET shown = 1, released = 0
    WHERE paper_id = new.paper_id AND destination IN (SELECT k.destination FROM posted_keys k WHERE k.key = new.key);
    INSERT OR IGNORE INTO covered (destination, paper_id, occurrence, shown, position, reason, covered_at)
    SELECT k.destination, new.paper_id, k.occurrence, 1, 0, '', k.posted_at FROM posted_keys k WHERE k.key = new.key;
END;
