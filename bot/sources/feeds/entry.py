"""What an entry of any feed says, and the paper that makes of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper, parse_key
from bot.sources.arxiv.names import is_cut, split_authors
from bot.sources.arxiv.rss import named_categories
from bot.sources.html_text import plain_text

#: Characters of a text that are kept: an abstract, not the whole article some feeds carry.
LONGEST_TEXT = 5000
LONGEST_TITLE = 500
#: An entry dated further ahead than this has a wrong date.
AHEAD = timedelta(days=2)

#: Parts of an address that say where a reader came from, not what is read.
_CAMPAIGN = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|rss|af|ref|source", re.IGNORECASE)
_OAI = re.compile(r"^oai:arxiv\.org:", re.IGNORECASE)
#: Where an arXiv id is one.
_OF_ARXIV = re.compile(
    r"(?:oai:)?arxiv|https?://(?:[\w-]+\.)*(?:arxiv\.org|alphaxiv\.org|huggingface\.co)/|(?:https?://(?:dx\.)?doi\.org/|doi:)?10\.48550/",
    re.IGNORECASE,
)
#: Parts of their site that publishers hang behind a DOI, and the version that bioRxiv and medRxiv hang there.
_BEHIND_DOI = re.compile(r"/(?:full|abstract|abs|pdf|epdf|meta|html|short)$")
_PREPRINT_VERSION = re.compile(r"^(doi:10\.(?:1101|64898)/\S+?)v\d+(?:\.[a-z-]+)*$")
_INITIALS = re.compile(r"(?:[A-Z]\.?[\s-]?){1,4}")
#: What a blog prints where nobody chose a tag.
_NO_TAGS = frozenset({"uncategorized", "uncategorised"})
_MAIL = re.compile(r"^\S+@\S+\s*\((?P<name>[^()]+)\)$|^(?P<name2>[^<>]+?)\s*<[^<>]*@[^<>]*>$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An entry as it stands, markup and all."""

    title: str = ""
    #: Everything that describes it, in any order: summary, content.
    texts: tuple[str, ...] = ()
    #: One string each; one may hold several people.
    authors: tuple[str, ...] = ()
    guid: str = ""
    link: str = ""
    pdf: str = ""
    #: Where else an id of the paper may stand: DOI fields, further links.
    identifiers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    journal: str = ""
    published: datetime | date | None = None
    updated: datetime | date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedOptions:
    """What the operator and the day say about a feed."""

    #: Of the feed; it becomes the source of its papers.
    name: str
    #: Given to every paper of it.
    categories: tuple[str, ...] = ()
    today: date
    #: Papers published before are no news: the feed was not followed then. ``None``: all of them are news.
    since: date | None = None
    #: What has no date was there before the feed was followed.
    undated_is_old: bool = False


def papers_of(entries: Sequence[Entry | None], base: str, options: FeedOptions, *, first: int = 1) -> tuple[list[Paper], list[str]]:
    """The papers of the entries of the feed at ``base``, and a line for each that says nothing at all.

    ``None`` stands for an entry that others have reported: the numbers in the lines count it, and begin with ``first``.
    """
    there = [entry for entry in entries if entry]
    guids = Counter(entry.guid for entry in there)
    links = Counter(_same_place(entry.link) for entry in there)
    papers: list[Paper] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, first):
        if entry is None:
            continue
        title = cut(" ".join(plain_text(entry.title).split()), LONGEST_TITLE)
        text = cut(max(map(plain_text, entry.texts), key=len, default=""), LONGEST_TEXT)
        if not title and not text:
            problems.append(f"entry {number} has neither title nor text" + (f' ("{entry.link[:80]}")' if entry.link else ""))
            continue
        if not title:
            title, text = cut(text.split("\n", 1)[0], 120), text
        identity = _identity(entry, base, title, one_of_many=guids[entry.guid] > 1, shared=links[_same_place(entry.link)] > 1)
        papers.append(_paper(entry, title, text if text != title else "", identity, options))
    return papers, problems


def _paper(entry: Entry, title: str, text: str, identity: str, options: FeedOptions) -> Paper:
    named = "; ".join(filter(None, map(_without_mail, entry.authors)))
    authors, count = people(named)
    published, updated = (_day(moment, options.today) for moment in (entry.published, entry.updated))
    day = published or updated
    old = day < options.since if day and options.since else day is None and options.undated_is_old
    links = [Link(kind=LinkKind.PAGE, url=entry.link)] if entry.link else []
    if entry.pdf:
        links.append(Link(kind=LinkKind.PDF, url=entry.pdf))
    tagged = named_categories(entry.tags)
    return Paper(
        keys=tuple(dict.fromkeys((*_known_keys(entry), identity))),
        title=title,
        abstract=text,
        authors=authors,
        author_count=count,
        more_authors=is_cut(named),
        categories=tuple(dict.fromkeys((*options.categories, *tagged))),
        keywords=tuple(tag for tag in entry.tags if tag not in tagged and tag.casefold() not in _NO_TAGS),
        links=tuple(links),
        announced=day,
        updated=updated if updated and published and updated > published else None,
        announce_type=AnnounceType.ARCHIVE if old else None,
        journal_ref=cut(plain_text(entry.journal), LONGEST_TITLE),
        source=options.name,
    )


