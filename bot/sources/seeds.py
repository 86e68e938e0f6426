"""What comes with the product: the starter corpus, the invented day of the demo, and example subscriptions."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from importlib import resources

from bot.domain.papers import Paper, with_derived_keys
from bot.domain.subscriptions import SubscriptionKind
from bot.errors import SourceError
from bot.ports import Batch
from bot.sources.files.jsonl import read_jsonl


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
    """One day of invented papers with abstracts. ``source`` is "demo".

    The one record without an id stands for what a group's own page says about a paper of that day: its ``source`` is "listing".
    """
    papers = _papers("day.jsonl", source="demo")
    return tuple(paper if paper.key.startswith("demo:") else replace(paper, source="listing") for paper in papers)


def read_example_subscriptions() -> tuple[ExampleSubscription, ...]:
    return tuple(
        ExampleSubscription(query=entry["query"], kind=entry["kind"], about=entry["about"])
        for entry in tomllib.loads(_text("subscriptions.toml"))["subscription"]
    )


def _text(name: str) -> str:
    return resources.files("seeds").joinpath(name).read_text(encoding="utf-8")


def _papers(name: str, *, source: str) -> tuple[Paper, ...]:
    batch = read_jsonl(_text(name), name=name)
    if batch.problems:
        raise SourceError(f"a file of the product is damaged ({batch.problems[0]})", "install Papercrier again")
    return tuple(with_derived_keys(replace(paper, source=source)) for paper in batch.papers)
