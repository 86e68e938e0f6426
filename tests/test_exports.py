"""Files that other programs read, read back by those programs' own rules."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import bibtexparser
import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.papers import Paper
from bot.exports import bibtex, citation_key, latex, name_parts, ris, table
from tests.builders import a_paper

HOSTILE = "100% of $x$ & {y} _z_ #1 ~ ^ \\input{/etc/passwd} \\end{document} é ß “q” 漢\n\x00 @everyone"


def read_back(text: str) -> list[dict[str, str]]:
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    return [{"key": entry.key, "kind": entry.entry_type, **{field.key: field.value for field in entry.fields}} for entry in library.entries]


def test_an_entry_says_what_a_reference_needs() -> None:
    paper = a_paper(
        keys=("arxiv:2510.19811", "doi:10.1000/182"),
        title="Telling Committees Apart",
        authors=("Robin Jia", "Laurens van der Maaten", "The LHCb collaboration"),
        categories=("cs.CL", "cs.AI"),
        submitted=date(2025, 10, 22),
        more_authors=True,
    )
    [entry] = read_back(bibtex([paper]))
    assert (entry["key"], entry["kind"]) == ("jia2025telling", "misc")
    assert entry["title"] == "{Telling Committees Apart}"
    assert entry["author"] == "Jia, Robin and van der Maaten, Laurens and {The LHCb collaboration} and others"
    assert (entry["eprint"], entry["archiveprefix"], entry["primaryclass"]) == ("2510.19811", "arXiv", "cs.CL")
    assert (entry["year"], entry["doi"]) == ("2025", "10.1000/182")


def test_what_was_printed_is_an_article() -> None:
    [entry] = read_back(bibtex([a_paper(journal_ref="Phys. Rev. D 99 & 100")]))
    assert (entry["kind"], entry["journal"]) == ("article", r"Phys. Rev. D 99 \& 100")


def test_equal_keys_are_told_apart() -> None:
    keys = [entry["key"] for entry in read_back(bibtex([a_paper() for _ in range(30)]))]
    assert len(set(keys)) == 30
    assert keys[1] == f"{keys[0]}a" and keys[27] == f"{keys[0]}aa"


@pytest.mark.parametrize(
    ("name", "parts"), [("Robin Jia", ("Robin", "Jia")), ("Yang Liu Jr.", ("Yang", "Liu Jr.")), ("Plato", ("", "Plato"))]
)
def test_names_are_parted_as_printed(name: str, parts: tuple[str, str]) -> None:
    assert name_parts(name) == parts


def test_nothing_in_a_text_is_a_command_to_tex() -> None:
    encoded = latex(HOSTILE)
    assert "\\input" not in encoded and "\\end" not in encoded
    assert not re.search(r"(?<!\\)[%$&#_]", encoded)
    assert r"\'e" in encoded


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_every_text_comes_back_whole_from_every_format(texts: list[str]) -> None:
    papers = [
        a_paper(keys=(f"arxiv:2510.{number:05}",), title=f"Paper {text}", abstract=text, comment=text) for number, text in enumerate(texts)
    ]
    assert len(read_back(bibtex(papers))) == len(papers)
    assert len(rispy.loads(ris(papers))) == len(papers)
    rows = list(csv.DictReader(io.StringIO(table(papers))))
    assert [row["id"] for row in rows] == [paper.key for paper in papers]


def test_a_reference_is_read_back_by_a_reference_manager() -> None:
    paper = a_paper(title="On % and @", authors=("Robin Jia",), submitted=date(2025, 10, 22), categories=("cs.CL",))
    [entry] = rispy.loads(ris([paper]))
    assert entry["title"] == "On % and @" and entry["authors"] == ["Jia, Robin"]
    assert entry["year"] == "2025" and entry["keywords"] == ["cs.CL"]


@pytest.mark.parametrize("title", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", '=HYPERLINK("http://evil")'])
def test_no_cell_is_a_formula(title: str) -> None:
    [row] = csv.DictReader(io.StringIO(table([a_paper(title=title)])))
    assert row["title"] == f"'{title}"


def test_a_paper_of_which_little_is_known_is_exported_all_the_same() -> None:
    paper = Paper(keys=("abs:0123456789abcdef",), abstract="We study committees. More.", source="listing")
    [entry] = read_back(bibtex([paper]))
    assert entry["title"] == "{We study committees.}" and "author" not in entry
    assert citation_key(Paper(keys=("abs:0123456789abcdef",), title="漢字", source="x")) == "abs0123456789abcdef"
