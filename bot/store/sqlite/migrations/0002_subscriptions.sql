-- Who follows what, what each destination was shown, and what is on its way. Moments and days are TEXT as in 0001.
-- A destination is named by its key ("slack:C0123"), with no reference to channels where the row outlives the channel.

CREATE TABLE channels (
    key TEXT PRIMARY KEY,
    -- Empty: declared by the operator, not yet confirmed by the platform.
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    schedule TEXT NOT NULL,
    zone TEXT NOT NULL,
    maximum INTEGER NOT NULL,
    style TEXT NOT NULL,
    fill TEXT NOT NULL,
    deliver TEXT NOT NULL,
    types TEXT NOT NULL,
    next_at TEXT,
    -- Why nothing is posted; empty while all is well.
    paused TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('chat', 'config'))
) STRICT, WITHOUT ROWID;

CREATE INDEX channels_due ON channels (next_at) WHERE next_at IS NOT NULL AND paused = '';

-- The last number given to a subscription of a destination. Outlives the channel: an old button must never end a new subscription.
CREATE TABLE subscription_numbers (
    destination TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Equal queries are one rule, matched once for everybody. Rules are never deleted, because matches name them.
CREATE TABLE rules (
    id INTEGER PRIMARY KEY,
    query TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE rules_version (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

INSERT INTO rules_version (id, version) VALUES (1, 0);

CREATE TABLE subscriptions (
    destination TEXT NOT NULL REFERENCES channels (key) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    rule_id INTEGER NOT NULL REFERENCES rules (id),
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('chat', 'config')),
    -- 0: ended, and kept so that it can be restored.
    live INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (destination, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX subscriptions_live ON subscriptions (rule_id, destination) WHERE live = 1;

-- Papers matched for a destination and not yet covered there: what a digest looks at, whatever the length of the history.
-- Kinds by worth: 0 new, 1 cross, 2 update. A paper keeps the best kind it had since it was matched: one that is replaced between
-- its announcement and the digest is still new there.
CREATE TABLE waiting (
    destination TEXT NOT NULL REFERENCES channels (key) ON DELETE CASCADE,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    kind INTEGER NOT NULL,
    matched_at TEXT NOT NULL,
    PRIMARY KEY (destination, paper_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_kind ON waiting (destination, kind, matched_at);
CREATE INDEX waiting_paper ON waiting (paper_id);

CREATE TABLE occurrences (
    id TEXT PRIMARY KEY,
    destination TEXT NOT NULL,
    slot TEXT NOT NULL,
    local_date TEXT,
    planned_at TEXT NOT NULL,
    UNIQUE (destination, slot)
) STRICT, WITHOUT ROWID;

-- What a destination was shown (shown = 1) or offered behind the "rest" button (shown = 0): once for ever.
-- unread = 1 while nobody there marked it read. released = 1: it was to be shown, but no message of the occurrence was sent.
CREATE TABLE covered (
    destination TEXT NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    occurrence TEXT NOT NULL REFERENCES occurrences (id),
    shown INTEGER NOT NULL,
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    covered_at TEXT NOT NULL,
    unread INTEGER NOT NULL,
    released INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (destination, paper_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX covered_unread ON covered (destination, covered_at DESC, occurrence, position) WHERE unread = 1;
CREATE INDEX covered_occurrence ON covered (occurrence, shown, position);
CREATE INDEX covered_paper ON covered (paper_id);

-- The outbox. owner and lease_until are set while somebody works on a row. parent: the delivery whose message it continues.
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    destination TEXT NOT NULL,
    platform TEXT NOT NULL,
    seq INTEGER NOT NULL,
    occurrence TEXT NOT NULL REFERENCES occurrences (id),
    body TEXT NOT NULL,
    parent TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'sending', 'sent', 'failed', 'held', 'dead')),
    owner TEXT,
    lease_until TEXT,
    not_before TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at TEXT,
    attempt_at TEXT,
    remote_id TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    -- 1: planned while nobody knew what a lost time had posted (see high_water).
    replanned INTEGER NOT NULL DEFAULT 0,
    UNIQUE (destination, seq),
    CHECK ((owner IS NULL) = (lease_until IS NULL)),
    CHECK ((state IN ('claimed', 'sending')) = (owner IS NOT NULL))
) STRICT;

-- The two below hold only what is on its way, so that their size follows the work and not the history.
CREATE INDEX deliveries_queue ON deliveries (created_at, seq) WHERE state IN ('pending', 'claimed');
CREATE INDEX deliveries_unfinished ON deliveries (destination, seq) WHERE state IN ('pending', 'claimed', 'sending');
CREATE INDEX deliveries_state ON deliveries (state);
CREATE INDEX deliveries_occurrence ON deliveries (occurrence);
CREATE INDEX deliveries_parent ON deliveries (parent) WHERE parent IS NOT NULL;

-- Which database this is, and how far it has come: counter grows with every commit that plans, sends or settles a delivery, at is the
-- time of the last one. A mark beside the file that is further on tells of a restored backup; then the rows of the lost time are looked
-- for in the channels from reconcile_since on, until what was planned for up to reconcile_until is planned again.
CREATE TABLE high_water (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store TEXT NOT NULL,
    counter INTEGER NOT NULL,
    at TEXT NOT NULL,
    reconcile_since TEXT,
    reconcile_until TEXT,
    CHECK ((reconcile_since IS NULL) = (reconcile_until IS NULL))
) STRICT;

INSERT INTO high_water (id, store, counter, at)
VALUES (1, lower(hex(randomblob(16))), 0, strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now'));

-- Keys of papers that a channel was shown in such a lost time and that this database does not know yet.
CREATE TABLE posted_keys (
    key TEXT NOT NULL,
    destination TEXT NOT NULL,
    occurrence TEXT NOT NULL REFERENCES occurrences (id),
    posted_at TEXT NOT NULL,
    PRIMARY KEY (key, destination)
) STRICT, WITHOUT ROWID;

-- What people did with papers. person is "platform:user id". Marks of a channel carry the tenant of who made them.
CREATE TABLE saved (
    person TEXT NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    saved_at TEXT NOT NULL,
    PRIMARY KEY (person, paper_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX saved_newest ON saved (person, saved_at DESC, paper_id DESC);
CREATE INDEX saved_paper ON saved (paper_id);

CREATE TABLE read_marks (
    destination TEXT NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    person TEXT NOT NULL,
    tenant TEXT NOT NULL,
    read_at TEXT NOT NULL,
    PRIMARY KEY (destination, paper_id, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX read_marks_paper ON read_marks (paper_id);

CREATE TABLE hidden (
    destination TEXT NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    hidden_at TEXT NOT NULL,
    PRIMARY KEY (destination, paper_id, tenant)
) STRICT, WITHOUT ROWID;

CREATE INDEX hidden_paper ON hidden (paper_id);

-- Long texts that a short button id stands for.
CREATE TABLE remembered (
    token TEXT PRIMARY KEY,
    payload TEXT NOT NULL,
    used_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source_memory (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

-- The last reading of each source.
CREATE TABLE source_runs (
    source TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    read INTEGER NOT NULL,
    new INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    unreadable INTEGER NOT NULL,
    announced INTEGER,
    problems TEXT NOT NULL,
    error TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A match waits at every destination that followed its rule when it was made.
CREATE TRIGGER matches_wait AFTER INSERT ON matches BEGIN
    INSERT INTO waiting (destination, paper_id, kind, matched_at)
    SELECT s.destination, new.paper_id,
        (SELECT CASE p.announce_type WHEN 'cross' THEN 1 WHEN 'replace' THEN 2 WHEN 'replace-cross' THEN 2 ELSE 0 END
         FROM papers p WHERE p.id = new.paper_id),
        new.matched_at
    FROM subscriptions s
    WHERE s.rule_id = new.rule_id AND s.live = 1 AND s.created_at <= new.matched_at
        AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.destination = s.destination AND w.paper_id = new.paper_id)
        AND NOT EXISTS (SELECT 1 FROM covered c WHERE c.destination = s.destination AND c.paper_id = new.paper_id);
END;

CREATE TRIGGER papers_kind AFTER UPDATE OF announce_type ON papers WHEN new.announce_type IS NOT old.announce_type BEGIN
    UPDATE waiting
    SET kind = min(kind, CASE new.announce_type WHEN 'cross' THEN 1 WHEN 'replace' THEN 2 WHEN 'replace-cross' THEN 2 ELSE 0 END)
    WHERE paper_id = new.id;
END;

-- A paper that comes in now and was posted in a lost time counts as shown.
CREATE TRIGGER paper_keys_posted AFTER INSERT ON paper_keys WHEN EXISTS (SELECT 1 FROM posted_keys WHERE key = new.key) BEGIN
    UPDATE covered SET shown = 1, released = 0
    WHERE paper_id = new.paper_id AND destination IN (SELECT k.destination FROM posted_keys k WHERE k.key = new.key);
    INSERT OR IGNORE INTO covered (destination, paper_id, occurrence, shown, position, reason, covered_at, unread)
    SELECT k.destination, new.paper_id, k.occurrence, 1, 0, '', k.posted_at, 1 FROM posted_keys k WHERE k.key = new.key;
    DELETE FROM waiting WHERE paper_id = new.paper_id
        AND destination IN (SELECT k.destination FROM posted_keys k WHERE k.key = new.key);
END;

-- Two rows turned out to be one paper: whoever moves the rows has made every reference follow. What was covered or read as the one
-- is covered and read as the other.
CREATE TRIGGER paper_moves_settle AFTER INSERT ON paper_moves BEGIN
    DELETE FROM waiting WHERE paper_id = new.paper_id
        AND EXISTS (SELECT 1 FROM covered c WHERE c.destination = waiting.destination AND c.paper_id = new.paper_id);
    UPDATE covered SET unread = 0 WHERE paper_id = new.paper_id
        AND EXISTS (SELECT 1 FROM read_marks r WHERE r.destination = covered.destination AND r.paper_id = new.paper_id);
END;
