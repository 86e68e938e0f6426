"""RIS, NBIB, Web of Science and CSV: what becomes of a record."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.papers import Paper
from bot.sources.files.citations import day_of, turned
from bot.sources.files.references import read_references
from bot.sources.files.tables import looks_like_table, read_table
from bot.text.normalise import normalise


def read(text: str) -> list[Paper]:
    batch = read_references(text.encode(), name="refs.ris")
    assert batch.problems == ()
    return list(batch.papers)


RIS = """TY  - JOUR
TI  - Tides of Paper
AU  - Lovelace, Ada
AU  - Hopper, Grace, Jr.
AB  - We show
 that tides come.
PY  - 2019
DA  - 2019/03/07/
JO  - Journal of Things
VL  - 7
IS  - 2
SP  - 1
EP  - 9
DO  - 10.1234/A
UR  - https://things.example/7
ZZ  - unknown
ER  -
"""


@pytest.mark.parametrize(
    "text", [RIS, RIS.replace("\n", "\r\n"), "\ufeff" + RIS, RIS.replace("  - ", " - "), RIS.replace("ER  -\n", ""), "1.\n" + RIS]
)
def test_a_record_becomes_a_paper_however_it_is_spelt(text: str) -> None:
    (paper,) = read(text)
    assert (paper.title, paper.abstract) == ("Tides of Paper", "We show that tides come.")
    assert [author.name for author in paper.authors] == ["Ada Lovelace", "Grace Hopper Jr."]
    assert (paper.submitted, paper.journal_ref) == (date(2019, 3, 7), "Journal of Things 7 (2), 1-9")
    assert paper.keys == ("doi:10.1234/a",) and paper.links[0].url == "https://things.example/7"


def test_a_record_without_end_or_beginning_ends_no_other() -> None:
    text = "T1  - One\nER  -\nTY  - JOUR\nT1  - Two\nTY  - JOUR\nT1  - Three\nER  -\n\nJF  - Journal\nT1  - Four\n"
    assert [paper.title for paper in read(text)] == ["One", "Two", "Three", "Four"]


def test_a_record_without_a_title_is_reported_with_its_line() -> None:
    batch = read_references(b"TY  - JOUR\nTI  - One\nER  - \n\nTY  - JOUR\nAU  - Lovelace, Ada\nER  - \n", name="refs.ris")
    assert len(batch.papers) == 1 and batch.problems == ("refs.ris:5: a record has no title",)


def test_several_people_in_one_line_are_several() -> None:
    (paper,) = read("TY  - JOUR\nTI  - One\nA1  - Lovelace, A.; Hopper, G.\nER  - \n")
    assert [author.name for author in paper.authors] == ["A. Lovelace", "G. Hopper"]


def test_pubmed_is_read() -> None:
    (paper,) = read(
        "PMID- 1\nDP  - 2018 Mar 1\nTI  - Tides of\n      Paper.\nLID - 10.1234/A [doi]\nLID - e1 [pii]\nAB  - We show.\n"
        "FAU - Lovelace, Ada\nAU  - Lovelace A\nCN  - The Group\nJT  - eLife\nVI  - 7\nOT  - reading\nMH  - *Tidal Waves/history\n\n"
    )
    assert (paper.title, paper.abstract, paper.keys) == ("Tides of Paper", "We show.", ("doi:10.1234/a",))
    assert [author.name for author in paper.authors] == ["Ada Lovelace", "The Group"]
    assert (paper.submitted, paper.journal_ref) == (date(2018, 3, 1), "eLife 7")
    assert paper.keywords == ("reading", "Tidal Waves")


def test_web_of_science_is_read() -> None:
    (paper,) = read(
        "FN Clarivate\nVR 1.0\nPT J\nAU Lovelace, A\n   Hopper, G\nTI Tides of\n   Paper\nSO THINGS\nPD MAR 7\nPY 2019\n"
        "DI 10.1234/A\nDE tides; paper\n   mills\nID SEA\nER\n\nEF\n"
    )
    assert (paper.title, paper.keys, paper.submitted) == ("Tides of Paper", ("doi:10.1234/a",), date(2019, 3, 7))
    assert [author.name for author in paper.authors] == ["A Lovelace", "G Hopper"]
    assert normalise(paper).keywords == ("tides", "paper mills", "SEA")


def test_words_of_a_record_are_categories_only_where_arxiv_has_them() -> None:
    (paper,) = read("TY  - JOUR\nTI  - One\nKW  - hep-th\nKW  - sorting\nKW  - a; node.js\nKW  - cs.CL\nER  - \n")
    assert (paper.categories, normalise(paper).keywords) == (("hep-th", "cs.CL"), ("sorting", "a", "node.js"))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2010/03/01/", date(2010, 3, 1)),
        ("2019///", date(2019, 1, 1)),
        ("2015/october", date(2015, 10, 1)),
        ("2001/00/00/", date(2001, 1, 1)),
        ("2018 Mar 1", date(2018, 3, 1)),
        ("99", None),
        ("YEAR/MONTH/DAY/", None),
        ("", None),
    ],
)
def test_dates_of_references_are_read_as_far_as_they_go(text: str, day: date | None) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("King, Martin, Jr.", "Martin King Jr."),
        ("Liu R.", "R. Liu"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("Aristotle,", "Aristotle"),
        ("", ""),
    ],
)
def test_the_given_name_stands_first(name: str, expected: str) -> None:
    assert turned(name) == expected


@pytest.mark.parametrize(
    "text",
    [
        'Title,Authors,Year,DOI,Link\r\n"Tides, of Paper","Lovelace, A.; Hopper, G.",2019,10.1234/A,https://things.example/7\r\n',
        "Article Title;Author;Publication Date;doi;URL\nTides, of Paper;A. Lovelace and G. Hopper;2019-01-01;10.1234/A;https://things.example/7\n",
        "\ufeff\nyear\ttitle\tauthors\tdoi\turl\n2019\tTides, of Paper\tLovelace, A., Hopper, G.\t10.1234/a\thttps://things.example/7",
    ],
)
def test_a_row_becomes_a_paper_whatever_the_columns_are_called(text: str) -> None:
    (paper,) = read_table(text.encode(), name="t.csv").papers
    assert (paper.title, paper.submitted, paper.keys) == ("Tides, of Paper", date(2019, 1, 1), ("doi:10.1234/a",))
    assert [author.name for author in paper.authors] == ["A. Lovelace", "G. Hopper"] and len(paper.links) == 1


def test_a_bad_row_is_reported_with_its_line_and_costs_no_other() -> None:
    batch = read_table(b'title,year\n"One\nin two lines",2019\n,2020\n,\nFour\nFive,2020,too,many\n', name="t.csv")
    assert [paper.title for paper in batch.papers] == ["One\nin two lines", "Four", "Five"]
    assert batch.problems == ("t.csv:4: a row has no title",)


def test_a_table_of_an_old_mac_has_lines_too() -> None:
    assert looks_like_table("title,year\rOne,2019\r")
    assert [paper.title for paper in read_table(b'title,year\rOne,2019\r"Two\rtwo",2020\r', name="t.csv").papers] == ["One", "Two\ntwo"]


def test_a_quote_that_is_never_closed_costs_its_line_only() -> None:
    rows = ["title,year", "One,2019", '"Two,2020', "Three,2021", '"Four', 'in two lines",2022', '"Five,2023', "Six,2024", ""]
    batch = read_table("\n".join(rows).encode(), name="t.csv")
    assert [paper.title for paper in batch.papers] == ["One", "Three", "Four\nin two lines", "Six"]
    assert [problem.partition(" a ")[0] for problem in batch.problems] == ["t.csv:3:", "t.csv:7:"] and "not closed" in batch.problems[0]
    assert [paper.title for paper in read_table(b'title,year\n"A "quick" one",2020\nTwo,2021', name="t.csv").papers][1:] == ["Two"]
    many = "title,year\n" + '"Open,2020\nShut,2021\n' * 30
    assert "breaks off" in read_table(many.encode(), name="t.csv").problems[-1]


def test_a_cell_without_end_is_a_problem() -> None:
    batch = read_table(b'title,year\nOne,2019\n"Two,2020\n' + b"x" * 1_100_000, name="t.csv")
    assert [paper.title for paper in batch.papers] == ["One"] and "t.csv:3: a quotation mark" in batch.problems[0]
