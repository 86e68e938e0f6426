"""arXiv's announcement feeds: RSS 2.0, Atom, and the RDF of before 2024."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime

from bot.domain.papers import AnnounceType, Link, LinkKind, Paper, parse_key
from bot.sources.arxiv.names import is_cut, split_authors
from bot.sources.xml_tree import Node, read_tree

_CONTAINERS = frozenset(("rss", "channel", "feed", "RDF", "item", "entry"))
_OAI = re.compile(r"^\s*oai:arxiv\.org:", re.IGNORECASE)
_VERSION = re.compile(r"(?<=\d)v(\d{1,3})(?:$|\b)")
#: What stands before the abstract since 2024.
_PREAMBLE = re.compile(r"^\s*arXiv:(?P<id>\S+?)\s+Announce Type:\s*(?P<type>[\w-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE)
#: What stood behind the title before.
_OLD_SUFFIX = re.compile(r"\.?\s*\(arXiv:(?P<id>\S+)(?:\s+\[(?P<category>[\w.-]+)\])?(?P<marks>[A-Z\s]*)\)\s*$")
_ANCHOR = re.compile(r"<a\s[^>]*?href=[\"']([^\"']*)[\"'][^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_CATEGORY = re.compile(r"[a-z][a-z-]+(?:\.[A-Za-z][A-Za-z-]*)?")
#: Names that nothing but a category of arXiv has, those of former times among them.
_NAMED = re.compile(
    r"(?:astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat)\.[A-Za-z][A-Za-z-]*"
    r"|(?:astro|math|quant|hep|plasm|atom|chem)-ph|cond-mat|gr-qc|hep-(?:ex|lat|th)|nucl-(?:ex|th)|q-alg|alg-geom|dg-ga|funct-an|solv-int"
    r"|chao-dyn|patt-sol|adap-org|comp-gas|ao-sci|acc-phys|bayes-an|mtrl-th|supr-con|cmp-lg"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A feed as far as it could be read. ``problems``: the body's fault and each item without an id."""

    papers: tuple[Paper, ...]
    problems: tuple[str, ...] = ()
    #: How many items the feed has, readable or not.
    items: int = 0
    #: The whole body was understood.
    whole: bool = True
    #: The body ends before the feed does.
    cut: bool = False
    #: The date that the feed carries as a whole.
    day: date | None = None


def parse_feed(body: bytes) -> Feed:
    """The announcements of one feed. A feed without items is a day without mailing; a body that is no feed at all has a problem."""
    root, problem = read_tree(body, _CONTAINERS)
    nodes = list(root.walk())
    items = [node for node in nodes if node.tag in ("item", "entry")]
    channel = next((node for node in nodes if node.tag in ("channel", "feed")), None)
    if channel is None:
        return Feed(papers=(), problems=(f"not a feed: {problem or 'no channel in it'}",), whole=False, cut=bool(problem))
    day = _day(channel.get("pubDate", "date"))
    papers: list[Paper] = []
    problems = [f"the feed breaks off or is damaged ({problem}); {len(items)} items before that were read"] if problem else []
    for number, item in enumerate(items, 1):
        paper = parse_item(item, day)
        if paper is None:
            problems.append(f'item {number} has no arXiv id: "{item.get("title")[:80]}"')
        else:
            papers.append(paper)
    return Feed(papers=tuple(papers), problems=tuple(problems), items=len(items), whole=not problems, cut=bool(problem), day=day)


