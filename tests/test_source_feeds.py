"""Feeds: what becomes of an entry, and of a feed that is not as it should be."""

from __future__ import annotations

import gzip
import json
from datetime import date

import pytest

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper
from bot.errors import SourceError
from bot.sources.charsets import decoded
from bot.sources.feeds.entry import FeedOptions, people
from bot.sources.feeds.reader import FeedReading, read_feed
from bot.sources.html_text import plain_text

BASE = "https://journal.example/feeds/new.xml"


def read(document: str | bytes, content_type: str = "", **options: object) -> FeedReading:
    chosen = FeedOptions(**{"name": "journal", "today": date(2026, 11, 20), **options})  # type: ignore[arg-type]
    data = document if isinstance(document, bytes) else document.encode()
    return read_feed(data, options=chosen, base=BASE, content_type=content_type)


def rss(*items: str) -> str:
    space = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
    return (
        f'<rss version="2.0" {space}><channel><title>A Journal</title>{"".join(f"<item>{item}</item>" for item in items)}</channel></rss>'
    )


def one(document: str | bytes, **options: object) -> Paper:
    (paper,) = read(document, **options).papers
    return paper


ARTICLE = """<title>Cats &amp;amp; &lt;i&gt;dogs&lt;/i&gt;</title><link>/articles/7?utm_source=rss</link>
<description>&lt;p&gt;We compare cats.&lt;/p&gt;&lt;script&gt;evil()&lt;/script&gt;&lt;p&gt;And dogs.&lt;/p&gt;</description>
<dc:creator>Ada Lovelace, Grace Hopper</dc:creator><prism:doi>10.1234/Cats.7</prism:doi>
<prism:publicationName>Journal of Pets</prism:publicationName><pubDate>Thu, 19 Nov 2026 23:30:00 -0500</pubDate>
<enclosure url="https://journal.example/7.pdf" type="application/pdf" length="1"/><category>Pets</category>
<guid isPermaLink="false">7</guid>"""


def test_an_entry_becomes_a_paper() -> None:
    paper = one(rss(ARTICLE), categories=("q-bio.NC",))
    assert paper.keys[0] == "doi:10.1234/cats.7" and paper.keys[1].startswith("feed:")
    assert (paper.title, paper.abstract) == ("Cats & dogs", "We compare cats.\nAnd dogs.")
    assert [author.name for author in paper.authors] == ["Ada Lovelace", "Grace Hopper"]
    assert (paper.announced, paper.journal_ref, paper.categories) == (date(2026, 11, 20), "Journal of Pets", ("q-bio.NC",))
    assert paper.links == (
        Link(kind=LinkKind.PAGE, url="https://journal.example/articles/7?utm_source=rss"),
        Link(kind=LinkKind.PDF, url="https://journal.example/7.pdf"),
    )
    assert (paper.source, paper.announce_type, paper.keywords) == ("journal", None, ("Pets",))


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("https://arxiv.org/abs/2510.19811v2", "arxiv:2510.19811"),
        ("https://huggingface.co/papers/2510.19811", "arxiv:2510.19811"),
        ("https://doi.org/10.48550/arXiv.2510.19811", "arxiv:2510.19811"),
        ("https://www.biorxiv.org/content/10.1101/2026.01.02.123456v1.full?rss=1", "doi:10.1101/2026.01.02.123456"),
        ("https://pubs.example/doi/full/10.1021/acs.1c00001?af=R", "doi:10.1021/acs.1c00001"),
        ("https://journals.example/10.1103/PhysRev.1.2/abstract", "doi:10.1103/physrev.1.2"),
        ("https://openreview.net/forum?id=AbC-1_", "openreview:AbC-1_"),
    ],
)
def test_ids_in_links_are_identities(link: str, key: str) -> None:
    assert one(rss(f"<title>A title</title><link>{link}</link>")).keys[0] == key


@pytest.mark.parametrize(
    "link", ["https://comics.example/comics/pl/1729843/", "https://blog.example/2026/11/20/2510.19811-post", "news/1234567"]
)
def test_addresses_that_only_look_like_ids_are_none(link: str) -> None:
    assert [key.partition(":")[0] for key in one(rss(f"<title>A title</title><link>{link}</link>")).keys] == ["feed"]


