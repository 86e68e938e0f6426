"""Wording: cards, errors, help, numbers and days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Card, Message, Tone, from_json, plain, to_json
from bot.domain.papers import AnnounceType, Link, LinkKind
from bot.domain.requests import Action
from bot.errors import AuthFailed, BadInput, ConfigError
from bot.grammar.reading import COMMANDS, ROOT
from bot.ports import Order, SearchPage
from bot.query.language import parse_query
from bot.render.answers import search_page
from bot.render.common import (
    bars,
    command_message,
    counted,
    day_name,
    error_message,
    full_day,
    help_message,
    joined,
    moment_name,
    paper_card,
    paper_message,
    shortened,
    with_root,
)
from bot.render.rehearsal import Rehearsal, volume
from tests.builders import a_paper, stored


def strong(card: Card) -> list[str]:
    return [span.text for span in card.byline if span.strong]


def values(card: Card) -> list[str]:
    return [fact.value for fact in card.facts]


def many(number: int) -> list[str]:
    return [f"Author Number{index}" for index in range(number)]


# --- cards -----------------------------------------------------------------------------------------------------------


def test_a_card_carries_what_a_reader_needs() -> None:
    paper = a_paper(
        title="Robust Reading",
        arxiv="2604.00007",
        categories=("cs.CL", "cs.AI"),
        organisations=("Stanford", "MIT", "ETH"),
        votes=1204,
        links=(Link(kind=LinkKind.CODE, url="https://example.org/code"), Link(kind=LinkKind.DATA, url="https://example.org/data")),
    )
    card = paper_card(stored(paper, row=5), reason="matched committees")
    assert plain(card.title) == "Robust Reading"
    assert card.url == "https://arxiv.org/abs/2604.00007"
    assert values(card) == ["cs.CL", "21 Apr 2026", "Stanford, MIT +1", "1,204 votes", "code + data"]
    assert card.reason == "matched committees"
    assert 0 < len(plain(card.body)) <= 320
    assert [(one.label, one.action or one.url) for one in card.buttons] == [
        ("PDF", "https://arxiv.org/pdf/2604.00007"),
        ("Code", "https://example.org/code"),
        ("Save", "save:5"),
        ("More like this", "like:5"),
    ]
    assert [(one.label, one.action) for one in card.menu] == [
        ("Abstract", "show:5"),
        ("Subscribe me to Ada Lovelace", "follow:5:0"),
        ("Subscribe me to Grace Hopper", "follow:5:1"),
        ("Vote for it", "vote:5"),
        ("BibTeX", "bib:5"),
        ("Not interested", "hide:5"),
        ("Why is it here?", "why:5"),
    ]


def test_a_card_of_a_bare_record_still_stands() -> None:
    paper = a_paper(title="", abstract="", summary="A short note.", authors=(), categories=(), submitted=None)
    card = paper_card(stored(paper))
    assert plain(card.title) == "A short note."
    assert (card.byline, card.facts) == ((), ())
    assert [one.label for one in card.menu] == ["Abstract", "Vote for it", "BibTeX", "Not interested", "Why is it here?"]


def test_an_update_says_which_version() -> None:
    paper = a_paper(announce_type=AnnounceType.REPLACE, version=3, updated=date(2026, 4, 22))
    assert "updated v3, 22 Apr 2026" in values(paper_card(stored(paper)))


def test_a_withdrawn_paper_says_so_first() -> None:
    assert values(paper_card(stored(a_paper(withdrawn=True))))[0] == "withdrawn"


def test_six_authors_are_all_named_and_seven_are_folded() -> None:
    assert plain(paper_card(stored(a_paper(authors=many(6)))).byline) == ", ".join(many(6))
    assert plain(paper_card(stored(a_paper(authors=many(12)))).byline) == "Author Number0, Author Number1, Author Number2 … +9"


def test_followed_authors_are_strong_and_never_folded_away() -> None:
    card = paper_card(stored(a_paper(authors=[*many(8), "Émile Borel", *many(2)])), followed=["Emile BOREL", "Nobody Here"])
    assert plain(card.byline) == "Author Number0, Author Number1, Author Number2 … Émile Borel … +7"
    assert strong(card) == ["Émile Borel"]


@pytest.mark.parametrize(
    ("printed", "is_followed"), [("Jia, Robin", True), ("Robin J. Jia", True), ("Rebecca Jia", False), ("Robin Jiang", False)]
)
def test_a_followed_author_is_known_by_the_name_rules(printed: str, is_followed: bool) -> None:
    assert bool(strong(paper_card(stored(a_paper(authors=(printed,))), followed=["Robin Jia"]))) is is_followed


def test_an_author_who_was_searched_is_strong() -> None:
    card = paper_card(stored(a_paper(authors=("Robin Jia", "Ada Byron"))), query=parse_query('by:"Robin Jia" reading'))
    assert strong(card) == ["Robin Jia"]


def test_a_list_that_the_source_cut_says_et_al() -> None:
    assert plain(paper_card(stored(a_paper(authors=many(2), author_count=13))).byline).endswith(" et al. (13 authors)")
    assert plain(paper_card(stored(a_paper(authors=many(8), author_count=300))).byline).endswith("… +297")
    assert plain(paper_card(stored(a_paper(authors=(), author_count=13))).byline) == "13 authors"


def test_a_list_cut_without_a_number_says_et_al_and_no_number() -> None:
    def printed(count: int, **fields: int) -> str:
        return plain(paper_card(stored(a_paper(authors=many(count), more_authors=True, **fields))).byline)

    assert printed(3) == "Author Number0, Author Number1, Author Number2 et al."
    assert printed(12) == "Author Number0, Author Number1, Author Number2 … +9 et al."
    assert printed(2, author_count=13) == "Author Number0, Author Number1 et al. (13 authors)"
    assert printed(0) == ""


def test_et_al_is_not_printed_strongly_behind_a_followed_author() -> None:
    card = paper_card(stored(a_paper(authors=("Ada Byron", "Robin Jia"), more_authors=True)), followed=["Robin Jia"])
    assert plain(card.byline) == "Ada Byron, Robin Jia et al." and strong(card) == ["Robin Jia"]


def test_what_was_searched_is_strong_in_title_and_summary() -> None:
    paper = a_paper(title="Committees of Readers", abstract="We watch committees read. They agree. " * 3)
    card = paper_card(stored(paper), query=parse_query("committee"))
    assert [span.text for span in card.title if span.strong] == ["Committees"]
    assert any(span.strong for span in card.body)


def test_only_web_pages_become_links() -> None:
    links = (
        Link(kind=LinkKind.PAGE, url="javascript:alert(1)"),
        Link(kind=LinkKind.PDF, url="file:///etc/passwd"),
        Link(kind=LinkKind.CODE, url="data:text/html,x"),
    )
    card = paper_card(stored(a_paper(arxiv="2604.00009", links=links)))
    assert card.url == ""
    assert [one.url for one in card.buttons if one.url] == ["https://arxiv.org/pdf/2604.00009"]


def test_a_saved_paper_offers_unsave() -> None:
    assert "unsave:3" in [one.action for one in paper_card(stored(a_paper(), row=3), saved=True).buttons]


def test_a_paper_in_full_names_every_author_and_prints_the_whole_abstract() -> None:
    paper = a_paper(authors=many(12), abstract="One sentence. " * 60, comment="Accepted", journal_ref="Journal 1")
    card = paper_message(stored(paper)).cards[0]
    assert plain(card.byline).count("Author") == 12
    assert plain(card.body).count("One sentence") == 60
    assert [(fact.label, fact.value) for fact in card.facts][-3:] == [
        ("Id", paper.key),
        ("Published", "Journal 1"),
        ("Comment", "Accepted"),
    ]
    assert "show" not in {Action.decode(one.action).verb for one in card.menu}


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=40), max_size=20))
def test_any_title_and_names_pass_unchanged(title: str, names: list[str]) -> None:
    paper = a_paper(title=title, authors=names, arxiv="2604.00001")
    card = paper_message(stored(paper)).cards[0]
    assert plain(card.title) == paper.display_title
    assert all(name in plain(card.byline) for name in names)
    message = Message(cards=(card,))
    assert from_json(to_json(message)) == message


# --- errors and help -------------------------------------------------------------------------------------------------


def test_an_error_says_what_happened_and_what_to_do() -> None:
    message = error_message(BadInput('there is no command "x"', "did you mean: /papers show"))
    assert (message.heading, message.intro, message.tone) == ('There is no command "x"', "Did you mean: /papers show", Tone.WARNING)
    assert error_message(AuthFailed("the token is refused", "set a new one")).tone is Tone.ERROR
    assert error_message(BadInput("no", "try /papers help"), root="/crier").intro == "Try /crier help"


def test_a_configuration_in_trouble_lists_every_problem() -> None:
    assert [item.text for item in error_message(ConfigError(["a: is wrong", "b: is missing"])).items] == ["a: is wrong", "b: is missing"]


def test_help_names_every_command_with_its_form() -> None:
    assert [item.label for item in help_message().items] == [spec.verb for spec in COMMANDS]
    assert all(item.detail.startswith(f"/crier {item.label}") for item in help_message(root="/crier").items)


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.verb)
def test_help_for_one_command_names_its_options(spec: object) -> None:
    found = next(one for one in COMMANDS if one is spec)
    message = command_message(found)
    assert [item.label for item in message.items] == [option.name for option in found.options]
    assert found.example in message.intro


def test_the_root_command_is_renamed_in_our_own_words_only() -> None:
    card = paper_card(stored(a_paper(title="About /papers and people")))
    renamed = with_root(Message(intro=f"{ROOT} help and /papersmith", cards=(card,)), "/crier")
    assert renamed.intro == "/crier help and /papersmith"
    assert plain(renamed.cards[0].title) == "About /papers and people"


def sentences() -> Iterator[str]:
    for message in (help_message(), *(command_message(spec) for spec in COMMANDS)):
        yield from (message.heading, message.intro, message.notice)
        for item in message.items:
            yield from (item.text, item.detail)


def test_nobody_is_shouted_at_and_nothing_is_marked_up() -> None:
    for sentence in sentences():
        assert "!" not in sentence
        assert not any(mark in sentence for mark in ("**", "`", "__")), sentence


# --- numbers and days ------------------------------------------------------------------------------------------------


def test_numbers_days_and_lists_read_as_english() -> None:
    assert (counted(1, "paper"), counted(1204, "paper"), counted(0, "paper")) == ("1 paper", "1,204 papers", "0 papers")
    assert (day_name(date(2025, 11, 20)), full_day(date(2025, 11, 20))) == ("Thu 20 Nov", "20 Nov 2025")
    assert moment_name(datetime(2025, 11, 20, 8, tzinfo=UTC), "Europe/Berlin") == "Thu 20 Nov 09:00 (Europe/Berlin)"
    assert (joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])) == ("", "a", "a and b", "a, b and c")


def test_long_text_is_cut_between_words() -> None:
    assert shortened("one two three four", 12) == "one two…"
    assert shortened("x" * 50, 10) == "x" * 9 + "…"
    assert shortened("short", 10) == "short"


@given(st.text(max_size=80), st.integers(min_value=2, max_value=60))
def test_shortened_text_keeps_its_limit(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= limit


def test_bars_show_every_day_and_the_highest() -> None:
    first = date(2026, 4, 1)
    days = {first: 1, first + timedelta(days=9): 1_200, first + timedelta(days=29): 600}
    lines = bars(days, first=first, last=first + timedelta(days=30), rows=2).splitlines()
    assert lines[0].startswith("1,200 ")
    assert lines[0][6 + 9] == "█"
    assert lines[1][6] == "▁", "a day with one paper is seen"
    assert lines[1][6 + 29] == "█"
    assert lines[2].split() == ["1", "Apr", "1", "May"]


def test_many_days_are_put_together_by_weeks() -> None:
    first = date(2026, 1, 1)
    drawn = bars({first + timedelta(days=3): 2}, first=first, last=first + timedelta(days=364), rows=1)
    assert max(map(len, drawn.splitlines())) < 60
    assert "a week" in drawn


def test_no_papers_draw_no_bars() -> None:
    assert bars({}, first=date(2026, 1, 1), last=date(2026, 1, 31)) == ""


def test_the_volume_of_a_rule_names_its_busiest_day() -> None:
    first = date(2026, 4, 1)
    rehearsal = Rehearsal(query="x", days={first: 1_000, date(2026, 4, 9): 1_500}, first=first, last=date(2026, 5, 1))
    assert volume(rehearsal) == "The last 30 days would have brought 2,500 papers, most on Thu 9 Apr (1,500)."


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("asked", "best match first"),
        ("recent", "best of the newest first"),
        ("unranked", "· newest first"),
        ("new", "newest first, for the order"),
    ],
)
def test_a_search_says_how_it_is_ordered(order: Order, told: str) -> None:
    page = SearchPage(total=1, more=False, hits=((stored(a_paper()), 1.0),), order=order)
    assert told in search_page(page, parse_query("reading"), number=0, sort="best", token="a" * 12).notice


def test_more_than_a_thousand_hits_are_a_thousand_and_more() -> None:
    hits = tuple((stored(a_paper(), row=row), 1.0) for row in range(1, 11))
    message = search_page(SearchPage(total=1000, more=True, hits=hits), parse_query("reading"), number=0, sort="best", token="a" * 12)
    assert message.heading == "1,000+ papers"
    assert message.notice == "1–10 of 1,000+ · best match first"
    assert [one.label for one in message.buttons] == ["Next", "Share", "Subscribe to this"]
