"""What a store does, topic by topic. It takes and gives domain types only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from bot.domain.deliveries import Delivery, Occurrence, State
from bot.domain.history import History, SourceRecord
from bot.domain.messages import Message
from bot.domain.papers import Paper, StoredPaper
from bot.domain.queries import Query
from bot.domain.subscriptions import Channel, Destination, Settings, Subscription, SubscriptionKind
from bot.ports.hits import Candidate, Match
from bot.ports.keeping import KeepingStore
from bot.ports.memory import MemoryStore
from bot.ports.mutes import MuteStore
from bot.ports.people import PeopleStore
from bot.ports.reading import ReadingStore
from bot.ports.records import RecordStore
from bot.ports.updates import UpdateStore

Sort = Literal["best", "new", "votes"]
#: How an answer is ordered: as asked for; the best among the newest of very many matches, then by day; newest first because nothing
#: in the query says that one match is better than another; or, for want of time, newest first.
Order = Literal["asked", "recent", "unranked", "new"]
#: What a person may say about a delivery: it is in the channel, post it (again), or leave it.
ByHand = Literal["sent", "resend", "drop"]


#: What only one process does at a time: plan, send and answer; read the sources as they come due.
Duty = Literal["posting", "reading"]

#: What a record was to the store: a new paper, one known from elsewhere, one known and changed, or nothing new at all.
PaperOutcome = Literal["new", "merged", "changed", "same"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """What became of a batch: rows in the order of the papers given, and how many fell in each class."""

    rows: tuple[int, ...]
    new: int = 0
    #: Recognised as a paper already known from another source or record.
    merged: int = 0
    #: Known from this source, with other content than before.
    changed: int = 0
    same: int = 0
    #: The class of each paper, in the order of ``rows``.
    outcomes: tuple[PaperOutcome, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """A paper that was two: what is left of it, and what was taken out."""

    left: StoredPaper
    taken: StoredPaper


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPage:
    """One page of answers. ``total`` is exact up to 1,000; ``more`` says that there are more than ``total``."""

    total: int
    more: bool
    #: Stored papers with their score; higher is better.
    hits: tuple[tuple[StoredPaper, float], ...]
    order: Order = "asked"


class PaperStore(Protocol):
    async def ingest(self, papers: Sequence[Paper], *, at: datetime, match: Match) -> Intake:
        """Write a batch and the matches of what is new in it, in one transaction. Equal by any key means the same paper:
        fields merge (richest kept, none lost), keys and sources add up. A batch stored twice changes nothing."""
        ...

    async def paper(self, key: str) -> StoredPaper | None:
        """By any identity key it ever had, or by its number in this store as ``row:17``: several papers may share a key."""
        ...

    async def history(self, key: str) -> History | None:
        """Where a paper, named as for ``paper``, comes from: its sources with dates, what was merged, what changed."""
        ...

    async def unmerge(self, row: int, records: Sequence[SourceRecord], *, at: datetime, match: Match) -> Split:
        """Take records out of the paper they were merged into: they become a paper of their own, under the number they had before where
        they had one, and the two stay two, whatever is read later. What people did with the one holds for both, so that nothing is lost
        and nothing is posted again. ``BadInput`` when these are none of its records, or all of them."""
        ...

    async def join(self, one: int, other: int, *, at: datetime, match: Match) -> StoredPaper:
        """Make two papers one, whatever their keys say: the undo of ``unmerge``. The older number stays, the other leads to it.
        ``BadInput`` when there are not two."""
        ...

    async def papers(self, rows: Sequence[int]) -> list[StoredPaper]:
        """In the order of ``rows``; unknown ones are left out."""
        ...

    async def count_papers(self) -> int: ...

    async def search(self, query: Query, *, sort: Sort = "best", limit: int = 10, offset: int = 0, today: date) -> SearchPage: ...

    async def latest(self, *, limit: int, since: datetime | None = None) -> list[StoredPaper]:
        """Newest first by date, then by arrival; ``since`` counts the arrival in this store."""
        ...

    async def arrivals(self, *, since: datetime, until: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Best key and arrival of papers that came after ``since`` and not after ``until``, oldest first: ``limit`` of them, and all
        others of the last one's moment, so that the next page begins behind it."""
        ...

    async def similar(self, row: int, *, limit: int) -> list[StoredPaper]: ...

    async def histogram(self, query: Query, *, since: date, today: date) -> dict[date, int]:
        """Matching papers per day they are filed under, days without any left out."""
        ...

    async def authors(self, typed: str, *, limit: int) -> list[tuple[str, int]]:
        """Names that contain a word beginning with each typed word, with how many papers they have, most papers first."""
        ...

    async def categories(self, typed: str, *, limit: int) -> list[tuple[str, int]]: ...

    async def organisations(self, typed: str, *, limit: int) -> list[tuple[str, int]]: ...

    async def closest_word(self, word: str) -> str | None:
        """The word of the index that ``word`` is most likely a misspelling of."""
        ...