def test_an_entry_is_the_same_one_the_next_time_whatever_its_address_carries() -> None:
    def key(item: str) -> str:
        return one(rss(f"<title>A title</title>{item}")).key

    page = "<link>https://blog.example/post?id=7</link>"
    assert key(page) == key("<link>http://www.blog.example/post/?utm_medium=rss&amp;id=7#top</link>")
    assert key(page) != key("<link>https://blog.example/post?id=8</link>")
    assert key(f"{page}<guid>one</guid>") == key("<link>https://blog.example/moved</link><guid>one</guid>") != key("<guid>two</guid>")
    assert key("") == key("")


def test_entries_that_share_an_address_or_an_id_are_not_one_paper() -> None:
    papers = read(rss(*(f"<title>Release {number}</title><link>https://lab.example/</link><guid>x</guid>" for number in range(3)))).papers
    assert len({paper.key for paper in papers}) == 3


def test_what_was_there_before_is_no_news() -> None:
    old, new = "<pubDate>Mon, 02 Nov 2026 00:00:00 GMT</pubDate>", "<pubDate>Tue, 17 Nov 2026 00:00:00 GMT</pubDate>"
    document = rss(*(f"<title>{number}</title>{when}" for number, when in enumerate((old, new, ""))))

    def kinds(**options: object) -> list[AnnounceType | None]:
        return [paper.announce_type for paper in read(document, **options).papers]

    assert kinds(since=date(2026, 11, 13), undated_is_old=True) == [AnnounceType.ARCHIVE, None, AnnounceType.ARCHIVE]
    assert kinds(since=date(2026, 11, 13)) == [AnnounceType.ARCHIVE, None, None]


@pytest.mark.parametrize(
    "stamp", ["Mon, 01 Jan 0001 00:00:00 +0000", "1 January 2199", "yesterday", "2026-13-45", "Fri, 31 Dec 9999 23:59:59 -1200"]
)
def test_a_date_that_cannot_be_is_none(stamp: str) -> None:
    assert one(rss(f"<title>A title</title><pubDate>{stamp}</pubDate>")).announced is None


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[::1", "https://a b/"])
def test_a_link_that_no_browser_should_open_is_left_out(link: str) -> None:
    assert one(rss(f"<title>A title</title><link>{link}</link>")).links == ()


def test_an_entry_that_says_nothing_is_reported_with_where_it_stood() -> None:
    reading = read(rss("<title>One</title>", "<link>https://journal.example/2</link>", "<description>Three</description>"))
    assert [paper.title for paper in reading.papers] == ["One", "Three"]
    assert reading.problems == ('entry 2 has neither title nor text ("https://journal.example/2")',) and reading.entries == 3


def test_a_feed_that_breaks_off_gives_what_came_before() -> None:
    reading = read(rss("<title>One</title>", "<title>Two</title>").partition("Two")[0])
    assert reading.papers[0].title == "One" and "ill-formed" in reading.problems[0]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("<html><head><title>Log in</title></head></html>", "no feed at this address"),
        ("", "no feed at this address"),
        ("\0\0\0\0\0\0\0\0", "no feed at this address"),
        ('{"status": "ok"}', "no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": 7}', "no JSON Feed"),
        ('{"version": "https://jsonfeed.org', "no valid JSON"),
        (b"\x1f\x8bnothing", "packed feed is damaged"),
        (gzip.compress(b" " * 11_000_000), "larger than 10 MB"),
    ],
)
def test_what_is_no_feed_is_refused(document: str | bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(document)


def test_a_local_file_is_not_opened() -> None:
    with pytest.raises(SourceError, match="no feed"):
        read("/etc/passwd")
    with pytest.raises(SourceError, match="no feed"):
        read("file:///etc/passwd")


def test_entities_of_a_document_are_not_followed() -> None:
    declared = '<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/hostname"><!ENTITY ha "ha">]>'
    reading = read(f"{declared}{rss('<title>A title &secret; &ha;</title>')}")
    assert all("\n" not in paper.title and len(paper.title) < 30 for paper in reading.papers)


def json_feed(*items: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "A lab", "items": items})


def test_a_json_feed_is_read() -> None:
    item = {
        "id": 7,
        "url": "posts/7",
        "external_url": "https://arxiv.org/abs/2510.19811",
        "title": "We read a paper",
        "content_html": "<p>It is <b>good</b>.</p>",
        "date_published": "2026-11-19T10:00:00+01:00",
        "date_modified": "2026-11-20T10:00:00Z",
        "authors": [{"name": "Ada Lovelace"}, {"url": "https://x.example"}, 7],
        "tags": ["cs.CL", "fun", "node.js", "Uncategorized"],
        "attachments": [{"url": "7.pdf", "mime_type": "application/pdf"}],
    }
    paper = one(json_feed(item))
    assert paper.keys[0] == "arxiv:2510.19811" and paper.abstract == "It is good."
    assert (paper.announced, paper.updated, paper.categories) == (date(2026, 11, 19), date(2026, 11, 20), ("cs.CL",))
    assert paper.keywords == ("fun", "node.js")
    assert paper.authors == (Author(name="Ada Lovelace"),)
    assert [link.url for link in paper.links] == ["https://journal.example/feeds/posts/7", "https://journal.example/feeds/7.pdf"]


