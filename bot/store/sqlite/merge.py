"""When two records are the same paper, and what the paper is when both are known. Pure: records in, record out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b
from typing import TypeVar

from bot.domain.authors import joined_ids
from bot.domain.papers import AnnounceType, Author, Link, Paper, fold, with_derived_keys
from bot.text.keywords import united

T = TypeVar("T")

#: Identity schemes, best first; "" stands for every other one. The last two are fingerprints of the text, the rest registered ids.
_SCHEMES = ("arxiv", "doi", "openreview", "", "abs", "title")
_RANK = {scheme: rank for rank, scheme in enumerate(_SCHEMES)}
_FINGERPRINTS = ("abs:", "title:")

#: How much a source's word counts for title, abstract and authors; every source that is not named stands in the middle.
#: The last two gather from others what they say, and shorten names or print those of profiles: they fill gaps.
_AUTHORITY = {"arxiv": 3, "listing": 1, "seeds": 0, "semanticscholar": -1, "openalex": -1}
_MIDDLE = 2

#: The announcement that says most about a paper wins: that it is new.
_ANNOUNCED = (AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS, AnnounceType.ARCHIVE, None)


def identified(paper: Paper) -> Paper:
    """``paper`` with all its keys, best first. A record without any identity is known by its whole text.

    Raises ``ValueError`` for a record that has neither key nor title nor text.
    """
    if not _has_fingerprints(paper):
        paper = with_derived_keys(paper)
    keys = paper.keys or (_whole_text_key(paper),)
    keys = _by_rank(keys)
    return paper if keys == paper.keys else replace(paper, keys=keys)


def is_fingerprint(key: str) -> bool:
    """Whether a key is worked out from the text, and was registered nowhere."""
    return key.startswith(_FINGERPRINTS)


def _has_fingerprints(paper: Paper) -> bool:
    wanted_abstract = bool(paper.abstract)
    wanted_title = bool(paper.title and paper.authors)
    for key in paper.keys:
        if key.startswith("abs:"):
            wanted_abstract = False
        elif key.startswith("title:"):
            wanted_title = False
    return not (wanted_abstract or wanted_title)


def _whole_text_key(paper: Paper) -> str:
    text = fold(f"{paper.title} {paper.text}")
    if not text:
        raise ValueError(f"a record of source {paper.source!r} has neither identity nor text")
    return f"title:{blake2b(text.encode(), digest_size=8).hexdigest()}"


def _by_rank(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(keys), key=lambda key: _RANK.get(key.partition(":")[0], _RANK[""])))


def same_paper(one: Paper, other: Paper) -> bool:
    """Whether two records that share a key are one paper.

    Two arXiv ids are two papers, whatever else agrees: re-submissions and series repeat whole abstracts, errata carry the DOI of
    what they correct. Where only fingerprints agree, two DOIs or two OpenReview ids are two papers as well.
    """
    if _disjoint(one, other, "arxiv:"):
        return False
    if any(key in other.keys for key in one.keys if not key.startswith(_FINGERPRINTS)):
        return True
    return not (_disjoint(one, other, "doi:") or _disjoint(one, other, "openreview:"))


def _disjoint(one: Paper, other: Paper, scheme: str) -> bool:
    ours = [key for key in one.keys if key.startswith(scheme)]
    theirs = [key for key in other.keys if key.startswith(scheme)]
    return bool(ours and theirs) and not set(ours) & set(theirs)


def merge(known: Paper, record: Paper) -> Paper:
    """``known`` with what ``record`` adds.

    Gaps are filled and nothing is lost: keys, links, categories, organisations and keywords add up; of votes, version and discussion the
    larger counts. Title, abstract, authors and comment are taken from the source of higher authority; the same source
    may correct itself.
    """
    leads = record.source == known.source or authority(record) > authority(known)
    merged = combine(record, known) if leads else combine(known, record)
    if record.source != known.source and known.summary:
        merged = replace(merged, summary=known.summary)
    # A title from here and authors from there give a fingerprint that neither had.
    return identified(merged)


def combine(first: Paper, second: Paper) -> Paper:
    """Both, where ``first`` has the say. Fingerprints of what they come to together are not yet among the keys."""
    authors, author_count = _merged_authors(first, second), _author_count(first, second)
    return Paper(
        keys=_by_rank((*first.keys, *second.keys)),
        title=first.title or second.title,
        abstract=first.abstract or second.abstract,
        summary=first.summary or second.summary,
        authors=authors,
        author_count=author_count,
        more_authors=_more_authors(first, second, named=len(authors), count=author_count),
        categories=_union(first.categories, second.categories),
        organisations=_merged_organisations(first.organisations, second.organisations),
        keywords=_merged_keywords(first.keywords, second.keywords),
        links=_merged_links(first.links, second.links),
        submitted=first.submitted or second.submitted,
        updated=_largest(first.updated, second.updated),
        announced=_smallest(first.announced, second.announced),
        announce_type=min(first.announce_type, second.announce_type, key=_ANNOUNCED.index),
        version=_largest(first.version, second.version),
        comment=first.comment or second.comment,
        journal_ref=first.journal_ref or second.journal_ref,
        votes=_largest(first.votes, second.votes),
        discussion=_largest(first.discussion, second.discussion),
        withdrawn=_withdrawn(first, second),
        source=first.source,
    )


def _withdrawn(one: Paper, other: Paper) -> bool:
    """The later version says; without two versions to compare, either."""
    versions = one.version or 0, other.version or 0
    if versions[0] == versions[1]:
        return one.withdrawn or other.withdrawn
    later, earlier = (one, other) if versions[0] > versions[1] else (other, one)
    return later.withdrawn or (earlier.withdrawn and earlier.version is None)


def authority(paper: Paper) -> int:
    """How much the word of its source counts."""
    return _AUTHORITY.get(paper.source, _MIDDLE)


def _merged_authors(first: Paper, second: Paper) -> tuple[Author, ...]:
    """The list of the leading record, unless it was cut and the other is longer; affiliations and ids are carried over."""
    yields = _is_cut(first) or authority(first) < _AUTHORITY["arxiv"]
    if not first.authors or (yields and len(second.authors) > len(first.authors)):
        first, second = second, first
    if first.authors == second.authors or not any(author.affiliations or author.ids for author in second.authors):
        return first.authors
    details = {fold(author.name): author for author in second.authors}
    return tuple(_with_details(author, details.get(fold(author.name))) for author in first.authors)


def _is_cut(paper: Paper) -> bool:
    return paper.more_authors or len(paper.authors) < (paper.author_count or 0)


def _with_details(author: Author, other: Author | None) -> Author:
    if other is None:
        return author
    return replace(author, affiliations=author.affiliations or other.affiliations, ids=joined_ids(author.ids, other.ids))


def _author_count(first: Paper, second: Paper) -> int | None:
    """The largest count, unless the leading list is arXiv's own and whole."""
    if first.authors and first.author_count is None and not first.more_authors and authority(first) == _AUTHORITY["arxiv"]:
        return None
    return _largest(first.author_count, second.author_count)


