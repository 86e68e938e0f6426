"""Every recorded feed, read by us and by a second, simple reading of the same bytes, or by others where their answer was recorded."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.domain.papers import LinkKind, Paper
from bot.errors import SourceError
from bot.sources.feeds.entry import FeedOptions
from bot.sources.feeds.reader import FeedReading, read_feed

TODAY = date(2026, 11, 20)
#: XML that is no feed at all.
NO_FEED = {"feed-rs__xml__xml_sample_1.xml", "miniflux__testdata__iso88591.xml"}
#: What stood in the header of the answer, where the bytes alone do not say in which character set they are.
SERVED_AS = {
    "kurtmckee__encoding__http_text_xml_charset_2.xml": "text/xml; charset=windows-1252",
}
#: Declared as something else than it is, so that a simple reader reads it wrong.
MISDECLARED = {"miniflux__testdata__utf8-incorrect-prolog.xml"}
#: Declared entries that are not closed, or stand inside each other: what any reader can get from them.
RECOVERABLE = {
    "mmcdole__rss__issue_309_namespace_whitespace.xml": 0,
    "danmactough__feeds__illegally-nested.xml": 20,
}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "README.md")


@cache
def read(path: Path) -> FeedReading:
    options = FeedOptions(name="recorded", today=TODAY)
    return read_feed(path.read_bytes(), options=options, base="https://example.org/feeds/one", content_type=SERVED_AS.get(path.name, ""))


def test_every_recorded_feed_gives_every_entry_it_has(test_data: Path) -> None:
    """Each file is a feed whose entries are all there (as papers, or reported as saying nothing), or is refused as no feed."""
    folder = test_data / "sources" / "feeds"
    seen = {"read": 0, "refused": 0, "entries": 0, "papers": 0}
    for name in names(folder):
        path = folder / name
        if is_other_json(path) or name in NO_FEED:
            with pytest.raises(SourceError, match=r"no JSON Feed|no feed at this address"):
                read(path)
            seen["refused"] += 1
            continue
        reading = read(path)
        empty = [problem for problem in reading.problems if problem.startswith("entry ")]
        assert len(reading.papers) + len(empty) == reading.entries, name
        assert reading.entries == count_entries(path), name
        for paper in reading.papers:
            check_paper(paper, name)
        seen["read"] += 1
        seen["entries"] += reading.entries
        seen["papers"] += len(reading.papers)
    assert seen["read"] + seen["refused"] == len(names(folder)) >= 280
    assert seen["papers"] > 1200


def test_well_formed_feeds_read_as_a_second_reader_reads_them(test_data: Path) -> None:
    folder = test_data / "sources" / "feeds"
    compared = tagged = 0
    for name in names(folder):
        expected = list(second_reading(folder / name))
        if not expected or name in NO_FEED | MISDECLARED:
            continue
        papers = {paper.title: paper for paper in read(folder / name).papers}
        for title, link, day, tags in expected:
            if title:
                assert title in papers, f"{name}: {title!r}"
                paper = papers[title]
                if link and sum(one[0] == title for one in expected) == 1:
                    assert link in [each.url for each in paper.links], f"{name}: {title!r}"
                    assert day is None or paper.announced == day, f"{name}: {title!r}"
                    assert set(filter(None, tags)) <= {*paper.keywords, *paper.categories, "Uncategorized"}, f"{name}: {title!r}"
                    tagged += len(tags)
                compared += 1
    assert compared > 900 and tagged > 500


def test_feeds_read_as_other_parsers_have_read_them(test_data: Path) -> None:
    folder = test_data / "sources" / "feeds"
    compared = 0
    for name in names(folder):
        answer = folder / name.replace(".xml", ".serde.json")
        if not name.endswith(".xml") or not answer.exists():
            continue
        papers = read(folder / name).papers
        entries = json.loads(answer.read_text(encoding="utf-8"))["entries"]
        assert len(papers) == len(entries), name
        by_title = {paper.title: paper for paper in papers}
        for entry in entries:
            title = shown(entry["title"]["content"]) if entry["title"] else ""
            if title:
                paper = by_title[title]
                published = entry["published"] or entry["updated"]
                if published:
                    assert paper.announced == datetime.fromisoformat(published).date(), name
                compared += 1
    assert compared >= 15


def test_character_sets_are_recognised_whatever_is_declared(test_data: Path) -> None:
    folder = test_data / "sources" / "feeds"
    texts = {
        "miniflux__testdata__utf8-incorrect-prolog.xml": "Café",
        "feed-rs__rss2__rss_2.0_encoding_1.xml": "Revolução nas telas com pontos quânticos",
        "feed-rs__rss1__rss_1.0_iso8859.xml": "Digitalministerium: Neue Glasfaserförderung",
        "danmactough__feeds__iconv.xml": "В Бузулуке главные стройплощадки",
        "danmactough__feeds__compressed.xml": "В Бузулуке главные стройплощадки",
        "rbren__input__uolNoticias.rss": "Ibope: Bolsonaro perde de Haddad, Ciro e Alckmin em simulações",
    }
    for name, text in texts.items():
        assert read(folder / name).papers[0].title.startswith(text), name
    for name, charset in {"koi8r": "koi8-r", "windows1255": "windows-1255", "tis620": "tis-620", "shiftjis": "shift-jis"}.items():
        path = folder / f"kurtmckee__chardet__{name}.xml"
        found = read(path).papers[0]
        assert len(found.title) > 5 and found.title.rstrip("…") in path.read_bytes().decode(charset), name


# --- a second reading, as simple as can be -------------------------------------------------------------------------------


def is_other_json(path: Path) -> bool:
    """Answers of other parsers, and JSON of other kinds."""
    if path.suffix != ".json":
        return False
    return "jsonfeed.org/version" not in str(json.loads(path.read_text(encoding="utf-8-sig")).get("version"))


def tree(path: Path) -> ElementTree.Element | None:
    try:
        return ElementTree.fromstring(path.read_bytes().strip())  # noqa: S314 - recorded files, known
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def count_entries(path: Path) -> int:
    if path.suffix == ".json":
        return len(json.loads(path.read_text(encoding="utf-8-sig"))["items"])
    if path.name in RECOVERABLE:
        return RECOVERABLE[path.name]
    root = tree(path)
    if root is not None:
        return sum(1 for node in root.iter() if local(node) in ("item", "entry"))
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        import gzip

        data = gzip.decompress(data)
    return len(re.findall(rb"<(?:\w+:)?(?:item|entry)[\s>]", data))


def second_reading(path: Path) -> Iterator[tuple[str, str, date | None, list[str]]]:
    """Title, link, day and categories of each entry of a well-formed RSS or Atom feed, where they are plain enough to be sure."""
    root = tree(path) if path.suffix != ".json" else None
    for node in root.iter() if root is not None else ():
        if local(node) not in ("item", "entry"):
            continue
        children = {local(child): child for child in reversed(list(node)) if not is_extension(child)}
        title = children.get("title")
        text = "".join(title.itertext()) if title is not None and title.get("mode") is None else ""
        link = (children["link"].text or "").strip() if "link" in children else ""
        stamp = children.get("pubDate")
        tags = [(child.text or "").strip() for child in node if child.tag == "category"]
        yield shown(text), link if re.fullmatch(r"https?://\S+", link) else "", day_of(stamp.text if stamp is not None else None), tags


def local(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def is_extension(node: ElementTree.Element) -> bool:
    space = node.tag.partition("}")[0] if isinstance(node.tag, str) else ""
    return any(word in space for word in ("media", "itunes", "mrss", "googleplay", "slash", "dc/"))


def day_of(text: str | None) -> date | None:
    if " 0001 " in (text or ""):  # a programmer's way to say "none"; this reader would take it for 2001
        return None
    try:
        moment = parsedate_to_datetime((text or "").strip())
    except ValueError:
        return None
    return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()


def shown(text: str) -> str:
    """What a title looks like on a page. Empty for the few with markup or more in them than one line."""
    if re.search(r"<[a-zA-Z/!]", html.unescape(text)) or len(text) > 400:
        return ""
    return " ".join(html.unescape(text).split())


def check_paper(paper: Paper, name: str) -> None:
    assert paper.title and paper.keys and paper.source == "recorded", name
    assert not re.search(r"</?(?:p|div|span|a|br|script)\b[^<>]*>", paper.title), f"{name}: {paper.title}"
    assert paper.announced is None or date(1990, 1, 1) <= paper.announced <= TODAY, name
    for link in paper.links:
        assert link.url.startswith(("http://", "https://")) and link.kind in (LinkKind.PAGE, LinkKind.PDF), name
    assert all(author.name and "@" not in author.name for author in paper.authors), f"{name}: {paper.authors}"
