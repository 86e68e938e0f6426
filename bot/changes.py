"""What is otherwise about a paper than it was before, as far as a reader wants to hear of it. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from bot.domain.history import Change, ChangeKind
from bot.domain.papers import LinkKind, Paper, fold

#: How a comment says that a paper will be printed, and where: "Accepted at ACL 2026 (main)", "to appear in Proc. of ...".
_AS = r"(?:\s+(?:as|for)\s+(?:an?\s+)?(?:oral|poster|spotlight|long|short|full|main|regular|findings)[\w\s-]{0,30}?)?"
_FOR_PRINT = r"(?:\s+(?:be\s+)?(?:publication|published|publish|presentation|presented|the\s+proceedings)(?:\s+(?:at|in|by|of))?)?"
_ACCEPTED = re.compile(
    rf"\b(?:accepted(?:\s+(?:paper|papers|article|version|contribution))?{_AS}\s+(?:at|to|by|in|for|into){_FOR_PRINT}|to\s+appear\s+(?:at|in|on)|to\s+be\s+(?:published|presented)\s+(?:at|in|by)"
    r"|published\s+(?:at|in|by|as)|camera[- ]ready\s+(?:version\s+)?(?:for|of|at))\s*:?\s+(?:(?:at\s+)?https?://\S+\s+)?(?:in\s+)?(?:the\s+)?(?!be\b)(?P<where>[^;,()\[\]]{2,90})",
    re.IGNORECASE,
)
_ONLY_ACCEPTED = re.compile(r"\baccepted\b(?!\s+(?:manuscript|that|as\s+(?:true|fact)))", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|never|un)\s*accepted\b", re.IGNORECASE)
#: Where a venue's name ends: what follows is about pages, figures or the text itself.
_BEHIND = re.compile(
    r"\s+(?:\d+\s*(?:pages?|figures?|tables?|pp)\b|with\s|code\b|project\b|https?://|see\s|this\s|and\s+\d).*", re.IGNORECASE
)


_NOWHERE = frozenset({"", "publication", "print", "press", "a journal", "a conference"})
#: A full stop behind a short word with a small letter belongs to it: "Phys. Rev. A", "Proc. of".
_STOP = re.compile(
    r"(?<![A-Z])(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z]{2})(?<!\b[A-Z][a-z]{3})(?<!\b[A-Z][a-z]{4})\.(?=\s|$).*|\.\s+(?=[a-z\d](?!f\b)).*|\.$"
)


def venue(paper: Paper) -> str:
    """Where a paper was accepted or published, as its comment or its journal reference says; "" when nothing says so.

    >>> venue(Paper(comment="12 pages, 3 figures. Accepted at ACL 2026 (main)"))
    'ACL 2026'
    """
    if paper.journal_ref:
        return paper.journal_ref
    if _DENIED.search(paper.comment):
        return ""
    if found := _ACCEPTED.search(paper.comment):
        where = _STOP.sub("", _BEHIND.sub("", found["where"])).strip(" :-–—")
        if where.casefold() not in _NOWHERE:
            return where
    return "a venue it does not name" if _ONLY_ACCEPTED.search(paper.comment) else ""


def changes(before: Paper, after: Paper, *, source: str, at: datetime, corrected: bool) -> tuple[Change, ...]:
    """The changes from ``before`` to ``after``, which a record of ``source`` brought about.

    ``corrected``: the source had given the paper before. Only then a text that reads otherwise is a change of the paper, and not one
    source's wording in place of another's. Filling a gap is none either, but for what people wait for: a venue, code, a withdrawal.
    """
    found: list[tuple[ChangeKind, str, str]] = []
    newer = after.version is not None and before.version is not None and after.version > before.version
    if newer:
        found.append((ChangeKind.VERSION, str(before.version), str(after.version)))
    if corrected and before.title and fold(before.title) != fold(after.title):
        found.append((ChangeKind.TITLE, before.title, after.title))
    if corrected and before.abstract and fold(before.abstract) != fold(after.abstract):
        found.append((ChangeKind.ABSTRACT, before.abstract, after.abstract))
    if (where := venue(after)) and not venue(before):
        found.append((ChangeKind.ACCEPTED, "", where))
    if after.withdrawn != before.withdrawn:
        found.append((ChangeKind.WITHDRAWN if after.withdrawn else ChangeKind.RESTORED, "", after.comment))
    if (code := _code(after)) and not _code(before):
        found.append((ChangeKind.CODE, "", code))
    day = after.updated if newer or after.updated != before.updated else None
    return tuple(Change(kind=kind, at=at, source=source, before=old, after=new, day=day) for kind, old, new in found)


def _code(paper: Paper) -> str:
    return next((link.url for link in paper.links if link.kind is LinkKind.CODE), "")
