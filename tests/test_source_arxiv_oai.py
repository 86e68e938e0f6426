"""OAI-PMH answers and arXiv's plain text, written for each case."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.domain.papers import AnnounceType
from bot.sources.arxiv.mail import is_mail, parse_mail
from bot.sources.arxiv.oai import parse_harvest, set_of
from bot.sources.files.source import read_document

HEAD = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-04-22T03:00:00Z</responseDate>'


def record(inside: str, *, identifier: str = "oai:arXiv.org:2604.00001", status: str = "", sets: str = "cs:cs:CL") -> str:
    mark = f' status="{status}"' if status else ""
    head = f"<header{mark}><identifier>{identifier}</identifier><datestamp>2026-04-22</datestamp><setSpec>{sets}</setSpec></header>"
    return f"<record>{head}{f'<metadata>{inside}</metadata>' if inside else ''}</record>"


ARXIV = """<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2604.00001</id><created>2026-04-20</created><updated>2026-04-21</updated>
<authors><author><keyname>Doe</keyname><forenames>Jane</forenames><suffix>Jr</suffix><affiliation>Some Place</affiliation></author>
<author><keyname>QED Collaboration</keyname></author></authors><title>An Invented
  Title</title><categories>cs.CL 68T50</categories><comments>4 pages</comments><journal-ref>J. Inv. 1</journal-ref>
<doi>10.1000/one, 10.1000/two</doi><abstract>  Words.
</abstract></arXiv>"""


def test_a_record_in_arxivs_own_format_is_read() -> None:
    harvest = parse_harvest(f"{HEAD}<ListRecords>{record(ARXIV)}<resumptionToken>next|1</resumptionToken></ListRecords></OAI-PMH>".encode())
    (one,) = harvest.records
    assert (one.changed, harvest.token, harvest.problems) == (date(2026, 4, 22), "next|1", ())
    assert one.paper.keys == ("arxiv:2604.00001", "doi:10.1000/one", "doi:10.1000/two")
    assert [author.name for author in one.paper.authors] == ["Jane Doe Jr", "QED Collaboration"]
    assert one.paper.authors[0].affiliations == ("Some Place",)
    assert (one.paper.submitted, one.paper.updated, one.paper.categories) == (date(2026, 4, 20), date(2026, 4, 21), ("cs.CL",))
    assert (one.paper.comment, one.paper.journal_ref) == ("4 pages", "J. Inv. 1")


def test_the_raw_format_knows_the_versions() -> None:
    raw = """<arXivRaw><id>2604.00001</id><version version="v1"><date>Mon, 20 Apr 2026 22:00:00 GMT</date></version>
<version version="v2"><date>Tue, 21 Apr 2026 10:00:00 GMT</date></version><title>T</title>
<authors>Jane Doe (Some Place) and Bo Li</authors>
<categories>hep-th math.MP</categories><abstract>A</abstract></arXivRaw>"""
    (one,) = parse_harvest(f"{HEAD}<GetRecord>{record(raw)}</GetRecord></OAI-PMH>".encode()).records
    assert (one.paper.version, one.paper.submitted, one.paper.updated) == (2, date(2026, 4, 20), date(2026, 4, 21))
    assert [author.name for author in one.paper.authors] == ["Jane Doe", "Bo Li"] and one.paper.categories == ("hep-th", "math.MP")


def test_dublin_core_is_sorted_out() -> None:
    core = """<dc xmlns="x"><title>T</title><creator>Doe, Jane</creator><creator>Li, Bo, Jr</creator><creator>QED Team</creator>
<description>Words.</description><description>Comment: 4 pages</description><date>2026-04-20</date><date>2026-04-21</date>
<identifier>http://arxiv.org/abs/2604.00001</identifier><identifier>doi:10.1000/one</identifier><identifier>J. Inv. 1</identifier></dc>"""
    (one,) = parse_harvest(f"{HEAD}<GetRecord>{record(core)}</GetRecord></OAI-PMH>".encode()).records
    paper = one.paper
    assert [author.name for author in paper.authors] == ["Jane Doe", "Bo Li Jr", "QED Team"]
    assert (paper.abstract, paper.comment, paper.journal_ref) == ("Words.", "4 pages", "J. Inv. 1")
    assert paper.keys == ("arxiv:2604.00001", "doi:10.1000/one") and paper.categories == ("cs.CL",)


def test_a_record_that_was_taken_out_is_no_paper() -> None:
    harvest = parse_harvest(f"{HEAD}<ListRecords>{record('', status='deleted')}</ListRecords></OAI-PMH>".encode())
    assert (harvest.records, harvest.deleted, harvest.problems) == ((), ("arxiv:2604.00001",), ())


