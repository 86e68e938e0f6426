"""Random walks of two workers through the outbox: no delivery ever leaves the table of moves, and none is sent twice."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from bot.domain.deliveries import OPERATOR_TRANSITIONS, TRANSITIONS, Delivery, State
from bot.ports import ByHand, DeliveryChange
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.builders import NOON
from tests.contracts.digest_steps import HERE, THERE, enqueue

LEASE = 60.0
OWNERS = st.sampled_from(["first", "second"])
#: What a person says about a delivery, and the state that makes of it.
BY_HAND: dict[ByHand, State] = {"sent": State.SENT, "resend": State.PENDING, "drop": State.FAILED}
STATES = st.sampled_from([state for state in State if state is not State.CLAIMED])


class Outbox(RuleBasedStateMachine):
    """Two workers claim, verify and move as they like, also with what they lost long ago."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.now: datetime = NOON
        self.stores: dict[str, SqliteStore] = {}
        self.states: dict[str, State] = {}
        self.finished: dict[str, Delivery] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def open(self) -> None:
        path = str(Path(self.folder.name) / "walk.db")
        self.stores = {owner: self.run(open_sqlite(path, readers=1)) for owner in ("first", "second")}
        for destination in (HERE, THERE):
            ids = self.run(enqueue(self.stores["first"], destination, parts=2))
            self.states |= dict.fromkeys(ids, State.PENDING)

    @rule(seconds=st.sampled_from([1, 30, 90, 7200]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(target=held, owner=OWNERS)
    def claim(self, owner: str) -> Any:
        taken = self.run(self.stores[owner].claim(["slack"], owner=owner, now=self.now, lease=LEASE, limit=9))
        assert len({one.destination.key for one in taken}) == len(taken)
        for one in taken:
            assert self.states[one.id] in (State.PENDING, State.CLAIMED)
            self.states[one.id] = State.CLAIMED
        return multiple(*((owner, one) for one in taken))

    @rule(target=held, owner=OWNERS)
    def look(self, owner: str) -> Any:
        taken = self.run(self.stores[owner].uncertain(["slack"], owner=owner, now=self.now, lease=LEASE, limit=9))
        assert all(self.states[one.id] is State.SENDING for one in taken)
        return multiple(*((owner, one) for one in taken))

    @rule(target=held, work=consumes(held), to=STATES, attempted=st.booleans(), wait=st.sampled_from([None, 10, 600]))
    def move(self, work: tuple[str, Delivery], to: State, attempted: bool, wait: int | None) -> Any:
        owner, delivery = work
        not_before = None if wait is None else self.now + timedelta(seconds=wait)
        change = DeliveryChange(attempted=attempted, not_before=not_before)
        before = self.states[delivery.id]
        try:
            moved = self.run(self.stores[owner].move(delivery, to, owner=owner, now=self.now, change=change))
        except ValueError:
            assert to not in TRANSITIONS[delivery.state]
            return multiple((owner, delivery))
        if moved:
            assert before is delivery.state
            assert to in TRANSITIONS[before]
            self.states[delivery.id] = to
        found = self.run(self.stores[owner].delivery(delivery.id))
        return multiple((owner, delivery), (owner, found))

    @rule(owner=OWNERS)
    def reopen(self, owner: str) -> None:
        """What was held is looked for again."""
        reopened = [id_ for id_, state in self.states.items() if state is State.HELD]
        assert self.run(self.stores[owner].reopen(owner, self.now)) == len(reopened)
        self.states |= dict.fromkeys(reopened, State.SENDING)

    @rule(owner=OWNERS, data=st.data(), to=st.sampled_from(sorted(BY_HAND)))
    def settle_by_hand(self, owner: str, data: st.DataObject, to: ByHand) -> None:
        """The operator may settle what nobody is working on, and nothing else."""
        id_ = data.draw(st.sampled_from(sorted(self.states)))
        before = self.states[id_]
        if self.run(self.stores[owner].settle_by_hand(id_, to, self.now)):
            assert BY_HAND[to] in OPERATOR_TRANSITIONS[before]
            self.states[id_] = BY_HAND[to]
            self.finished.pop(id_, None)
        else:
            assert before is State.SENDING or BY_HAND[to] not in OPERATOR_TRANSITIONS[before]

    @invariant()
    def the_store_agrees_and_what_is_finished_stays(self) -> None:
        for id_, state in self.states.items():
            found = self.run(self.stores["second"].delivery(id_))
            assert found.state is state
            if not TRANSITIONS[state]:
                assert self.finished.setdefault(id_, found).attempts == found.attempts

    def teardown(self) -> None:
        for store in self.stores.values():
            self.run(store.close())
        self.loop.close()
        self.folder.cleanup()


TestOutbox = Outbox.TestCase
TestOutbox.settings = settings(max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