class SubscriptionStore(Protocol):
    """Who follows what. A ``Destination`` with a tenant reaches only what belongs to that tenant; without one it is the operator's
    and reaches everything. Whoever serves a person has to name the tenant."""

    async def add_channel(self, destination: Destination, settings: Settings, *, next_at: datetime, origin: str) -> Channel:
        """The channel of this destination, made with these settings unless it is there already. A known tenant is taken over
        by a channel that has none; a channel of another tenant raises ``BadInput``. A name given replaces the one known."""
        ...

    async def channel(self, key: str, *, tenant: str | None) -> Channel | None:
        """By destination key, for that tenant only. ``None`` or an empty tenant is the operator: every tenant."""
        ...

    async def channels(self) -> list[Channel]: ...

    async def change_channel(self, channel: Channel) -> None:
        """Store settings, ``next_at``, ``paused``, ``origin``, name and tenant as given; an empty name or tenant leaves the known one.
        A channel that was removed meanwhile stays removed; one of another tenant raises ``BadInput``."""
        ...

    async def remove_channel(self, key: str) -> None:
        """Forget the channel and its subscriptions; what was posted stays on record, what was not yet sent fails."""
        ...

    async def due(self, now: datetime) -> list[Channel]:
        """Channels whose ``next_at`` has come and that are not paused, longest overdue first."""
        ...

    async def subscribe(
        self, destination: Destination, query: str, kind: SubscriptionKind, *, by: str, at: datetime, origin: str, typed: str = ""
    ) -> tuple[Subscription, int, bool]:
        """The subscription, the rule behind it (shared by equal queries), and whether it is new: a destination follows a query
        once. ``BadInput`` when the channel was not added, or belongs to another tenant."""
        ...

    async def unsubscribe(self, destination: Destination, number: int) -> Subscription | None:
        """End a subscription of this destination; the one that ended, or ``None``."""
        ...

    async def restore(self, destination: Destination, number: int) -> Subscription | None:
        """Bring back a subscription that was ended: the undo of ``unsubscribe``. What its rule matched meanwhile comes with it. One that
        is live is given as it is; so is the live one of the same query, if somebody subscribed anew."""
        ...

    async def change_subscription(
        self,
        destination: Destination,
        number: int,
        *,
        query: str | None = None,
        typed: str = "",
        kind: SubscriptionKind | None = None,
        types: Sequence[str] | None = None,
        maximum: int | None = None,
    ) -> Subscription | None:
        """Change a live subscription, which keeps its number; what is ``None`` stays. As it is then, or ``None``: there is no such one.

        Another ``query`` (and ``typed``, see ``Subscription``) is followed from this moment on: what only the old one matched and was
        not posted yet is dropped. No ``types``: those of the channel; ``maximum`` 0: as many as the channel allows. ``BadInput`` when the
        destination follows that query already.
        """
        ...

    async def subscriptions(self, destination: Destination | None = None) -> list[Subscription]:
        """Of one destination (and its tenant), or for the operator all of them; by destination and number."""
        ...

    async def rules(self) -> list[tuple[int, str]]:
        """Every rule that someone follows: number and canonical query."""
        ...

    async def rules_version(self) -> int:
        """Grows with every change of ``rules``, by whichever process."""
        ...


class DigestStore(Protocol):
    async def fresh(self, destination: Destination, *, limit: int) -> list[Candidate]:
        """Papers matched since their subscription began, of the kinds that it wants (else those of the channel), never covered by an
        occurrence here and not hidden here; newest match first. Reasons are clauses, certain ones first, then by subscription."""
        ...

    async def shown(self, destination: Destination, rows: Sequence[int]) -> set[int]:
        """Those of ``rows`` that an occurrence here has shown, or that are hidden here."""
        ...

    async def rest(self, occurrence: str) -> list[Candidate]:
        """What an occurrence held back, in its order, without what was hidden there since. The one reason is what it recorded."""
        ...

    async def enqueue(self, occurrence: Occurrence, *, at: datetime) -> bool:
        """Write occurrence, deliveries and the channel's next time in one transaction. ``False`` when it was there already: only
        the next time is moved then. ``False`` and nothing written when another occurrence has shown one of its papers (what was
        held back may be shown once): plan again then.

        While the store looks back over a lost time (``reconcile_since``) deliveries begin in ``sending``, put down at once: each is
        looked for first. Without messages there is nothing to say: what is held is covered, and the next time is moved. A paused
        channel gets no next time.
        ``BadInput`` when the channel belongs to another tenant.
        """
        ...


