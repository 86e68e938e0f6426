-- A rule as whoever subscribed typed it, names with their capitals and accents; empty where that is its canonical form.
ALTER TABLE subscriptions ADD COLUMN shown TEXT NOT NULL DEFAULT '';