def parse_item(item: Node, day: date | None) -> Paper | None:
    """One announcement; ``day`` is the date of a feed whose items have none. ``None`` without a readable id."""
    title, text = item.get("title"), item.get("description", "summary")
    preamble, suffix = _PREAMBLE.match(text), _OLD_SUFFIX.search(title)
    identifiers = [item.get("guid", "id"), preamble["id"] if preamble else "", suffix["id"] if suffix else "", item.get("link")]
    identifiers += [link.attributes.get("href", "") for link in item.all("link")] + [item.attributes.get("about", "")]
    key = next((key for text in identifiers if (key := parse_key(_OAI.sub("", text))) and key.startswith("arxiv:")), None)
    if key is None:
        return None
    version = next((int(found[1]) for text in identifiers if (found := _VERSION.search(text))), None)
    terms = [node.attributes.get("term") or node.text.strip() for node in item.all("category")]
    if suffix and suffix["category"]:
        terms.insert(0, suffix["category"])
    creators = _creators(item)
    authors, count = split_authors(creators)
    return Paper(
        keys=(key, *doi_keys(item.get("DOI", "doi"))),
        title=title[: suffix.start()] if suffix else title,
        abstract=text[preamble.end() :] if preamble else _without_markup(text),
        authors=authors,
        author_count=count,
        more_authors=is_cut(creators),
        categories=arxiv_categories(terms),
        links=paper_links(key),
        announced=_day(item.get("pubDate", "published", "date")) or day,
        announce_type=_announce_type(item.get("announce_type") or (preamble["type"] if preamble else ""), suffix),
        version=version,
        journal_ref=item.get("journal_reference", "journal_ref"),
        source="arxiv",
    )


def arxiv_categories(terms: list[str]) -> tuple[str, ...]:
    """The arXiv categories among ``terms``, each once; subject classes of mathematics and computing (``68T50``, ``I.2.7``) are none."""
    return tuple(dict.fromkeys(term for term in terms if _CATEGORY.fullmatch(term)))


def named_categories(words: Iterable[str]) -> tuple[str, ...]:
    """The arXiv categories among words of any kind, each once: ``cs.CL`` and ``hep-th`` are, ``sorting`` and ``node.js`` are not."""
    return tuple(dict.fromkeys(word for word in words if _NAMED.fullmatch(word)))


def doi_keys(text: str) -> tuple[str, ...]:
    """The keys of a DOI field. Some hold several, parted by blanks, commas or semicolons, which a DOI may hold as well."""
    parts = re.split(r"[,;]?\s+|[,;](?=10\.\d{4,9}/)", text.strip())
    return tuple(dict.fromkeys(key for part in parts if (key := parse_key(part)) and key.startswith("doi:")))


def paper_links(key: str) -> tuple[Link, ...]:
    identifier = key.partition(":")[2]
    return (
        Link(kind=LinkKind.PAGE, url=f"https://arxiv.org/abs/{identifier}"),
        Link(kind=LinkKind.PDF, url=f"https://arxiv.org/pdf/{identifier}"),
    )


def _creators(item: Node) -> str:
    """The author list as one string, without the links that the old feeds put around each name."""
    text = item.get("creator")
    return _ANCHOR.sub(lambda found: html.unescape(found[2]), text) if "<a" in text else text


def _announce_type(word: str, suffix: re.Match[str] | None) -> AnnounceType | None:
    try:
        return AnnounceType(word.strip().lower())
    except ValueError:
        if suffix is None:
            return None
    crossed, updated = "CROSS" in suffix["marks"], "UPDATED" in suffix["marks"]
    if updated:
        return AnnounceType.REPLACE_CROSS if crossed else AnnounceType.REPLACE
    return AnnounceType.CROSS if crossed else AnnounceType.NEW


def _without_markup(text: str) -> str:
    """An abstract of the old feeds: paragraphs and links in HTML. Anything else keeps its angle brackets."""
    if "<p>" not in text and "<a " not in text:
        return text
    text = _ANCHOR.sub(lambda found: found[1] if "http" in found[2] else found[2], text)
    return html.unescape(re.sub(r"</?(?:p|br|i|b|em|strong)\s*/?>", " ", text))


def _day(text: str) -> date | None:
    """The day as it is written, in the sender's own zone: arXiv's announcements carry midnight of its own day."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).date()
    except ValueError:
        return None
