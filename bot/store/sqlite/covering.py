"""What becomes of the papers of an occurrence when its messages end: shown, or held back for a later one."""

from __future__ import annotations

import sqlite3

# A delivery carries the papers of its occurrence unless it ended without a message. One that was planned anew after a backup was put
# back, and was found in the channel before it was ever sent, is a message of the lost time: it carries what was planned then.
_CARRIED = """
    EXISTS (
        SELECT 1 FROM deliveries d
        WHERE d.occurrence = :occurrence AND d.state NOT IN ('failed', 'dead')
            AND NOT (d.state = 'sent' AND d.replanned = 1 AND d.attempts = 0)
    )
"""


def release_papers(connection: sqlite3.Connection, occurrence: str) -> None:
    """Hold back what the occurrence was to show, if no message of it was sent nor may be: a later one can show it."""
    connection.execute(
        f"UPDATE covered SET shown = 0, released = 1 WHERE occurrence = :occurrence AND shown = 1 AND NOT {_CARRIED}",
        {"occurrence": occurrence},
    )


def take_papers_back(connection: sqlite3.Connection, occurrence: str) -> None:
    """What was released and not shown by a later occurrence counts as shown again."""
    connection.execute("UPDATE covered SET shown = 1, released = 0 WHERE occurrence = ? AND released = 1", (occurrence,))


# Planned while nobody knew what a lost time had posted, and not touched since.
_UNTOUCHED = "d.replanned = 1 AND d.attempts = 0 AND (d.state = 'held' OR d.state = 'sending' AND d.lease_until <= :at)"

_PREMATURE = f"""
    SELECT DISTINCT c.occurrence FROM json_each(:rows) j
    JOIN covered c ON c.destination = :key AND c.paper_id = j.value AND c.shown = 1
    JOIN deliveries d ON d.occurrence = c.occurrence
    GROUP BY c.occurrence HAVING min({_UNTOUCHED}) = 1
"""


def withdraw_premature(connection: sqlite3.Connection, key: str, rows: str, at: str) -> None:
    """Undo occurrences of a destination that were planned before its channel was read and show again what stands there.

    ``rows`` is a JSON list of the papers found. The others are new as before, and the channel is due at once.
    """
    values = {"key": key, "rows": rows, "at": at}
    for (occurrence,) in connection.execute(_PREMATURE, values).fetchall():
        values["occurrence"] = occurrence
        for table, column in (("covered", "occurrence"), ("deliveries", "occurrence"), ("occurrences", "id")):
            connection.execute(f"DELETE FROM {table} WHERE {column} = :occurrence", values)
        connection.execute("UPDATE channels SET next_at = :at WHERE key = :key AND next_at > :at AND paused = ''", values)
