-- What is not wanted where: see bot/domain/mutes.py. No reference to channels: a person may mute before anything is followed.
CREATE TABLE mutes (
    destination TEXT NOT NULL,
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('word', 'author', 'category', 'org', 'person')),
    value TEXT NOT NULL,
    -- The papers it keeps away, as a query in canonical form.
    query TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    until TEXT,
    -- 0: ended by hand, and kept so that it can come back.
    live INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (destination, number)
) STRICT, WITHOUT ROWID;

-- Why a paper that an occurrence covers is neither shown nor offered: "mute 3 word survey". Such a one is not unread either.
ALTER TABLE covered ADD COLUMN held TEXT NOT NULL DEFAULT '';

-- A person's own page lists what they set up; a workspace may follow so much and no more.
CREATE INDEX subscriptions_made_by ON subscriptions (created_by) WHERE live = 1;
CREATE INDEX channels_tenant ON channels (tenant);
