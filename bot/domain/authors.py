"""Who wrote a paper: a name as printed, and the ids by which others know the person."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    #: As printed, given name first: "Robin Jia". LaTeX already turned into Unicode.
    name: str
    affiliations: tuple[str, ...] = ()
    #: Prefixed ids as ``author_id`` writes them, at most one of a scheme: ("orcid:0000-0002-1825-0097", "s2:1741101").
    ids: tuple[str, ...] = ()

    @property
    def orcid(self) -> str:
        """The bare ORCID iD; empty when no source gave one."""
        return next((one.partition(":")[2] for one in self.ids if one.startswith("orcid:")), "")


#: Scheme -> what its values look like. OpenReview ids begin with "~", which may be left out; ACL's are the names of its pages.
_SCHEMES = {
    "orcid": re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]"),
    "openalex": re.compile(r"A\d{4,}"),
    "s2": re.compile(r"\d{3,}"),
    "openreview": re.compile(r"~[^\s:/\"]+\d+"),
    "dblp": re.compile(r"[\w.=/-]+"),
    "acl": re.compile(r"[a-z0-9-]+"),
}
#: Where a person's page is an address: what stands there is the value.
_PAGES = (
    ("orcid", re.compile(r"orcid\.org/([\dXx-]{19})")),
    ("openalex", re.compile(r"openalex\.org/(?:authors/)?([Aa]\d{4,})")),
    ("s2", re.compile(r"semanticscholar\.org/author/(?:[^/?#]+/)?(\d{3,})")),
    ("openreview", re.compile(r"openreview\.net/profile\?id=(~?[^\s&#]+)")),
    ("dblp", re.compile(r"dblp\.(?:org|uni-trier\.de)/pid/([\w.=/-]+?)(?:\.html)?(?:[?#]|$)")),
    ("acl", re.compile(r"aclanthology\.org/people/(?:[a-z]/)?([a-z0-9-]+)")),
)


def author_id(text: str) -> str | None:
    """The id of a person that ``text`` is: a prefixed id, a bare ORCID iD, or the address of the person's page.

    >>> author_id("https://orcid.org/0000-0002-1825-0097")
    'orcid:0000-0002-1825-0097'
    """
    text = text.strip().strip("<>\"'")
    for scheme, page in _PAGES:
        if found := page.search(text):
            return _checked(scheme, found[1])
    scheme, colon, value = text.partition(":")
    if colon and scheme.lower() in _SCHEMES:
        return _checked(scheme.lower(), value.strip())
    return _checked("orcid", text)


def _checked(scheme: str, value: str) -> str | None:
    if scheme in ("orcid", "openalex"):
        value = value.upper()
    elif scheme == "openreview" and not value.startswith("~"):
        value = f"~{value}"
    return f"{scheme}:{value}" if _SCHEMES[scheme].fullmatch(value) else None


def same_identity(one: Author, other: Author) -> bool | None:
    """Whether the ids of two authors are one person's; ``None`` when they have no scheme in common.

    An id that agrees outweighs one that does not: a person may have two pages at one place, never one page with two people.
    """
    mine, theirs = ({value.partition(":")[0]: value for value in author.ids} for author in (one, other))
    shared = [mine[scheme] == theirs[scheme] for scheme in mine.keys() & theirs.keys()]
    return any(shared) if shared else None


def joined_ids(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of ``first`` and those of ``second`` whose scheme it lacks."""
    known = {one.partition(":")[0] for one in first}
    return (*first, *(one for one in second if one.partition(":")[0] not in known))
