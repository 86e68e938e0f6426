-- Keywords of a paper, JSON as the other lists. Papers of before have none, and are indexed as they were.
ALTER TABLE papers ADD COLUMN keywords TEXT NOT NULL DEFAULT '[]';
