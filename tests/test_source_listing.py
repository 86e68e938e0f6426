"""Listing pages: the four shapes, their traps, and that no line is dropped in silence."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.papers import LinkKind, Paper
from bot.ports import Batch
from bot.sources.listing.codes import category
from bot.sources.listing.lines import month_date, split_lines
from bot.sources.listing.names import split_title
from bot.sources.listing.reader import read_listing, read_page
from bot.text.normalise import normalise

TODAY = date(2026, 7, 1)
OWN_PAGES = Path(__file__).parent / "data" / "listing"
PROSE = (
    "We ask whether a line of running text that goes on for some time is taken for an abstract, and answer that it is, provided that "
    "it holds enough words or ends in a full stop, which this one does."
)


def read(name: str) -> Batch:
    return read_listing((OWN_PAGES / name).read_text(encoding="utf-8"), name=name, today=TODAY)


def authors(paper: Paper) -> list[str]:
    return [author.name for author in paper.authors]


def unaccounted(text: str) -> set[int]:
    """Lines that are neither in a record nor furniture nor reported."""
    page = read_page(text, today=TODAY)
    seen = {number for entry in page.entries for number in entry.lines} | page.furniture | {remark.line for remark in page.remarks}
    return {line.number for line in split_lines(text)} - seen


# --- abstracts with ids ----------------------------------------------------------------------------------------------


def test_a_page_of_ids_gives_id_dates_and_links_but_no_titles() -> None:
    first, second, third = read("ids.txt").papers
    assert (first.keys, first.title, first.submitted, first.updated) == (("arxiv:2501.00017",), "", date(2025, 1, 2), date(2025, 1, 9))
    assert [(link.kind, link.url) for link in first.links] == [
        (LinkKind.CODE, "https://code.example.org/bees"),
        (LinkKind.DATA, "https://example.org/data/bees"),
    ]
    assert (second.submitted, second.updated) == (date(2025, 2, 3), None)
    assert third.keys == ("arxiv:math/0501001",)
    assert third.abstract.startswith("Old lighthouses")


def test_what_a_page_of_ids_holds_besides_is_reported_with_its_line() -> None:
    assert read("ids.txt").problems == (
        'ids.txt:15: belongs to no record: "This record has no abstract below it? No: it is too short"',
        'ids.txt:20: a date that does not exist: "Created: 2025-02-30 Updated: 2025-03-01"',
    )


def test_an_id_without_an_abstract_is_reported_and_does_not_swallow_the_next_record() -> None:
    text = f"arXiv:2501.00001\nCreated: 2025-01-01\n\n{PROSE}\n\narXiv:2501.00002\n"
    batch = read_listing(text, name="p", today=TODAY)
    assert [paper.keys for paper in batch.papers] == [("arxiv:2501.00002",)]
    assert [problem[:4] for problem in batch.problems] == ["p:1:", "p:2:"]


# --- cards -----------------------------------------------------------------------------------------------------------


def test_cards_part_the_title_from_the_authors_glued_to_it() -> None:
    papers = read("cards.txt").papers
    assert [(paper.title, authors(paper)) for paper in papers] == [
        ("Patterns of Kindness in AI", ["Jun Rui Halloway", "Ada B. Quill", "Zoë McIntyre"]),
        ("TinyGarden: Growing Networks, Pruning Networks, and Keeping", ["Jo Tern", "Anna-Lena Vogt"]),
        ("Are Shadows Enough?", ["Lina M. Østergaard", "Wu Fen"]),
        ("Confidence Bands for the Patient", ["Ole van der Brug"]),
        ("all lower case without any name to be seen here", []),
    ]


def test_cards_give_category_date_organisation_and_the_mark_for_code() -> None:
    kindness, garden, shadows, bands, _ = read("cards.txt").papers
    assert [paper.categories for paper in (kindness, garden, shadows, bands)] == [("cs.CL",), ("cs.LG",), ("cs.CV",), ("stat.ME",)]
    assert shadows.organisations == ("north-coast-lab",)
    assert shadows.comment == "Code available"
    assert kindness.comment == ""
    # No year: the last such day, which for 30 December is in the year before.
    assert [paper.submitted for paper in (kindness, garden, shadows, bands)] == [
        date(2026, 5, 28),
        date(2025, 12, 30),
        date(2024, 5, 22),
        None,
    ]


def test_a_card_that_ends_its_authors_in_et_al_says_that_there_are_more() -> None:
    assert [paper.more_authors for paper in read("cards.txt").papers] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("line", "more", "organisations"),
    [
        ("Titles and NamesAda Quill, Jo Tern et al. · north-coast-lab", True, ("north-coast-lab",)),
        ("Titles and NamesAda Quill, Jo Tern, et al", True, ()),
        ("Titles and NamesAda Quill, Jo Tern · et al. lab", False, ("et al. lab",)),
        ("nothing glued here et al.", False, ()),
    ],
)
def test_only_an_et_al_behind_authors_counts(line: str, more: bool, organisations: tuple[str, ...]) -> None:
    (paper,) = read_listing(f"CLMay 2, 2025\n{line}\n{PROSE}\n", name="p", today=TODAY).papers
    assert (paper.more_authors, paper.organisations) == (more, organisations)


def test_what_a_card_does_not_say_clearly_is_reported() -> None:
    assert read("cards.txt").problems == (
        'cards.txt:10: a date that does not exist: "MEFeb 30, 2023"',
        'cards.txt:13: a category that is not known: "XQJun 4, 2022"',
        'cards.txt:14: no authors found behind the title: "all lower case without any name to be seen here"',
    )


def test_a_card_whose_text_gives_the_address_of_the_code_needs_no_mark() -> None:
    text = f"CLMay 2, 2025Code\nTitles and NamesAda Quill\n{PROSE} Code: https://code.example.org/x\n"
    (paper,) = read_listing(text, name="p", today=TODAY).papers
    assert paper.comment == ""


def test_a_second_paragraph_of_a_card_joins_the_abstract() -> None:
    text = f"CLMay 2, 2025\nTitles and NamesAda Quill\n{PROSE}\nBesides, this second paragraph says a little more about it.\n"
    (paper,) = read_listing(text, name="p", today=TODAY).papers
    assert paper.abstract.endswith("a little more about it.")


def test_a_card_without_a_title_keeps_its_abstract() -> None:
    batch = read_listing(f"CLMay 2, 2025\n{PROSE}\n", name="p", today=TODAY)
    assert [(paper.title, paper.abstract) for paper in batch.papers] == [("", PROSE)]
    assert batch.problems[0].startswith("p:2: an abstract without a title")


@pytest.mark.parametrize(
    ("glued", "title", "names"),
    [
        ("Dynamics in AIJun Rui Hall", "Dynamics in AI", ["Jun Rui Hall"]),
        ("Robust?Nelson F. Lund, Ana Roy et al.", "Robust?", ["Nelson F. Lund", "Ana Roy"]),
        ("A Survey of LLMsAmin Bell, D'Arcy O'Neil", "A Survey of LLMs", ["Amin Bell", "D'Arcy O'Neil"]),
        ("Search, Inspection, and MoreJo Tern", "Search, Inspection, and More", ["Jo Tern"]),
        ("PyTools, TensorWorks, JAXJane Doe, Jo Tern", "PyTools, TensorWorks, JAX", ["Jane Doe", "Jo Tern"]),
        ("Large ModelsMary McDonald Smith", "Large Models", ["Mary McDonald Smith"]),
        ("Robot TeamingMinJae Yoon, YongTaek Im", "Robot Teaming", ["MinJae Yoon", "YongTaek Im"]),
        ("Reading OpenGraphJ. P. Marlow, K. Ode", "Reading OpenGraph", ["J. P. Marlow", "K. Ode"]),
        ("Layers of BERTÉva Nagy", "Layers of BERT", ["Éva Nagy"]),
        ("Retain-Set-Free Unlearning with GPT-4Jo Tern", "Retain-Set-Free Unlearning with GPT-4", ["Jo Tern"]),
        ("One Name OnlySuharto, Jo Tern", "One Name Only", ["Suharto", "Jo Tern"]),
        ("Promote, Suppress, IterateJo Tern, Ada Quill", "Promote, Suppress, Iterate", ["Jo Tern", "Ada Quill"]),
        ("Nothing here is glued", "Nothing here is glued", []),
    ],
)
def test_the_seam_between_title_and_authors_is_found(glued: str, title: str, names: list[str]) -> None:
    assert split_title(glued) == (title, tuple(names))


GIVEN = st.sampled_from(["Ada", "Jun Rui", "Zoë", "Anna-Lena", "J. P.", "Xi Victoria", "Ole"])
FAMILY = st.sampled_from(["Tern", "Quill", "McIntyre", "van der Brug", "O'Neil", "Østergaard", "Yu"])
TITLES = st.sampled_from(
    [
        "Are Samples Enough?",
        "Evaluating Kindness in AI",
        "TinyGarden: Growing, Pruning, and Keeping Networks",
        "A Survey of LLMs",
        "Why Is It So? A Tale of Two Tests",
        "off-by-one addition",
        "Text-to-SQL with GPT-4",
    ]
)


@given(TITLES, st.lists(st.tuples(GIVEN, FAMILY), min_size=1, max_size=3), st.booleans())
def test_plain_names_are_parted_from_any_title(title: str, names: list[tuple[str, str]], cut: bool) -> None:
    printed = [" ".join(name) for name in names]
    assert split_title(title + ", ".join(printed) + (" et al." if cut else "")) == (title, tuple(printed))


def test_codes_of_categories_find_their_archive() -> None:
    codes = ["CL", "LG", "CV", "CR", "SE", "AI", "RO", "IR", "HC", "NE", "CY", "ME", "ML", "IV", "quant-ph", "CO", "XQ"]
    archives = [category(code) for code in codes]
    assert archives[:11] == [f"cs.{code}" for code in codes[:11]]
    assert archives[11:] == ["stat.ME", "stat.ML", "eess.IV", "quant-ph", "stat.CO", None]


def test_a_leap_day_without_a_year_is_the_last_one_there_was() -> None:
    assert month_date("Feb", "29", None, TODAY) == date(2024, 2, 29)
    assert month_date("Feb", "29", None, date(2024, 2, 28)) == date(2020, 2, 29)
    assert month_date("Jul", "1", None, TODAY) == TODAY
    assert month_date("Jul", "2", None, TODAY) == date(2025, 7, 2)


# --- titles and abstracts --------------------------------------------------------------------------------------------


def test_bare_titles_are_freed_from_the_furniture_glued_to_them() -> None:
    batch = read("titles.txt")
    assert [paper.title for paper in batch.papers] == ["Moss as a Clock: Reading Time from Slow Growth", "Could We Hear a Library Breathe?"]
    assert batch.problems == ('titles.txt:7: belongs to no record: "Log in"',)


def test_a_daily_page_gives_author_counts_organisations_dates_and_comments() -> None:
    batch = read("daily.txt")
    kettles, boats, walks = batch.papers
    assert batch.problems == ()
    assert (kettles.author_count, kettles.submitted, kettles.discussion) == (3, date(2023, 10, 12), None)
    assert (boats.author_count, boats.submitted, boats.organisations) == (None, None, ())
    assert (walks.author_count, walks.organisations, walks.submitted, walks.discussion) == (None, ("Harbour Labs",), date(2024, 12, 31), 3)
    assert walks.title == "Long Walks, Short Proofs"


def test_an_abstract_without_a_title_is_reported_and_not_added_to_its_neighbour() -> None:
    batch = read_listing(f"A Title\n{PROSE}\n{PROSE}\n", name="p", today=TODAY)
    assert [(paper.title, paper.abstract) for paper in batch.papers] == [("A Title", PROSE)]
    assert [problem[:25] for problem in batch.problems] == ["p:3: belongs to no record"]


def test_every_record_says_that_a_listing_gave_it() -> None:
    papers = [paper for name in ("ids.txt", "cards.txt", "titles.txt", "daily.txt") for paper in read(name).papers]
    assert {paper.source for paper in papers} == {"listing"}
    assert len(papers) == 13


def test_problems_are_one_short_line_each() -> None:
    text = "odd\x0bline " + "with many words " * 40
    (problem,) = read_listing(text, name="p", today=TODAY).problems
    assert len(problem) < 130
    assert len(problem.splitlines()) == 1


# --- nothing in silence ----------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("CLMay 28", "MEFeb 30, 2023", "LGJun 2, 2025Code", "arXiv:2501.00017", "arXiv:nothing", "Created: 2025-01-02", "Created: soon"),
        *("• 3 authors", "·", "Oct 12, 2023", "Dec 31, 2024 3", "Subscribe", "Daily Papers", "new", "Jan 1", "labs Labs", "", "  "),
        *("SubscribeA Title", "A TitleAda Quill, Jo Tern et al. · lab", "Code: https://example.org", "Code: none", PROSE, PROSE.upper()),
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=40)), max_size=25), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
def test_no_line_of_any_text_is_dropped_in_silence(lines: list[str], ending: str) -> None:
    text = ending.join(lines)
    assert unaccounted(text) == set()
    page = read_page(text, today=TODAY)
    used = Counter(number for entry in page.entries for number in entry.lines)
    assert all(times == 1 for times in used.values())
    assert not page.furniture & used.keys()
    assert all(paper.title or paper.abstract for paper in page.papers)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    batch = read_listing(text, name="any", today=TODAY)
    assert unaccounted(text) == set()
    assert all(problem.startswith("any:") for problem in batch.problems)


# --- the real pages --------------------------------------------------------------------------------------------------

REAL = {"000": 10, "001": 50, "003": 49, "004": 35}


def real_pages(test_data: Path) -> dict[str, str]:
    folder = test_data.parent / "seed-pages"
    if not folder.is_dir():
        pytest.skip("the pages of the starter corpus do not lie beside the recorded answers")
    return {path.name[:3]: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}


def test_the_real_pages_are_read_whole_and_without_a_problem(test_data: Path) -> None:
    for number, text in real_pages(test_data).items():
        batch = read_listing(text, name=number, today=TODAY)
        assert (len(batch.papers), batch.problems) == (REAL[number], ()), number
        assert unaccounted(text) == set()
        assert all(len(paper.abstract) > 500 for paper in batch.papers)
        assert len({paper.abstract for paper in batch.papers}) == REAL[number]


def test_nine_papers_of_the_page_of_ids_are_recognised_on_the_page_of_cards(test_data: Path) -> None:
    pages = real_pages(test_data)
    ids, cards = ([normalise(paper) for paper in read_listing(pages[page], name=page, today=TODAY).papers] for page in ("000", "001"))
    by_key = {key: paper for paper in cards for key in paper.keys if key.startswith("abs:")}
    pairs = [(paper, by_key[key]) for paper in ids for key in paper.keys if key in by_key]
    assert len(pairs) == 9
    # Days apart at most: the pages count the day of submission differently.
    assert all(abs((one.submitted - other.submitted).days) <= 1 for one, other in pairs if one.submitted and other.submitted)


def test_authors_of_the_real_cards_are_names(test_data: Path) -> None:
    papers = read_listing(real_pages(test_data)["001"], name="001", today=TODAY).papers
    assert all(1 <= len(paper.authors) <= 3 for paper in papers)
    assert sum("Robin Jia" in authors(paper) for paper in papers) == 18
    assert sum(paper.more_authors for paper in papers) == 37
    assert all(2 <= len(name.split()) <= 4 for paper in papers for name in authors(paper))
