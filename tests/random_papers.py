"""Random records of a few papers, so that a history of them holds new, changed, joined and conflicting ones."""

from __future__ import annotations

import random
from datetime import date, timedelta

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper, with_derived_keys

TODAY = date(2026, 4, 22)
WORDS = ("dust", "rings", "moons", "graphs", "memory", "tiles", "kitchen", "models", "drifting", "Zürich", "C++", "GPT-4o")
PEOPLE = ("Ada Lovelace", "A. Lovelace", "Wei Zhang", "Zhang Wei", "José Álvarez", "Robin Jia")


def random_record(chance: random.Random, *, ids: int = 12) -> Paper:
    """A record of one of ``ids`` arXiv papers, or one without an id that may share its text with others."""
    words = chance.sample(WORDS, 6)
    long = chance.choices(words, k=14)
    count = chance.choice([None, 7])
    return with_derived_keys(
        Paper(
            keys=tuple(
                key
                for key, odds in ((f"arxiv:2604.{chance.randrange(ids):05d}", 0.7), (f"doi:10.1/{chance.randrange(ids)}", 0.2))
                if chance.random() < odds
            ),
            title=" ".join(chance.sample(words, 3)),
            abstract=chance.choice(["", " ".join(long), "the same abstract of several papers, " * 3]),
            summary=chance.choice(["", "In short."]),
            authors=tuple(Author(name=name) for name in chance.sample(PEOPLE, chance.randrange(3))),
            author_count=count,
            more_authors=count is None and chance.random() < 0.5,
            categories=tuple(chance.sample(["cs.CL", "cs.LG", "math.CO"], chance.randrange(3))),
            organisations=tuple(chance.sample(["ETH Zürich", "Tencent", "tencent"], chance.randrange(2))),
            links=tuple(Link(kind=kind, url=f"https://x.org/{kind}") for kind in chance.sample(list(LinkKind), chance.randrange(3))),
            submitted=TODAY - timedelta(days=chance.randrange(60)) if chance.random() < 0.8 else None,
            announced=chance.choice([None, TODAY]),
            announce_type=chance.choice([None, *AnnounceType]),
            votes=chance.choice([None, 3, 30]),
            version=chance.choice([None, 1, 2]),
            comment=chance.choice(["", "12 pages"]),
            source=chance.choice(["arxiv", "seeds", "listing", "huggingface"]),
            keywords=tuple(chance.sample(["sorting", "Sorting", "state space models", "C++"], chance.randrange(3))),
        )
    )
