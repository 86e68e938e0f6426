-- Matches come in batches, and the batch notes who waits for them: see bot/store/sqlite/hits.py.
DROP TRIGGER matches_wait;
