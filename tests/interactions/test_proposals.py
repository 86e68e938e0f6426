"""Proposals for half-typed options."""

from __future__ import annotations

from bot.domain.requests import Choice, Completion
from tests.builders import a_paper, an_actor
from tests.interactions.chat import HERE, Chat


async def proposals(chat: Chat, what: str, typed: str, **options: str) -> list[Choice]:
    return await chat.handler.complete(
        Completion(actor=an_actor(), place=HERE, kind=what, typed=typed, options=options)  # type: ignore[arg-type]
    )


async def test_authors_are_proposed_with_their_papers(chat: Chat) -> None:
    await chat.know(a_paper(authors=("Robin Jia",)), a_paper(title="B", abstract="b" * 99, authors=("Robin Jia", "Ada Byron")))
    assert await proposals(chat, "author", "rob") == [Choice(name="Robin Jia — 2 papers", value="Robin Jia")]
    assert await proposals(chat, "value", "jia", kind="author") == [
        Choice(name="Robin Jia — 2 papers", value="Robin Jia"),
        Choice(name="jia", value="jia"),
    ]
    assert Choice(name='by:"Robin Jia" — 2 papers', value='by:"Robin Jia"') in await proposals(chat, "value", "jia")


async def test_categories_rules_zones_and_saved_papers_are_proposed(chat: Chat) -> None:
    rows = await chat.know(a_paper(title="Robust Reading", arxiv="2604.10001"))
    await chat.type("subscribe author Robin Jia")
    await chat.press(f"save:{rows[0]}")
    assert (await proposals(chat, "category", "cs"))[0].value == "cs.CL"
    assert await proposals(chat, "rule", "jia") == [Choice(name='#1 by:"Robin Jia"', value="#1")]
    assert await proposals(chat, "rule", "jia", to="me") == []
    assert (await proposals(chat, "zone", "berl"))[0].value == "Europe/Berlin"
    assert (await proposals(chat, "zone", ""))[0].value == "UTC"
    assert (await proposals(chat, "saved", "robust"))[-1] == Choice(name="Robust Reading", value="arxiv:2604.10001")


async def test_proposals_fit_in_a_hundred_characters_and_twenty_five(chat: Chat) -> None:
    await chat.know(*(a_paper(title=f"T{i}", abstract=f"{i}" * 99, authors=("Robin " + "Long" * 40 + str(i),)) for i in range(30)))
    for kind, typed in (("author", "robin"), ("zone", "a"), ("saved", "x" * 300), ("value", "robin")):
        found = await proposals(chat, kind, typed)
        assert len(found) <= 25
        assert all(1 <= len(one.name) <= 100 and 1 <= len(one.value) <= 100 for one in found)
