"""Names for what is being typed, when more begin like that than can be looked at."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.store.sqlite import proposals
from bot.store.sqlite.names import write_counts
from bot.store.sqlite.store import SqliteStore

#: Name -> papers: 60 people called Wei, 40 of them of few papers, and some others.
PEOPLE = {
    **{f"Wei Zhang {number:02d}": 100 - number for number in range(20)},
    **{f"Wei Zhao {number:02d}": 1 + number % 4 for number in range(40)},
    "José Álvarez": 7,
    "Weiß Müller": 50,
    "Grace Hopper": 90,
    "Wei Hopper": 3,
    "Nobody Any More": 0,
}


@pytest.fixture
async def store(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> SqliteStore:
    await store._db.write(lambda connection: write_counts(connection, Counter({("author", name): count for name, count in PEOPLE.items()})))
    monkeypatch.setattr(proposals, "FEW", 10)
    monkeypatch.setattr(proposals, "MANY", 100)
    monkeypatch.setattr(proposals, "_PAGE", 4)
    return store


def best(*beginnings: str, limit: int = 5) -> list[tuple[str, int]]:
    def folded(name: str) -> list[str]:
        return name.lower().replace("ß", "ss").replace("ü", "u").replace("á", "a").replace("é", "e").split()

    fitting = [one for one in PEOPLE.items() if one[1] and all(any(word.startswith(b) for word in folded(one[0])) for b in beginnings)]
    return sorted(fitting, key=lambda one: (-one[1], one[0]))[:limit]


async def test_the_names_of_most_papers_come_first_when_too_many_begin_alike(store: SqliteStore) -> None:
    assert await store.authors("wei", limit=5) == best("wei")
    assert await store.authors("w", limit=10) == best("w", limit=10)
    assert await store.authors("we zha", limit=5) == best("we", "zha")


async def test_a_rare_word_leads_whatever_else_is_typed(store: SqliteStore) -> None:
    assert await store.authors("wei hop", limit=5) == [("Wei Hopper", 3)]
    assert await store.authors("alv", limit=5) == [("José Álvarez", 7)]
    assert await store.authors("mull", limit=5) == [("Weiß Müller", 50)]


async def test_where_no_popular_name_fits_others_are_proposed(store: SqliteStore) -> None:
    assert await store.authors("wei zhao", limit=5) == best("wei", "zhao")
    assert len(await store.authors("w", limit=25)) > 21, "more than those of many papers"


async def test_nothing_typed_proposes_the_names_of_most_papers_and_nobody_without_any(store: SqliteStore) -> None:
    assert await store.authors("", limit=3) == best(limit=3)
    assert await store.authors("nobody", limit=3) == []


async def test_popular_names_are_read_in_their_order_and_no_further_than_needed(store: SqliteStore) -> None:
    statement = f"EXPLAIN QUERY PLAN {proposals._POPULAR}"
    plan = await store._db.read(lambda connection: [row[3] for row in connection.execute(statement, ("author", 9))])
    assert plan == ["SEARCH names USING COVERING INDEX names_popular (kind=? AND papers>?)"]
