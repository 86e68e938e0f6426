-- Papers and what finds them. Moments are TEXT as bot/store/sqlite/times.py writes them (fixed width, so text order is time
-- order), days are TEXT YYYY-MM-DD, lists are JSON.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each paper, with everything that a card needs. AUTOINCREMENT: a number is never given twice, because buttons
-- that were posted long ago carry it.
CREATE TABLE papers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    keys TEXT NOT NULL,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    summary TEXT NOT NULL,
    authors TEXT NOT NULL,
    author_count INTEGER,
    more_authors INTEGER NOT NULL,
    categories TEXT NOT NULL,
    organisations TEXT NOT NULL,
    links TEXT NOT NULL,
    submitted TEXT,
    updated TEXT,
    announced TEXT,
    announce_type TEXT,
    version INTEGER,
    comment TEXT NOT NULL,
    journal_ref TEXT NOT NULL,
    votes INTEGER,
    discussion INTEGER,
    withdrawn INTEGER NOT NULL,
    -- The source whose word counts for title, abstract and authors.
    source TEXT NOT NULL,
    -- Every source that ever gave it, first one first.
    sources TEXT NOT NULL,
    -- The day it is filed under: submitted, else announced, else updated.
    filed TEXT,
    first_seen TEXT NOT NULL
) STRICT;

CREATE INDEX papers_filed ON papers (filed, id);
CREATE INDEX papers_first_seen ON papers (first_seen);
CREATE INDEX papers_votes ON papers (votes) WHERE votes IS NOT NULL;

-- Two different papers may share a fingerprint or a journal's DOI, so a key alone is not unique. No foreign key: rows are
-- found by the keys of their paper, and an index on paper_id would cost every paper three more entries.
CREATE TABLE paper_keys (
    key TEXT NOT NULL,
    paper_id INTEGER NOT NULL,
    PRIMARY KEY (key, paper_id)
) STRICT, WITHOUT ROWID;

-- Which source gave a paper first when, and the digests (8 bytes each) of the last records it gave: they are known already.
CREATE TABLE paper_sources (
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    source TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    digests BLOB NOT NULL,
    PRIMARY KEY (paper_id, source)
) STRICT, WITHOUT ROWID;

-- What a paper was before its version or its title changed.
CREATE TABLE paper_versions (
    id INTEGER PRIMARY KEY,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    version INTEGER,
    title TEXT NOT NULL,
    updated TEXT,
    replaced_at TEXT NOT NULL
) STRICT;

CREATE INDEX paper_versions_paper ON paper_versions (paper_id);

-- Rows that turned out to be the same paper as an older row: their numbers lead there for ever.
CREATE TABLE paper_moves (
    old_id INTEGER PRIMARY KEY,
    paper_id INTEGER NOT NULL REFERENCES papers (id)
) STRICT;

CREATE INDEX paper_moves_paper ON paper_moves (paper_id);

-- Authors, categories and organisations as printed, with how many papers have them; looked up by the beginnings of their words.
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('author', 'category', 'organisation')),
    name TEXT NOT NULL,
    papers INTEGER NOT NULL,
    UNIQUE (kind, name)
) STRICT;

CREATE TABLE name_words (
    kind TEXT NOT NULL,
    word TEXT NOT NULL,
    name_id INTEGER NOT NULL REFERENCES names (id),
    PRIMARY KEY (kind, word, name_id)
) STRICT, WITHOUT ROWID;

-- Which rule matches which paper, and by which part of it.
CREATE TABLE matches (
    rule_id INTEGER NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    clause TEXT NOT NULL,
    possible INTEGER NOT NULL,
    matched_at TEXT NOT NULL,
    PRIMARY KEY (rule_id, paper_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX matches_paper ON matches (paper_id);

-- The index: terms of bot.analysis, one blank between two. Contentless: a row is taken out by giving its old terms again.
CREATE VIRTUAL TABLE search USING fts5 (
    title, authors, abstract, comment, facets,
    content = '', tokenize = "ascii tokenchars '_'"
);

CREATE VIRTUAL TABLE search_words USING fts5vocab (search, 'row');
CREATE VIRTUAL TABLE search_column_words USING fts5vocab (search, 'col');

-- Bytes of new terms held in memory before they are written: fewer, larger writes while a batch comes in.
INSERT INTO search (search, rank) VALUES ('hashsize', 16777216);