def test_a_bad_item_of_a_json_feed_costs_no_other() -> None:
    reading = read(json_feed({"title": "One"}, "two", {}, {"title": ["Four"], "content_text": {"a": 1}, "tags": 7, "authors": 7}))
    assert [paper.title for paper in reading.papers] == ["One"] and reading.entries == 4
    assert reading.problems == ("entry 2 is no object but two", "entry 3 has neither title nor text", "entry 4 has neither title nor text")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Lovelace, Grace Hopper and Alan Turing", ["Ada Lovelace", "Grace Hopper", "Alan Turing"]),
        ("Lovelace, A., Hopper, G. M.", ["A. Lovelace", "G. M. Hopper"]),
        ("Lovelace, Ada; Hopper, Grace", ["Ada Lovelace", "Grace Hopper"]),
        ("Lovelace, Ada", ["Ada Lovelace"]),
        ("Ada Lovelace & Grace Hopper", ["Ada Lovelace", "Grace Hopper"]),
        ("<a href='x'>Ada Lovelace</a>", ["Ada Lovelace"]),
        ("", []),
    ],
)
def test_people_are_named_in_many_ways(text: str, names: list[str]) -> None:
    assert [author.name for author in people(text)[0]] == names


@pytest.mark.parametrize("author", ["ada@example.org (Ada Lovelace)", "Ada Lovelace &lt;ada@example.org&gt;", "Ada Lovelace"])
def test_mail_addresses_are_nobodys_name(author: str) -> None:
    assert one(rss(f"<title>A title</title><author>{author}</author>")).authors == (Author(name="Ada Lovelace"),)
    assert one(rss("<title>A title</title><author>office@example.org</author>")).authors == ()


@pytest.mark.parametrize(
    ("document", "content_type", "text"),
    [
        ("Überraschung".encode(), "text/xml; charset=iso-8859-1", "Überraschung"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>“Œuvre”'.encode("cp1252"), "", '<?xml version="1.0" encoding="iso-8859-1"?>“Œuvre”'),
        ("Привет, мир".encode("koi8-r"), "text/xml; charset=koi8-r", "Привет, мир"),
        ("<a>Привет</a>".encode("utf-16"), "", "<a>Привет</a>"),
        ("<a>Привет</a>".encode("utf-16-be"), "", "<a>Привет</a>"),
        ("<a>Привет</a>".encode("utf-32-le"), "text/xml; charset=utf-8", "<a>Привет</a>"),
        ("日本".encode("iso2022_jp"), "text/xml; charset=iso-2022-jp", "日本"),
        (b"+ADw-script+AD4-", "text/xml; charset=utf-7", "+ADw-script+AD4-"),
        ("Überraschung".encode("cp1252"), "text/xml; charset=klingon", "Überraschung"),
        (
            "L’été passé, le café était déjà fermé à midi".encode("cp1252"),
            "x; charset=zlib",
            "L’été passé, le café était déjà fermé à midi",
        ),
        (
            "Всё это давно известно, и никому не нужно".encode("cp1251"),
            "text/xml; charset=utf-8",
            "Всё это давно известно, и никому не нужно",
        ),
        (b"", "", ""),
    ],
)
def test_bytes_become_text_whatever_is_declared(document: bytes, content_type: str, text: str) -> None:
    assert decoded(document, content_type) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a < b and <0.05", "a < b and <0.05"),
        ("H<sub>2</sub>O", "H2O"),
        ("one<br/>two<br>three", "one\ntwo\nthree"),
        ("<p>The tag &lt;p&gt; begins a paragraph</p>", "The tag <p> begins a paragraph"),
        ("&lt;p&gt;twice&lt;/p&gt;", "twice"),
        ("<style>p{}</style><!-- no -->text<script>var a = '<p>'", "text"),
        ("<p title='a>b'>x</p>", "x"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
    ],
)
def test_markup_becomes_what_a_reader_sees(markup: str, text: str) -> None:
    assert plain_text(markup) == text