def _more_authors(first: Paper, second: Paper, *, named: int, count: int | None) -> bool:
    """Whether the merged list of ``named`` authors still ends in "et al.": neither a count nor a whole list says how it goes on.

    A list that names fewer people than the merged one cannot be whole, whatever its source says.
    """
    if count is not None and count > named:
        return False
    whole = any(paper.authors and not _is_cut(paper) and len(paper.authors) >= named for paper in (first, second))
    return (first.more_authors or second.more_authors) and not whole


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return first if not second or first == second else tuple(dict.fromkeys((*first, *second)))


def _merged_organisations(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    if not second or first == second:
        return first
    seen: dict[str, str] = {}
    for name in (*first, *second):
        seen.setdefault(fold(name), name)
    return tuple(seen.values())


def _merged_keywords(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return first if not second or first == second else united(first, second)


def _merged_links(first: tuple[Link, ...], second: tuple[Link, ...]) -> tuple[Link, ...]:
    return first if not second or first == second else tuple(dict.fromkeys((*first, *second)))


def _largest(one: T | None, other: T | None) -> T | None:
    given = [value for value in (one, other) if value is not None]
    return max(given) if given else None  # type: ignore[type-var]  # numbers with numbers, days with days


def _smallest(one: T | None, other: T | None) -> T | None:
    given = [value for value in (one, other) if value is not None]
    return min(given) if given else None  # type: ignore[type-var]  # as above


def replaces(before: Paper, after: Paper) -> bool:
    """Whether ``after`` says something else than ``before`` did, and does not only fill gaps and add to lists."""
    return any(
        old and old != new
        for old, new in (
            (before.title, after.title),
            (before.abstract, after.abstract),
            (before.summary, after.summary),
            ([author.name for author in before.authors], [author.name for author in after.authors]),
            (before.submitted, after.submitted),
            (before.updated, after.updated),
            (before.announced, after.announced),
            (before.announce_type, after.announce_type),
            (before.version, after.version),
            (before.comment, after.comment),
            (before.journal_ref, after.journal_ref),
            (before.votes, after.votes),
            (before.discussion, after.discussion),
            (before.withdrawn, after.withdrawn),
        )
    )