def _known_keys(entry: Entry) -> Iterable[str]:
    """Keys of the world: arXiv, DOI, OpenReview."""
    for text in (*entry.identifiers, entry.guid, entry.link):
        key = parse_key(_OAI.sub("arXiv:", text)) if text else None
        # Elsewhere "pl/1729843" is an address like any other; it has the look of an old arXiv id.
        if key and key.startswith("arxiv:") and not _OF_ARXIV.match(text):
            continue
        if key and key.startswith(("arxiv:", "doi:", "openreview:")):
            yield _BEHIND_DOI.sub("", _PREPRINT_VERSION.sub(r"\1", key))


def _identity(entry: Entry, base: str, title: str, *, one_of_many: bool, shared: bool) -> str:
    """What makes this entry the same one the next time: its own id, else its page, else its title and day."""
    if entry.guid and not one_of_many:
        is_address = entry.guid.startswith(("http://", "https://"))
        return _hashed(_same_place(entry.guid) if is_address else f"{urlsplit(base).hostname or base} {entry.guid}")
    if entry.link and not shared and urlsplit(entry.link).path.strip("/"):
        return _hashed(_same_place(entry.link))
    return _hashed(f"{base} {title} {entry.published or ''}")


def _hashed(text: str) -> str:
    return f"feed:{blake2b(text.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def _same_place(address: str) -> str:
    """An address without what changes from visit to visit."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _CAMPAIGN.fullmatch(name)])
    return urlunsplit(("", parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), query, ""))


def web_address(text: str) -> str:
    """``text`` if it is an address a browser may open, else "": feeds hold ``javascript:`` and worse."""
    text = text.strip()
    return text if text.lower().startswith(("http://", "https://")) and not re.search(r"[\s<>\"]", text) else ""


def people(text: str) -> tuple[tuple[Author, ...], int | None]:
    """The people that a feed names in one string, whichever of its habits it follows; and how many, where it says that it leaves some out.

    ``Ada Lovelace, Grace Hopper``; ``Lovelace, A.; Hopper, G.``; ``Lovelace, A., Hopper, G.``; ``Lovelace, Ada``.
    """
    text = plain_text(text)
    if ";" in text:
        found = [people(part) for part in text.split(";") if part.strip()]
        return tuple(author for authors, _ in found for author in authors), next((count for _, count in found if count), None)
    pieces = [piece.strip() for piece in text.split(",")]
    pairs = list(zip(pieces[::2], pieces[1::2], strict=False))
    if len(pieces) % 2 == 0 and all(family and _INITIALS.fullmatch(given) for family, given in pairs):
        return tuple(Author(name=f"{given} {family}") for family, given in pairs), None
    if len(pieces) == 2 and " " not in pieces[0] and pieces[0] and pieces[1] and " and " not in pieces[1]:
        return (Author(name=f"{pieces[1]} {pieces[0]}"),), None
    return split_authors(text.replace(" & ", " and "))


def _without_mail(text: str) -> str:
    """``ada@example.org (Ada Lovelace)`` and ``Ada Lovelace <ada@example.org>``: the name. An address alone is nobody's name."""
    text = " ".join(text.split())
    if len(text) < 1000 and (found := _MAIL.match(text)):
        return found["name"] or found["name2"]
    return "" if "@" in text and " " not in text else text


def _day(moment: datetime | date | None, today: date) -> date | None:
    """The day in universal time; ``None`` for one that cannot be."""
    if isinstance(moment, datetime):
        try:
            moment = moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
        except OverflowError:
            return None
    return moment if moment and date(1900, 1, 1) <= moment <= today + AHEAD else None


def moment_of(text: str) -> datetime | date | None:
    """A time in either of the two forms that feeds use."""
    text = text.strip()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None


def cut(text: str, longest: int) -> str:
    """At most so many characters, not in the middle of a word."""
    if len(text) <= longest:
        return text
    short = text[: longest - 1]
    return (short.rsplit(None, 1)[0] if " " in short[longest // 2 :] else short) + "…"
