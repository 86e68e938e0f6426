"""Papers, channels and messages for tests: every field has a sensible value, a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from bot.domain.messages import Button, Card, Message, rich
from bot.domain.papers import Author, Paper, StoredPaper, with_derived_keys
from bot.domain.schedule import Schedule
from bot.domain.subscriptions import Actor, Destination, Settings

NOON = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)
_numbers = count(1)

ABSTRACT = (
    "We study how a small committee of language models can agree on the reading order of scientific papers. "
    "On a benchmark of twelve reading groups our method halves the time to the first useful paper."
)


def a_paper(
    *,
    title: str = "Reading Orders for Busy Groups",
    abstract: str = ABSTRACT,
    authors: Sequence[str] = ("Ada Lovelace", "Grace Hopper"),
    arxiv: str | None = None,
    **fields: Any,
) -> Paper:
    """A paper with its own arXiv id unless one is given; derived keys included."""
    number = arxiv or f"2604.{next(_numbers):05d}"
    values: dict[str, Any] = {
        "keys": (f"arxiv:{number}",),
        "categories": ("cs.CL",),
        "submitted": date(2026, 4, 21),
        "source": "arxiv",
        **fields,
    }
    return with_derived_keys(Paper(title=title, abstract=abstract, authors=tuple(Author(name=name) for name in authors), **values))


def distinct_papers(number: int, **fields: Any) -> list[Paper]:
    """``number`` papers that no key or fingerprint would merge."""
    return [
        a_paper(title=f"Paper number {index} about topic {index * 7919}", abstract=f"{ABSTRACT} Experiment {index} of {number}.", **fields)
        for index in range(number)
    ]


def stored(paper: Paper, row: int = 1, **fields: Any) -> StoredPaper:
    return StoredPaper(**{"row": row, "paper": paper, "first_seen": NOON, "sources": (paper.source,), **fields})


def a_destination(key: str = "slack:C0123ABCD", tenant: str = "slack:T1", name: str = "#nlp") -> Destination:
    platform, _, address = key.partition(":")
    return Destination(platform=platform, address=address, tenant=tenant, name=name)


def an_actor(platform: str = "slack", id: str = "U7", *, manager: bool = True, tenant: str = "slack:T1") -> Actor:
    personal = Destination(platform=platform, address=f"@{id}", tenant=tenant, name="you")
    return Actor(platform=platform, id=id, name="Ana", manager=manager, personal=personal)


def daily(at: str = "09:00", zone: str = "UTC") -> Schedule:
    return Schedule(days=frozenset(range(7)), at=time.fromisoformat(at), zone=zone)


def some_settings(**fields: Any) -> Settings:
    return Settings(**{"schedule": daily(), **fields})


def a_card(title: str = "Reading Orders for Busy Groups", row: int = 1) -> Card:
    return Card(
        title=rich(title),
        url="https://arxiv.org/abs/2604.00001",
        byline=rich("Ada Lovelace, Grace Hopper"),
        body=rich(ABSTRACT),
        reason='matched by:"Ada Lovelace"',
        buttons=(Button(label="Save", action=f"save:{row}"), Button(label="PDF", url="https://arxiv.org/pdf/2604.00001")),
        menu=(Button(label="Not interested", action=f"hide:{row}"),),
    )


def a_message(cards: int = 2) -> Message:
    return Message(
        heading="2 new papers for #nlp · Wed 22 Apr",
        cards=tuple(a_card(f"Paper {number}", number) for number in range(1, cards + 1)),
        notice="arXiv 1,204 announced, all fetched · 12 matched · 10 shown, 2 more",
        buttons=(Button(label="Show the rest (2)", action="rest:abcdefabcdefabcdefabcdef"),),
    )


def later(moment: datetime = NOON, **delta: float) -> datetime:
    return moment + timedelta(**delta)
