"""Random queries and papers over a vocabulary so small that they meet, with the words that are easy to get wrong in it."""

from __future__ import annotations

from datetime import date
from random import Random

from hypothesis import strategies as st

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper
from bot.domain.queries import Query
from bot.errors import BadInput
from bot.query.language import parse_query

TODAY = date(2026, 4, 22)

WORDS = [
    "graph",
    "graphs",
    "graph-based",
    "neural",
    "network",
    "networks",
    "naïve",
    "happy",
    "happiness",
    "jia",
    "wei",
    "C++",
    "gpt-4o",
    "and",
]
NAMES = [
    "Robin Jia",
    "R. Jia",
    "Wei Zhang",
    "Wen Zhang",
    "Wang Bill Zhu",
    "Wang Zhu",
    "W. B. Zhu",
    "José van der Waals",
    "LHCb Collaboration",
    "Jia",
]
CATEGORIES = ["cs.CL", "cs.LG", "hep-th", "math.PR"]
ORGS = ["Stanford University", "University of Oslo"]
BEGINNINGS = ["gra", "grap", "graphs", "happi", "happin", "jia", "neur", "zha", "network", "one"]
SINGLE_NAMES = ["Zhu", "Waals", "LHCb", "Jia, Robin"]
FACETS = [
    *(f"org:{name}" for name in ("stanford", "university", "oslo", '"university of oslo"')),
    *(f"id:2604.0000{number}" for number in range(5)),
    *("has:code", "has:data", "has:project", "has:doi", "source:arxiv", "source:seeds", "type:new", "type:cross", "type:update"),
    *("year:2025", "year:2026"),
]
DATES = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 4, 15), date(2026, 4, 21)]

_word = st.sampled_from(WORDS)
_phrase = st.lists(_word, min_size=1, max_size=5).map(lambda found: '"' + " ".join(found) + '"')
_prefix = st.sampled_from(BEGINNINGS).map(lambda beginning: beginning + "*")
_field = st.builds("{}{}".format, st.sampled_from(["title:", "abs:", "comment:"]), st.one_of(_word, _phrase, _prefix))
_author = st.builds('by:{}"{}"'.format, st.sampled_from(["", "="]), st.sampled_from([*NAMES, *SINGLE_NAMES]))
_category = st.builds("{}{}".format, st.sampled_from(["in:", "primary:"]), st.sampled_from([*CATEGORIES, "cs.*", "stat"]))
_facet = st.one_of(_category, st.sampled_from(FACETS))
_dated = st.one_of(
    st.sampled_from(["since:", "until:"]).flatmap(lambda field: st.sampled_from(DATES).map(lambda day: f"{field}{day}")),
    st.sampled_from(["since:1d", "since:7d", "since:1y"]),
)
_votes = st.builds("votes:{}{}".format, st.sampled_from([">", ">=", "<", "<=", "="]), st.integers(0, 4))
_leaf = st.one_of(_word, _phrase, _prefix, _field, _author, _facet, _dated, _votes)


def _combined(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(part, min_size=2, max_size=4)
    return st.one_of(
        several.map(" ".join),
        several.map(" OR ".join),
        several.map(" OR ".join).map(lambda text: f"({text})"),
        part.map(lambda text: f"-({text})"),
    )


query_texts = st.recursive(_leaf, _combined, max_leaves=7)


def _parsed(text: str) -> Query:
    for taken in (text, f"graph ({text})"):
        try:
            return parse_query(taken)
        except BadInput:
            continue  # it only excludes, or grew too large
    return parse_query("graph")


def queries() -> st.SearchStrategy[Query]:
    """Queries that the language takes."""
    return query_texts.map(_parsed)


def random_paper(random: Random, number: int) -> Paper:
    """A paper with few words and with every field now there, now missing."""

    def text(longest: int) -> str:
        return " ".join(random.choices([*WORDS, "network.", "one"], k=random.randint(0, longest)))

    return Paper(
        keys=(f"arxiv:2604.{number:05d}", *((f"doi:10.1000/{number}",) if random.random() < 0.3 else ())),
        title=f"{text(3)} no{number}",
        abstract=text(8),
        comment=text(3),
        authors=tuple(
            Author(name=name, affiliations=tuple(random.sample(ORGS, random.randint(0, 1))))
            for name in random.sample(NAMES, random.randint(0, 3))
        ),
        categories=tuple(random.sample(CATEGORIES, random.randint(0, 3))),
        organisations=tuple(random.sample(ORGS, random.randint(0, 1))),
        links=tuple(Link(kind=kind, url=f"https://example.org/{number}") for kind in LinkKind if random.random() < 0.2),
        submitted=random.choice([None, *DATES]),
        announced=random.choice([None, *DATES]),
        announce_type=random.choice([None, *AnnounceType]),
        votes=random.choice([None, 0, 2, 3, 4]),
        source=random.choice(["arxiv", "seeds"]),
        keywords=tuple(filter(None, (text(3).strip() for _ in range(random.randint(0, 2))))),
    )
