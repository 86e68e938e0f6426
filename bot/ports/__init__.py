"""What the rooms of the house expect of each other. Every method here is held by a contract suite in ``tests/contracts``."""

from bot.ports.hits import Candidate, Hit, Match
from bot.ports.keeping import KeepingStore, MarkState
from bot.ports.memory import MemoryStore
from bot.ports.mutes import MuteStore
from bot.ports.people import PeopleStore
from bot.ports.pictures import MOST_SERIES, Chart, Painter, Series
from bot.ports.platforms import Adapter, Clock, Handler, Limits, Pace
from bot.ports.reading import ReadingStore
from bot.ports.records import Covered, Matched, PaperRecord, RecordStore
from bot.ports.sources import Arrivals, Batch, Lookups, Source, SourceRun
from bot.ports.store import (
    ByHand,
    DeliveryChange,
    DeliveryStore,
    DigestStore,
    Duty,
    Intake,
    MarkStore,
    Order,
    PaperOutcome,
    PaperStore,
    SearchPage,
    Sort,
    Split,
    Store,
    SubscriptionStore,
)
from bot.ports.updates import Changed, Outstanding, Posted, Update, UpdateStore

__all__ = [
    "MOST_SERIES",
    "Adapter",
    "Arrivals",
    "Batch",
    "ByHand",
    "Candidate",
    "Changed",
    "Chart",
    "Clock",
    "Covered",
    "DeliveryChange",
    "DeliveryStore",
    "DigestStore",
    "Duty",
    "Handler",
    "Hit",
    "Intake",
    "KeepingStore",
    "Limits",
    "Lookups",
    "MarkState",
    "MarkStore",
    "Match",
    "Matched",
    "MemoryStore",
    "MuteStore",
    "Order",
    "Outstanding",
    "Pace",
    "Painter",
    "PaperOutcome",
    "PaperRecord",
    "PaperStore",
    "PeopleStore",
    "Posted",
    "ReadingStore",
    "RecordStore",
    "SearchPage",
    "Series",
    "Sort",
    "Source",
    "SourceRun",
    "Split",
    "Store",
    "SubscriptionStore",
    "Update",
    "UpdateStore",
]
