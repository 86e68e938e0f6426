-- A match is written once for its rule, whoever follows it; what is new at a destination is read off the matches of its rules when a
-- digest is planned. What there is in matches and waiting is carried over by bot/store/sqlite/carry_over.py, which drops both.

-- Matches in order of arrival, those of 64 neighbouring rules side by side: see bot/store/sqlite/postings.py.
CREATE TABLE postings (
    id INTEGER PRIMARY KEY,
    found BLOB NOT NULL
) STRICT;

-- The batches of papers that matched something, in order.
CREATE TABLE match_batches (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL
) STRICT;

-- Which rules have matched a paper, 4 bytes each: what is written again says nothing new.
CREATE TABLE paper_rules (
    paper_id INTEGER PRIMARY KEY REFERENCES papers (id),
    rules BLOB NOT NULL
) STRICT;

-- What made a match, where it was not the whole rule.
CREATE TABLE match_clauses (
    rule_id INTEGER NOT NULL,
    variant INTEGER NOT NULL,
    clause TEXT NOT NULL,
    possible INTEGER NOT NULL,
    PRIMARY KEY (rule_id, variant)
) STRICT, WITHOUT ROWID;

-- since: the last batch before the rule was followed here. Whatever the rule matched up to floor has been covered or is not wanted, so
-- that nobody need look at it again: as long as nothing happens that brings it back.
ALTER TABLE subscriptions ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER hidden_shown AFTER DELETE ON hidden BEGIN
    UPDATE subscriptions SET floor = since WHERE destination = old.destination;
END;

CREATE TRIGGER covered_uncovered AFTER DELETE ON covered BEGIN
    UPDATE subscriptions SET floor = since WHERE destination = old.destination;
END;

CREATE TRIGGER channels_want AFTER UPDATE OF types, tenant ON channels
WHEN old.types <> new.types OR old.tenant <> new.tenant BEGIN
    UPDATE subscriptions SET floor = since WHERE destination = new.key;
END;

CREATE TRIGGER subscriptions_want AFTER UPDATE OF types ON subscriptions WHEN old.types <> new.types BEGIN
    UPDATE subscriptions SET floor = since WHERE destination = new.destination AND number = new.number;
END;

DROP TRIGGER papers_kind;
DROP TRIGGER paper_keys_posted;
DROP TRIGGER paper_moves_settle;

-- A paper that comes in now and was posted in a lost time counts as shown.
CREATE TRIGGER paper_keys_posted AFTER INSERT ON paper_keys WHEN EXISTS (SELECT 1 FROM posted_keys WHERE key = new.key) BEGIN
    UPDATE covered SET shown = 1, released = 0
    WHERE paper_id = new.paper_id AND destination IN (SELECT k.destination FROM posted_keys k WHERE k.key = new.key);
    INSERT OR IGNORE INTO covered (destination, paper_id, occurrence, shown, position, reason, covered_at, unread)
    SELECT k.destination, new.paper_id, k.occurrence, 1, 0, '', k.posted_at, 1 FROM posted_keys k WHERE k.key = new.key;
END;

-- Two rows turned out to be one paper: whoever moves the rows has made every reference follow. What was read as the one is read as the
-- other.
CREATE TRIGGER paper_moves_settle AFTER INSERT ON paper_moves BEGIN
    UPDATE covered SET unread = 0 WHERE paper_id = new.paper_id
        AND EXISTS (SELECT 1 FROM read_marks r WHERE r.destination = covered.destination AND r.paper_id = new.paper_id);
END;