class DeliveryStore(Protocol):
    async def claim(
        self, platforms: Sequence[str], *, owner: str, now: datetime, lease: float, limit: int, busy: Sequence[str] = ()
    ) -> list[Delivery]:
        """At most one delivery of each destination: the lowest unfinished ``seq``, if it is pending and due, oldest first.

        Pending, claimed and sending ones are unfinished. A claimed one whose lease ran out counts as pending, so does one whose
        lease ends more than an hour ahead: the clock was wrong. ``lease`` is in seconds. A delivery with a parent waits until that
        is sent; while the parent is held it does not block what comes after. Nothing is given for a paused channel, nor for the
        destinations (keys) in ``busy``.
        """
        ...

    async def uncertain(self, platforms: Sequence[str], *, owner: str, now: datetime, lease: float, limit: int) -> list[Delivery]:
        """Deliveries in ``sending`` that nobody is working on (their lease ran out, or they were put down), due for a look.

        Each is given to one owner only, under a new lease of ``lease`` seconds. At most one of each destination, the lowest ``seq``, and
        no part before the message it continues: what is missing in the channel is posted next. Given while the channel is paused as
        well: a look settles what was sent before.
        """
        ...

    async def move(self, delivery: Delivery, to: State, *, owner: str, now: datetime, change: DeliveryChange) -> bool:
        """Move along an allowed transition, only while ``owner`` holds it in the state given; ``False``: it was lost.

        Pending and held ones are held by nobody: anyone may move them, but only ``claim`` makes a pending one claimed. A move to
        ``sending`` and a new attempt need a lease that still runs. A delivery that stays in ``sending`` with a ``not_before`` is put
        down until then; a held one that moves to ``sending`` is put down at once. Failed and dead let go of their children: each
        becomes a message of its own. Raises ``ValueError`` for a transition that is not allowed.
        """
        ...

    async def delivery(self, id: str) -> Delivery | None: ...

    async def delivery_at(self, destination: Destination, remote_id: str) -> Delivery | None:
        """The delivery that stands in a channel of that tenant as this message."""
        ...

    async def deliveries(self, *, key: str = "", state: State | None = None, limit: int = 100) -> list[Delivery]:
        """Newest first."""
        ...

    async def counts(self) -> dict[State, int]: ...

    async def reopen(self, owner: str, now: datetime) -> int:
        """Every held delivery moves to ``sending`` and is put down at once, so that it is looked for again; how many there were."""
        ...

    async def settle_by_hand(self, id: str, to: ByHand, now: datetime) -> bool:
        """What the operator says of a delivery that is held, failed, dead, or in ``sending`` with nobody working on it
        (``OPERATOR_TRANSITIONS``): it was sent; post it, whatever is in the channel (attempts and age count anew, and its papers count
        as shown unless a later occurrence has shown them meanwhile); or leave it (failed, its papers stay as they are). ``False``:
        unknown, or in no state for that."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryChange:
    """Fields that change with a move; ``None`` leaves a field as it is."""

    remote_id: str | None = None
    error: str | None = None
    not_before: datetime | None = None
    #: Adds one to ``attempts`` and stamps the attempt times.
    attempted: bool = False
    #: With failed or dead: it may be in the channel all the same, so its papers go on counting as shown.
    doubtful: bool = False
    #: With failed: the message it is about is gone. What was to be said of it in its thread fails with it.
    unsaid: bool = False
    #: Takes one from ``attempts`` again: what happened was none (the platform asked us to wait).
    uncounted: bool = False
    message: Message | None = None


class MarkStore(Protocol):
    """What people did with papers. ``person`` is ``platform:user id``. Each answers whether (or how many times) it changed something;
    an unknown paper or a channel of another tenant changes nothing."""

    async def save(self, person: str, row: int, *, at: datetime) -> bool: ...
    async def unsave(self, person: str, row: int) -> bool: ...

    async def saved(self, person: str, *, limit: int, offset: int = 0) -> list[StoredPaper]:
        """Last saved first."""
        ...

    async def hide(self, destination: Destination, person: str, row: int, *, at: datetime) -> bool:
        """Never propose the paper here again."""
        ...

    async def unhide(self, destination: Destination, row: int) -> bool: ...


class Store(
    PaperStore,
    SubscriptionStore,
    DigestStore,
    DeliveryStore,
    MarkStore,
    ReadingStore,
    MuteStore,
    RecordStore,
    PeopleStore,
    MemoryStore,
    KeepingStore,
    UpdateStore,
    Protocol,
):
    """The whole store. Everything it takes and gives is of the domain: no rows, cursors or SQL."""

    async def lock_run(self, who: str, duties: Sequence[Duty] = ("posting", "reading")) -> None:
        """Be the only process that has these duties on this store until it is closed or dies. ``StoreBusy`` names the one that has one;
        ``StoreError`` when the file is damaged or cannot be written."""
        ...

    async def on_duty(self, duty: Duty) -> str:
        """Who has a duty on this store now, by the words it gave; empty when nobody has."""
        ...

    async def close(self) -> None: ...
