-- The index is ordered by day now (see bot/store/sqlite/places.py): one in the old order counts as built by another analyzer, and is
-- built anew.
DELETE FROM meta WHERE key = 'analyzer';
