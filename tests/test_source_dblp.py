"""DBLP: every recorded answer, and what a record may hold that it should not."""

from __future__ import annotations

import html
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.domain.papers import key_url, parse_key
from bot.errors import SourceError
from bot.sources.dblp import read_records

RECORD = b"""<?xml version="1.0" encoding="US-ASCII"?><!DOCTYPE dblp SYSTEM "dblp.dtd"><dblp>
<inproceedings key="conf/x/LovelaceH26">
<author orcid="0000-0001-2345-6789" pid="l/AdaLovelace-1">Ada Lovelace 0001</author><author>Grace B&ouml;hm Hopper</author>
<title>On <i>Lists</i> &amp; Tables.</title><year>2026</year><booktitle>LISTS</booktitle><pages>3-4</pages>
<ee>https://doi.org/10.1000/X.1</ee></inproceedings></dblp>"""
#: Answers recorded from others that are no documents of DBLP.
OF_OTHERS = {"internetarchive__files__example_dblp_containers.json", "papis__dblp__dblp_1_out.json"}


def test_a_record_becomes_a_paper() -> None:
    (paper,) = read_records(RECORD).papers
    assert (paper.keys, paper.title) == (("doi:10.1000/x.1", "dblp:conf/x/LovelaceH26"), "On Lists & Tables")
    assert [author.name for author in paper.authors] == ["Ada Lovelace", "Grace Böhm Hopper"]
    assert [author.ids for author in paper.authors] == [("orcid:0000-0001-2345-6789", "dblp:l/AdaLovelace-1"), ()]
    assert (str(paper.submitted), paper.journal_ref) == ("2026-01-01", "LISTS, 3-4")


@pytest.mark.parametrize(
    "text", ["https://dblp.org/rec/conf/x/LovelaceH26.html", "https://dblp.org/rec/conf/x/LovelaceH26", "dblp:conf/x/LovelaceH26"]
)
def test_its_addresses_are_keys(text: str) -> None:
    assert parse_key(text) == "dblp:conf/x/LovelaceH26"
    assert key_url("dblp:conf/x/LovelaceH26") == "https://dblp.org/rec/conf/x/LovelaceH26"


@pytest.mark.parametrize("document", [b"", b"<html>Are you a robot?</html>", b"<dblp></dblp>", b'{"result": {}}'])
def test_what_holds_no_record_is_an_error(document: bytes) -> None:
    with pytest.raises(SourceError):
        read_records(document)


def test_every_recorded_answer_is_read(test_data: Path) -> None:
    folder = test_data / "sources" / "dblp"
    seen = 0
    for path in sorted(folder.iterdir()):
        if path.name == "README.md" or path.name in OF_OTHERS:
            continue
        text = re.sub(r"<!DOCTYPE[^>]*>", "", path.read_text(encoding="iso-8859-1"))
        text = re.sub(r"&(?!amp|lt|gt|quot|apos)(\w+);", lambda found: html.unescape(found[0]), text)
        root = ElementTree.fromstring(re.sub(r"<\?xml[^>]*\?>", "", text))  # noqa: S314 - recorded
        recorded = [one for one in root if one.tag not in ("proceedings", "www", "person")]
        found = read_records(path.read_bytes())
        assert len(found.papers) == len(recorded) and found.problems == ()
        for paper, one in zip(found.papers, recorded, strict=True):
            assert f"dblp:{one.attrib['key']}" in paper.keys
            assert paper.title == " ".join("".join(one.find("title").itertext()).split()).rstrip(".")  # type: ignore[union-attr]
            assert [author.name for author in paper.authors] == [re.sub(r" \d{4}$", "", node.text or "") for node in one.findall("author")]
            assert str(paper.submitted)[:4] == one.findtext("year")
            seen += 1
    assert seen == 3
