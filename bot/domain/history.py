"""What happened to a paper since it was first heard of: who gave it, what changed, what it was joined with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.clock import require_utc
from bot.domain.papers import StoredPaper


class ChangeKind(StrEnum):
    #: A further version: ``before`` and ``after`` are the numbers.
    VERSION = "version"
    TITLE = "title"
    ABSTRACT = "abstract"
    #: Somebody will print it or has printed it: ``after`` is where, "ACL 2026", or what the source says of it.
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    #: A withdrawal was taken back.
    RESTORED = "restored"
    #: Code appeared: ``after`` is its address.
    CODE = "code"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing about a paper that is otherwise than it was. ``number`` counts through all changes of the store, in order."""

    kind: ChangeKind
    #: When it was noticed.
    at: datetime
    #: Which source said so.
    source: str
    before: str = ""
    after: str = ""
    #: The day the source gives for it.
    day: date | None = None
    number: int = 0

    def __post_init__(self) -> None:
        require_utc(self.at)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRecord:
    """What one source gave of a paper under one identity. Two of one source are two records that were found to be one paper."""

    source: str
    #: The best identity key of the record itself.
    key: str
    #: When the source first gave it.
    first_seen: datetime
    #: The number the paper had when the record came; another than the paper's own where two papers were joined.
    row: int
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """A number that was another paper's and leads here now. ``at`` is ``None`` where it was not written down."""

    row: int
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """A paper with where all of it comes from."""

    stored: StoredPaper
    #: Each source with the moment it first gave the paper, first one first.
    sources: tuple[tuple[str, datetime], ...]
    #: What the paper is made of, the record with the most say first. More than one: they were merged.
    records: tuple[SourceRecord, ...]
    #: Field of ``Paper`` -> the sources that gave what stands in it, for every field that is not empty.
    provenance: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: Oldest first.
    changes: tuple[Change, ...] = ()
    joined: tuple[Joined, ...] = ()
    #: Numbers of papers that an operator said it is not.
    apart: tuple[int, ...] = ()
