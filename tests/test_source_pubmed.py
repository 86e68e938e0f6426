"""PubMed: every recorded answer, and what an article may hold that it should not."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.domain.papers import key_url, parse_key
from bot.errors import SourceError
from bot.sources.pubmed import read_articles

ARTICLE = """<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article>
<Journal><Title>Journal of Lists</Title><ISOAbbreviation>J Lists</ISOAbbreviation>
<JournalIssue><Volume>12</Volume><PubDate>{when}</PubDate></JournalIssue></Journal>
<ArticleTitle>{title}</ArticleTitle><Pagination><MedlinePgn>34-56</MedlinePgn></Pagination>
<ELocationID EIdType="doi">10.1000/X.1</ELocationID>
<Abstract><AbstractText Label="BACKGROUND">Lists are <i>old</i>.</AbstractText>
<AbstractText Label="RESULTS">They keep.</AbstractText></Abstract>
<AuthorList><Author><LastName>Lovelace</LastName><ForeName>Ada B</ForeName><Suffix>Jr</Suffix>
<Identifier Source="ORCID">https://orcid.org/0000-0001-2345-678X</Identifier>
<AffiliationInfo><Affiliation>A Lab, London.</Affiliation></AffiliationInfo></Author>
<Author><CollectiveName>The Group</CollectiveName></Author></AuthorList></Article></MedlineCitation>
<PubmedData><ReferenceList><Reference>
<ArticleIdList><ArticleId IdType="doi">10.1000/other</ArticleId></ArticleIdList></Reference></ReferenceList>
<ArticleIdList><ArticleId IdType="doi">10.1000/x.1</ArticleId></ArticleIdList></PubmedData></PubmedArticle>"""


def answer(*articles: str) -> bytes:
    return f"<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>".encode()


def an_article(pmid: str = "123", title: str = "On <sub>n</sub> Lists.", when: str = "<Year>2026</Year><Month>Apr</Month>") -> str:
    return ARTICLE.format(pmid=pmid, title=title, when=when)


def test_an_article_becomes_a_paper() -> None:
    (paper,) = read_articles(answer(an_article())).papers
    assert (paper.keys, paper.title) == (("doi:10.1000/x.1", "pmid:123"), "On n Lists")
    assert paper.abstract == "Background: Lists are old. Results: They keep."
    assert [author.name for author in paper.authors] == ["Ada B Lovelace Jr", "The Group"]
    assert (paper.authors[0].ids, paper.authors[0].affiliations) == (("orcid:0000-0001-2345-678X",), ("A Lab, London.",))
    assert (str(paper.submitted), paper.journal_ref) == ("2026-04-01", "J Lists 12, 34-56")


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("<Year>2026</Year><Month>04</Month><Day>22</Day>", "2026-04-22"),
        ("<MedlineDate>2001 Nov-Dec</MedlineDate>", "2001-11-01"),
        ("<MedlineDate>1998-1999</MedlineDate>", "1998-01-01"),
        ("<Year>2026</Year><Month>Foo</Month>", "2026-01-01"),
        ("<Year>2026</Year><Month>02</Month><Day>31</Day>", None),
        ("", None),
    ],
)
def test_dates_are_as_whole_as_they_are(when: str, day: str | None) -> None:
    (paper,) = read_articles(answer(an_article(when=when))).papers
    assert (str(paper.submitted) if paper.submitted else None) == day


def test_an_answer_that_breaks_off_gives_what_is_whole_of_it() -> None:
    whole = answer(an_article("1"), an_article("2"))
    found = read_articles(whole[: whole.index(b"<PubmedData>", whole.index(b">2<"))])
    assert [paper.keys[-1] for paper in found.papers] == ["pmid:1", "pmid:2"] and len(found.problems) == 1


@pytest.mark.parametrize("bad", [an_article("x"), an_article(title=""), an_article(title="[Not Available].")])
def test_an_article_that_says_too_little_is_reported(bad: str) -> None:
    found = read_articles(answer(an_article(), bad))
    assert len(found.papers) == 1 and found.problems == ("PubMed, article 2: has no id or no title",)


@pytest.mark.parametrize(
    "text", ["pmid:123", "PMID: 123", "https://pubmed.ncbi.nlm.nih.gov/123/", "https://www.ncbi.nlm.nih.gov/pubmed/123"]
)
def test_its_ids_are_keys(text: str) -> None:
    assert parse_key(text) == "pmid:123"
    assert key_url("pmid:123") == "https://pubmed.ncbi.nlm.nih.gov/123/"


def test_every_recorded_answer_is_read_or_refused(test_data: Path) -> None:
    """Articles are compared with a second reading; everything else that the service can say is refused."""
    seen = {"articles": 0, "refused": 0, "keywords": 0}
    for path in sorted((test_data / "sources" / "pubmed").glob("*.xml")):
        try:
            root = ElementTree.fromstring(path.read_bytes())  # noqa: S314 - recorded
            recorded = [one for one in root.iter() if one.tag in ("PubmedArticle", "PubmedBookArticle")]
        except ElementTree.ParseError:
            recorded = None
        if recorded is None or not recorded:
            try:
                found = read_articles(path.read_bytes())
            except SourceError:
                seen["refused"] += 1
                continue
            assert recorded is None and found.problems, f"{path.name}: not whole, and that is told"
            continue
        found = read_articles(path.read_bytes())
        titled = [one for one in recorded if _title(one) not in ("", "[Not Available].") and _pmid(one)]
        assert len(found.papers) == len(titled), path.name
        for paper, one in zip(found.papers, titled, strict=True):
            assert f"pmid:{_pmid(one)}" in paper.keys
            assert paper.title == _title(one).strip("[]" if _title(one).startswith("[") else "").rstrip("."), path.name
            people = one.findall(".//Article/AuthorList/Author") or one.findall("./BookDocument/AuthorList/Author")
            assert [author.name.split()[-1] for author in paper.authors] == [_last_word(person) for person in people if _last_word(person)]
            texts = one.findall(".//Article/Abstract/AbstractText") or one.findall("./BookDocument/Abstract/AbstractText")
            for text in texts:
                assert " ".join("".join(text.itertext()).split()) in paper.abstract, path.name
            headings = [*one.findall("./*/KeywordList/Keyword"), *one.findall("./*/MeshHeadingList/MeshHeading/DescriptorName")]
            assert list(paper.keywords) == [word for node in headings if (word := " ".join("".join(node.itertext()).split()))], path.name
            seen["articles"] += 1
            seen["keywords"] += len(headings)
    assert seen["articles"] >= 60 and seen["refused"] >= 12 and seen["keywords"] > 300


def _title(one: ElementTree.Element) -> str:
    node = one.find(".//ArticleTitle")
    node = node if node is not None and "".join(node.itertext()).strip() else one.find(".//BookTitle")
    return " ".join("".join(node.itertext()).split()) if node is not None else ""


def _pmid(one: ElementTree.Element) -> str:
    return one.findtext("./MedlineCitation/PMID") or one.findtext("./BookDocument/PMID") or ""


def _last_word(person: ElementTree.Element) -> str:
    name = person.findtext("LastName") or person.findtext("CollectiveName") or ""
    suffix = (person.findtext("Suffix") or "") if person.findtext("LastName") else ""
    return f"{name} {suffix}".split()[-1] if name.strip() else ""
