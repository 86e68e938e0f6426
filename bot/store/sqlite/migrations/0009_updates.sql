-- What a delivery does: post a message, or put its own in the place of one that stands there (edit). about: the delivery whose message an
-- edit changes, or of which a reply speaks.
ALTER TABLE deliveries ADD COLUMN kind TEXT NOT NULL DEFAULT 'post' CHECK (kind IN ('post', 'edit'));
ALTER TABLE deliveries ADD COLUMN about TEXT;

CREATE INDEX deliveries_about ON deliveries (about) WHERE about IS NOT NULL;

-- How far through paper_changes a channel has been told. What is older than this schema is no news.
ALTER TABLE channels ADD COLUMN changes_seen INTEGER NOT NULL DEFAULT 0;
UPDATE channels SET changes_seen = (SELECT coalesce(max(id), 0) FROM paper_changes);
