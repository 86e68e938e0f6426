"""What the operator decides about deliveries that the machine cannot, or did not, bring to an end."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.domain.deliveries import OPERATOR_TRANSITIONS, State
from bot.ports import ByHand
from bot.store.sqlite.connection import Database
from bot.store.sqlite.covering import take_papers_back
from bot.store.sqlite.deliveries import LONGEST_LEASE
from bot.store.sqlite.high_water import count_up
from bot.store.sqlite.times import moment_text

_STATES = {"sent": State.SENT, "resend": State.PENDING, "drop": State.FAILED}

_REOPEN = """
    UPDATE deliveries SET state = 'sending', owner = :owner, lease_until = :now, not_before = NULL WHERE state = 'held'
"""

# Under a lease somebody may be sending it right now.
_FREE = "state <> 'sending' OR lease_until <= :now OR lease_until > :far"

_SETTLE = """
    UPDATE deliveries SET state = :to, owner = NULL, lease_until = NULL, not_before = NULL,
        error = CASE WHEN :to = 'failed' THEN error ELSE '' END
    WHERE id = :id
"""
_BEGIN_ANEW = "UPDATE deliveries SET attempts = 0, first_attempt_at = NULL, attempt_at = NULL, created_at = :now WHERE id = :id"


class DeliveriesByHand:
    """The part of ``bot.ports.DeliveryStore`` that a person asks for."""

    _db: Database

    async def reopen(self, owner: str, now: datetime) -> int:
        values = {"owner": owner, "now": moment_text(now)}

        def reopen(connection: sqlite3.Connection) -> int:
            found = connection.execute(_REOPEN, values).rowcount
            if found:
                count_up(connection, values["now"])
            return found

        return await self._db.write(reopen)

    async def settle_by_hand(self, id: str, to: ByHand, now: datetime) -> bool:
        wanted = _STATES[to]
        values = {"id": id, "to": wanted, "now": moment_text(now), "far": moment_text(now + LONGEST_LEASE)}

        def settle(connection: sqlite3.Connection) -> bool:
            row = connection.execute(f"SELECT state, occurrence FROM deliveries WHERE id = :id AND ({_FREE})", values).fetchone()
            if row is None or wanted not in OPERATOR_TRANSITIONS[State(row["state"])]:
                return False
            connection.execute(_SETTLE, values)
            if wanted is State.FAILED:  # its papers stay as they are: what was in doubt may have been seen
                connection.execute("UPDATE deliveries SET parent = NULL WHERE parent = :id", values)
                return True
            if wanted is State.PENDING:
                connection.execute(_BEGIN_ANEW, values)
            take_papers_back(connection, row["occurrence"])
            count_up(connection, values["now"])
            return True

        return await self._db.write(settle)
