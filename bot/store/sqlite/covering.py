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
