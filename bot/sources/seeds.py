"""What comes with the product: the starter corpus, the invented day of the demo, and example subscriptions."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper, with_derived_keys
from bot.domain.subscriptions import SubscriptionKind
from bot.ports import Batch


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleSubscription:
    """A query as a person would type it, and why one might want it."""

    query: str
    kind: SubscriptionKind
    about: str


class SeedSource:
    """The starter corpus as a source: one batch, always the same."""

    name = "seeds"

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        yield Batch(papers=load_seed_papers())


def load_seed_papers() -> tuple[Paper, ...]:
    """The starter corpus: facts and a summary of each paper, no abstracts. ``source`` is "seeds"."""
    return _papers("papers.jsonl", source="seeds")


def load_demo_day() -> tuple[Paper, ...]:
    """One day of invented papers with abstracts, as a source gives them. ``source`` is "demo"; two records are one paper."""
    return _papers("day.jsonl", source="demo")


def read_example_subscriptions() -> tuple[ExampleSubscription, ...]:
    return tuple(
        ExampleSubscription(query=entry["query"], kind=entry["kind"], about=entry["about"])
        for entry in tomllib.loads(_text("subscriptions.toml"))["subscription"]
    )


def _text(name: str) -> str:
    return resources.files("seeds").joinpath(name).read_text(encoding="utf-8")


def _papers(name: str, *, source: str) -> tuple[Paper, ...]:
    return tuple(_paper(json.loads(line), source) for line in _text(name).splitlines() if line)


def _paper(record: dict[str, Any], source: str) -> Paper:
    """A line of our own files, which a test holds to this form."""
    announce_type = record.get("announce_type")
    return with_derived_keys(
        Paper(
            keys=tuple(record.get("keys", ())),
            title=record["title"],
            abstract=record.get("abstract", ""),
            summary=record.get("summary", ""),
            authors=tuple(Author(name=name) for name in record.get("authors", ())),
            author_count=record.get("author_count"),
            categories=tuple(record.get("categories", ())),
            organisations=tuple(record.get("organisations", ())),
            links=tuple(Link(kind=LinkKind(link["kind"]), url=link["url"]) for link in record.get("links", ())),
            submitted=_date(record.get("submitted")),
            updated=_date(record.get("updated")),
            announced=_date(record.get("announced")),
            announce_type=AnnounceType(announce_type) if announce_type else None,
            version=record.get("version"),
            comment=record.get("comment", ""),
            votes=record.get("votes"),
            discussion=record.get("discussion"),
            source=source,
        )
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
