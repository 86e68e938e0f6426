"""The store in one SQLite file (3.40 or newer): one writer, query-only readers, write-ahead log, full synchronisation."""
