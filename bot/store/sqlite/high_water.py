"""How far this database has come: a number that grows with whatever is planned, sent or settled."""

from __future__ import annotations

import sqlite3


def count_up(connection: sqlite3.Connection, at: str) -> None:
    """Count a commit that plans, sends or settles something, in the transaction that is open."""
    connection.execute("UPDATE high_water SET counter = counter + 1, at = ?", (at,))
