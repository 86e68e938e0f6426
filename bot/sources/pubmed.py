"""PubMed: articles as ``efetch`` describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.domain.papers import Author, Paper, parse_key
from bot.errors import SourceError
from bot.sources.xml_tree import Node, read_tree

_CONTAINERS = frozenset(
    {
        *("PubmedArticleSet", "PubmedArticle", "PubmedBookArticleSet", "PubmedBookArticle", "MedlineCitation", "BookDocument", "Book"),
        *("Article", "Journal", "JournalIssue", "PubDate", "ArticleDate", "ContributionDate", "AuthorList", "Author", "AffiliationInfo"),
        *("Abstract", "Pagination", "PubmedData", "PubmedBookData", "ArticleIdList", "KeywordList", "MeshHeadingList", "MeshHeading"),
    }
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Titles that stand for "there is none".
_NO_TITLE = ("", "[Not Available].", "[not available].")


@dataclass(frozen=True, kw_only=True, slots=True)
class Articles:
    """The articles of an answer, and what could not be read of it."""

    papers: tuple[Paper, ...] = ()
    problems: tuple[str, ...] = ()


def read_articles(document: bytes) -> Articles:
    """The articles of an answer of ``efetch``, as far as it is whole. Raises ``SourceError`` for any other document."""
    root, trouble = read_tree(document, _CONTAINERS)
    found = [node for node in root.walk() if node.tag in ("PubmedArticle", "PubmedBookArticle")]
    if not found and not trouble and any(child.tag.endswith("ArticleSet") for child in root.children):
        return Articles()  # how it says that there is no such article
    if not found:
        kind = root.children[0].tag if root.children else trouble or "nothing"
        raise SourceError(f"PubMed sent no articles ({kind[:60]})", "check the id, or try again later")
    papers: list[Paper] = []
    problems = [f"PubMed: {trouble}"] if trouble else []
    for index, one in enumerate(found, start=1):
        paper = _paper(one)
        if paper is None:
            problems.append(f"PubMed, article {index}: has no id or no title")
        else:
            papers.append(paper)
    return Articles(papers=tuple(papers), problems=tuple(problems))


def _paper(found: Node) -> Paper | None:
    citation = next((node for node in found.children if node.tag in ("MedlineCitation", "BookDocument")), Node(tag="", attributes={}))
    article = next(iter(citation.all("Article")), citation)
    pmid, title = citation.get("PMID"), _line(article.get("ArticleTitle")) or _book_title(citation)
    if not pmid.isdecimal() or title in _NO_TITLE:
        return None
    journal = next(iter(article.all("Journal")), Node(tag="", attributes={}))
    return Paper(
        keys=tuple(dict.fromkeys((*_dois(found, article), f"pmid:{pmid}"))),
        title=title.strip("[]").rstrip(".") if title.startswith("[") else title.rstrip("."),
        abstract=_abstract(next(iter(article.all("Abstract")), None)),
        authors=tuple(author for people in article.all("AuthorList") for one in people.all("Author") if (author := _author(one))),
        keywords=_keywords(citation),
        submitted=_date(article, journal),
        journal_ref=_journal(article, journal),
        source="pubmed",
    )


def _book_title(citation: Node) -> str:
    return next((_line(book.get("BookTitle")) for book in citation.all("Book")), "")


def _dois(found: Node, article: Node) -> Iterator[str]:
    """The article's own DOI; those of its references stand elsewhere."""
    given = [node.text for node in article.all("ELocationID") if node.attributes.get("EIdType") == "doi"]
    for data in (*found.all("PubmedData"), *found.all("PubmedBookData")):
        given += [one.text for ids in data.all("ArticleIdList") for one in ids.all("ArticleId") if one.attributes.get("IdType") == "doi"]
    return (key for text in given if (key := parse_key(f"doi:{text.strip()}")) and key.startswith(("doi:", "arxiv:")))


def _abstract(abstract: Node | None) -> str:
    """Parts with their labels, in order: "Background: … Results: …"."""
    parts = []
    for part in abstract.all("AbstractText") if abstract else ():
        label, text = part.attributes.get("Label", "").strip().capitalize(), _line(part.text)
        if text:
            parts.append(f"{label}: {text}" if label and label.casefold() != "unlabelled" else text)
    return " ".join(parts)


def _keywords(citation: Node) -> tuple[str, ...]:
    """The authors' own, then the headings under which the library files the article."""
    given = [_line(one.text) for found in citation.all("KeywordList") for one in found.all("Keyword")]
    given += [_line(one.get("DescriptorName")) for found in citation.all("MeshHeadingList") for one in found.all("MeshHeading")]
    return tuple(filter(None, given))


def _author(person: Node) -> Author | None:
    given, family = person.get("ForeName", "Initials"), person.get("LastName")
    name = " ".join(filter(None, (given, family, person.get("Suffix")))) if family else person.get("CollectiveName")
    orcid = next((node.text for node in person.all("Identifier") if node.attributes.get("Source") == "ORCID"), "")
    found = re.search(r"\d{4}-?\d{4}-?\d{4}-?\d{3}[\dX]", orcid)
    ids = ("orcid:" + "-".join(re.findall(r".{4}", found[0].replace("-", ""))),) if found else ()
    homes = tuple(home for info in person.all("AffiliationInfo") if (home := _line(info.get("Affiliation"))))
    return Author(name=_line(name), affiliations=homes, ids=ids) if name else None


def _date(article: Node, journal: Node) -> date | None:
    """When it appeared: on the net, else in print; as whole as it is known."""
    issues = [found for issue in journal.all("JournalIssue") for found in issue.all("PubDate")]
    for node in (*article.all("ArticleDate"), *issues, *article.all("ContributionDate")):
        year = node.get("Year") or next(iter(re.findall(r"\b(?:1[89]|20)\d\d\b", node.get("MedlineDate"))), "")
        month = node.get("Month") or next(iter(re.findall(r"[A-Za-z]{3}", node.get("MedlineDate"))), "")
        if not year.isdecimal():
            continue
        number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1 if month[:3].lower() in _MONTHS else 1
        day = node.get("Day")
        try:
            return date(int(year), number, int(day) if day.isdecimal() else 1)
        except ValueError:
            continue
    return None


def _journal(article: Node, journal: Node) -> str:
    name = journal.get("ISOAbbreviation", "Title")
    issue = next(iter(journal.all("JournalIssue")), Node(tag="", attributes={}))
    pages = next((pagination.get("MedlinePgn") for pagination in article.all("Pagination")), "")
    return ", ".join(filter(None, (f"{name} {issue.get('Volume')}".strip(), pages))) if name else ""


def _line(text: str) -> str:
    return " ".join(text.split())
