"""BibTeX and BibLaTeX: what becomes of an entry."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.papers import LinkKind, Paper
from bot.sources.files.bibtex import read_bibtex, unprotected
from bot.text.normalise import normalise


def read(text: str) -> list[Paper]:
    batch = read_bibtex(text.encode(), name="refs.bib")
    assert batch.problems == ()
    return [normalise(paper) for paper in batch.papers]


def one(fields: str, kind: str = "article") -> Paper:
    (paper,) = read(f"@{kind}{{key,\n{fields}\n}}")
    return paper


def test_an_entry_becomes_a_paper() -> None:
    paper = one(
        r"""title = {The {LHCb} Study of $x_{1}$ and G{\"o}del}, subtitle = {A Story},
        author = "Maaten, Laurens van der and Jia, Robin and others",
        journal = {J. of Things}, volume = 7, number = {2}, pages = {1--9}, year = 2019, month = mar, doi = {10.1234/A\_b},
        abstract = {We show.}, note = {Best paper}, url = {https://things.example/7.pdf}, eprint = {1901.00001v2}, archivePrefix = {arXiv},
        primaryClass = {cs.CL}"""
    )
    assert paper.keys[:2] == ("arxiv:1901.00001", "doi:10.1234/a_b")
    assert paper.title == "The LHCb Study of x₁ and Gödel: A Story"
    assert [author.name for author in paper.authors] == ["Laurens van der Maaten", "Robin Jia"] and paper.more_authors
    assert (paper.journal_ref, paper.submitted, paper.categories) == ("J. of Things 7 (2), 1-9", date(2019, 3, 1), ("cs.CL",))
    assert (paper.abstract, paper.comment, paper.source) == ("We show.", "Best paper", "import")
    assert [(link.kind, link.url) for link in paper.links] == [(LinkKind.PDF, "https://things.example/7.pdf")]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("Jean de La Fontaine and Brinch Hansen, Per", ["Jean de La Fontaine", "Per Brinch Hansen"]),
        ("King, Jr., Martin Luther", ["Martin Luther King Jr."]),
        ("{The LHCb and CMS Collaborations} and Lovelace, Ada", ["The LHCb and CMS Collaborations", "Ada Lovelace"]),
        (r"Erd{\H o}s, P. and {\'E}variste Galois", ["P. Erdős", "Évariste Galois"]),
        ("family=Hopper, given=Grace, prefix=van", ["Grace van Hopper"]),
        ("Ada Lovelace; Grace Hopper;", ["Ada Lovelace", "Grace Hopper"]),
        ("Lovelace, Ada and Hopper, Grace % last one left\n and Turing, Alan", ["Ada Lovelace", "Grace Hopper", "Alan Turing"]),
        (", and , ,", []),
    ],
)
def test_names_are_understood_in_every_order(names: str, expected: list[str]) -> None:
    assert [author.name for author in one(f"title = {{A}}, author = {{{names}}}").authors] == expected


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ("eprint = {hep-th/9711200}", "arxiv:hep-th/9711200"),
        ("eprint = {https://arxiv.org/abs/1901.00001}, eprinttype = {arxiv}", "arxiv:1901.00001"),
        ("journal = {arXiv preprint arXiv:1901.00001v3}", "arxiv:1901.00001"),
        ("journal = {CoRR}, volume = {abs/1901.00001}", "arxiv:1901.00001"),
        (r"howpublished = {\url{https://arxiv.org/abs/1901.00001}}", "arxiv:1901.00001"),
        ("doi = {https://doi.org/10.48550/arXiv.1901.00001}", "arxiv:1901.00001"),
        ("url = {https://doi.org/10.1234/x}", "doi:10.1234/x"),
        ("url = {https://openreview.net/forum?id=aB1}", "openreview:aB1"),
    ],
)
def test_ids_are_found_where_people_put_them(fields: str, key: str) -> None:
    assert one(f"title = {{A}}, {fields}").keys[0] == key


@pytest.mark.parametrize(
    "fields", ["eprint = {12345}, eprinttype = {jstor}", "url = {https://x.example/news/1234567}", "volume = {1901.00001}"]
)
def test_what_only_looks_like_an_id_is_none(fields: str) -> None:
    assert not [key for key in one(f"title = {{A title of some length}}, author={{A B}}, {fields}").keys if not key.startswith("title:")]


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ("year = {2010}", date(2010, 1, 1)),
        ("year = {2010}, month = {July}, day = {4}", date(2010, 7, 4)),
        ("year = 2010, month = 7", date(2010, 7, 1)),
        ("date = {2010-07-04/2011}", date(2010, 7, 4)),
        ("date = {2010-21}", date(2010, 1, 1)),
        ("year = {2010}, month = feb, day = {30}", date(2010, 2, 1)),
        ("year = {to appear}", None),
        ("year = {c. 1843}", date(1843, 1, 1)),
    ],
)
def test_dates_are_read_as_far_as_they_go(fields: str, day: date | None) -> None:
    assert one(f"title = {{A}}, {fields}").submitted == day


def test_strings_are_put_together() -> None:
    (paper,) = read(
        '@string{proc = "Proc. of "}\n@String(aaai = proc # {the AAAI})\n@inproceedings{a, title = "A", booktitle = aaai # " " # 2026}'
    )
    assert paper.journal_ref == "Proc. of the AAAI 2026"


def test_what_stands_in_the_volume_counts_for_its_parts() -> None:
    child, alone = read(
        "@inproceedings{a, title = {A}, crossref = {v}, xdata = {shared}}\n"
        "@proceedings{v, title = {The Volume}, year = 2020, doi = {10.1/v}}\n"
        "@xdata{shared, note = {Shared}}"
    )
    assert (child.title, child.journal_ref, child.submitted, child.comment) == ("A", "The Volume", date(2020, 1, 1), "Shared")
    assert not [key for key in child.keys if key.startswith("doi:")] and alone.title == "The Volume"


def test_entries_that_name_each_other_end() -> None:
    assert [paper.title for paper in read("@article{a, title={A}, crossref={b}}\n@article{b, title={B}, crossref={a}}")] == ["A", "B"]


def test_bad_entries_are_reported_with_their_line_and_cost_no_other() -> None:
    text = """@comment{ignored}
@article{good, title = {One}}
@article{empty, year = 2020}
@article{good, title = {Two, under the same name}}
@article{twice, title = {Three}, title = {Other}}
@book(round, title = {Four})
@article{open, title = {Never {closed},
@article{last, title = {Five}}
"""
    batch = read_bibtex(text.encode(), name="refs.bib")
    assert [paper.title for paper in batch.papers] == ["One", "Two, under the same name", "Three", "Four", "Five"]
    assert [problem.partition(": ")[0] for problem in batch.problems] == ["refs.bib:7", "refs.bib:3"]


@pytest.mark.parametrize(
    "text", ["", "no entry", "@", "@article", "@article{", "@article{}", "@article{a", '@article{a, title = "}', "@string{a = a # a}"]
)
def test_nonsense_is_reported_and_nothing_more(text: str) -> None:
    batch = read_bibtex(text.encode(), name="refs.bib")
    assert not batch.papers and all(problem.startswith("refs.bib:1: ") for problem in batch.problems)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The {LHCb} {{Study}}", "The LHCb Study"),
        (r"\textit{kept} and $x_{1}$ and x^{2}", r"\textit{kept} and $x_{1}$ and x^{2}"),
        (r"G{\"o}del's R{\&}D", r"G{\"o}del's R\&D"),
        (r"a \{ set \}", r"a \{ set \}"),
        ("un{closed", "un{closed"),
    ],
)
def test_only_braces_that_protect_capitals_are_taken_away(text: str, plain: str) -> None:
    assert unprotected(text) == plain
