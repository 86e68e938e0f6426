-- A subscription may want kinds of announcement of its own (empty: those of its channel), and so many papers of it in one digest at most.
ALTER TABLE subscriptions ADD COLUMN types TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN maximum INTEGER;