def test_an_answer_cut_in_the_middle_keeps_its_whole_records_and_has_no_token() -> None:
    body = f"{HEAD}<ListRecords>{record(ARXIV)}{record(ARXIV)[:300]}".encode()
    harvest = parse_harvest(body)
    assert len(harvest.records) == 1 and harvest.damaged and harvest.token == "" and "breaks off" in harvest.problems[0]


@pytest.mark.parametrize("body", [b"", b"<html><body>Retry after 10 seconds</body></html>", b"nonsense", b"<feed/>"])
def test_what_is_no_answer_says_so(body: bytes) -> None:
    harvest = parse_harvest(body)
    assert harvest.damaged and harvest.error and harvest.records == ()


def test_a_day_without_records_is_no_trouble() -> None:
    harvest = parse_harvest(f'{HEAD}<error code="noRecordsMatch">nothing</error></OAI-PMH>'.encode())
    assert harvest.nothing and harvest.error == "nothing" and not harvest.damaged


def test_numbers_of_other_archives_are_not_taken_for_arxivs() -> None:
    core = "<dc><title>T</title><identifier>http://example.org/publication/1585322</identifier></dc>"
    harvest = parse_harvest(f"{HEAD}<GetRecord>{record(core, identifier='oai:example.org:1585322')}</GetRecord></OAI-PMH>".encode())
    assert harvest.records == () and "no arXiv id" in harvest.problems[0]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("hep-th", "physics:hep-th"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("physics.optics", "physics:physics:optics"),
        ("math.AP", "math:math:AP"),
        ("q-bio.PE", "q-bio:q-bio:PE"),
    ],
)
def test_a_category_has_its_set(category: str, expected: str) -> None:
    assert set_of(category) == expected


MAIL = r"""Date: Thu, 23 Apr 26 00:51:30 GMT
------------------------------------------------------------------------------
 Submissions to:
Invention
 received from  Tue 21 Apr 26 18:00:00 GMT  to  Wed 22 Apr 26 18:00:00 GMT
------------------------------------------------------------------------------
------------------------------------------------------------------------------
\\
arXiv:2604.00001
Date: Wed, 22 Apr 2026 10:00:00 GMT   (12kb)

Title: An Invented Title that goes
  on
Authors: Jane Doe, Bo Li
Categories: cs.CL
Comments: 4 pages
DOI: 10.1000/one
\\
  Words, and a table:
------------------------------
  a b
\\ ( https://arxiv.org/abs/2604.00001 ,  12kb)
%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-%-
------------------------------------------------------------------------------
\\
arXiv:2604.00002 (*cross-listing*)
Date: Tue, 21 Apr 2026 10:00:00 GMT   (12kb)

Title: Another
Authors: Ada Lee
Categories: cs.AI cs.CL
\\
  More words.
\\ ( https://arxiv.org/abs/2604.00002 ,  12kb)
%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%
------------------------------------------------------------------------------
\\
arXiv:2501.00002
replaced with revised version Wed, 22 Apr 2026 08:05:58 GMT   (829kb,D)

Title: Old and New
Authors: Cy Doe
Categories: cs.CL
\\ ( https://arxiv.org/abs/2501.00002 ,  829kb)
%%%---%%%---%%%---%%%---%%%---%%%---%%%---%%%---%%%---%%%---%%%---%%%---%%%---
"""


def test_a_mail_is_read_with_the_date_of_its_announcement(tmp_path: Path) -> None:
    mail = parse_mail(MAIL)
    assert is_mail(MAIL) and mail.problems == () and mail.day == date(2026, 4, 23)
    assert [paper.announce_type for paper in mail.papers] == [AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE]
    one, _, three = mail.papers
    assert (one.title, one.comment, one.keys) == ("An Invented Title that goes on", "4 pages", ("arxiv:2604.00001", "doi:10.1000/one"))
    assert one.abstract.startswith("Words, and a table:") and one.abstract.endswith("a b")
    assert {paper.announced for paper in mail.papers} == {date(2026, 4, 23)}
    assert (three.updated, three.version) == (date(2026, 4, 22), None)
    (tmp_path / "mail.txt").write_text(MAIL)
    assert read_document((tmp_path / "mail.txt").read_bytes(), name="mail.txt", today=date(2026, 4, 23)).papers == mail.papers


def test_a_block_without_a_readable_id_is_reported_with_its_line() -> None:
    mail = parse_mail(MAIL.replace("arXiv:2604.00002", "arXiv:26x4.00002"))
    assert len(mail.papers) == 2 and mail.problems == ('line 26: "26x4.00002" is no arXiv id',)


def test_other_texts_are_no_mail() -> None:
    assert not is_mail("arXiv:2604.00001 is a nice paper") and not is_mail("") and not is_mail('{"id": "2604.00001"}')
