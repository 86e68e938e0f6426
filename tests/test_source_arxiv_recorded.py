"""Every recorded answer of arXiv is a case: what our readers make of it equals what a second, simpler reading finds in the same bytes.

``CASES`` names each file of the folders by a pattern. A file that no pattern names, and a pattern that names no file, fails the run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatch
from pathlib import Path
from xml.etree import ElementTree

from bot.announcements import has_listing
from bot.domain.papers import AnnounceType, LinkKind, Paper, parse_key
from bot.sources.arxiv.api import parse_answer
from bot.sources.arxiv.mail import parse_mail
from bot.sources.arxiv.oai import Harvest, parse_harvest
from bot.sources.arxiv.rss import parse_feed, parse_item
from bot.sources.xml_tree import Node

Check = Callable[[Path], None]
Fields = dict[str, object]
KEEP = {
    "id",
    "version",
    "title",
    "abstract",
    "authors",
    "categories",
    "submitted",
    "updated",
    "announced",
    "type",
    "comment",
    "doi",
    "journal",
}


def flat(text: str | None) -> str:
    return " ".join((text or "").split())


def fields_of(paper: Paper) -> Fields:
    dois = [key.partition(":")[2] for key in paper.keys if key.startswith("doi:")]
    pages = [link.url for link in paper.links if link.kind is LinkKind.PAGE]
    assert pages[0] == f"https://arxiv.org/abs/{paper.key.partition(':')[2]}"
    return {
        "id": paper.key.partition(":")[2],
        "version": paper.version,
        "title": flat(paper.title),
        "abstract": flat(paper.abstract),
        "authors": [flat(author.name) for author in paper.authors],
        "categories": list(paper.categories),
        "submitted": paper.submitted,
        "updated": paper.updated,
        "announced": paper.announced,
        "type": paper.announce_type.value if paper.announce_type else None,
        "comment": flat(paper.comment),
        "doi": dois,
        "journal": flat(paper.journal_ref),
    }


def agree(papers: Iterator[Paper] | list[Paper] | tuple[Paper, ...], expected: list[Fields], where: str) -> None:
    read = [fields_of(paper) for paper in papers]
    assert [one["id"] for one in read] == [one["id"] for one in expected], where
    for ours, theirs in zip(read, expected, strict=True):
        assert set(theirs) <= KEEP
        assert {name: ours[name] for name in theirs} == theirs, f"{where}: {theirs['id']}"


def plain_tree(body: str) -> ElementTree.Element:
    """ElementTree without namespaces: names of both layouts are then the same."""
    root = ElementTree.fromstring(body)  # noqa: S314 - recorded files, not the network
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    return root


def texts(node: ElementTree.Element, tag: str) -> list[str]:
    return ["".join(found.itertext()) for found in node.findall(tag)]


def first(node: ElementTree.Element, tag: str) -> str:
    return next(iter(texts(node, tag)), "")


def short(identifier: str) -> str:
    """``http://arxiv.org/abs/math.GT/0309136v2`` as ``math/0309136``."""
    bare = re.sub(r"^(oai:arXiv\.org:|https?://arxiv\.org/abs/|arXiv:)", "", identifier.strip())
    return re.sub(r"\.[A-Z]{2}/", "/", re.sub(r"v\d+$", "", bare)).lower()


def only_categories(terms: list[str]) -> list[str]:
    return list(dict.fromkeys(term for term in terms if re.fullmatch(r"[a-z][a-z-]+(\.[A-Za-z-]+)?", term)))


def some_dois(text: str) -> list[str]:
    return [found.lower() for found in re.findall(r"10\.\d{4,}/\S+?(?=[,;]?(?:\s|$)|;10\.)", text)]


def utc_day(text: str) -> date:
    return datetime.fromisoformat(text.strip().replace("Z", "+00:00")).astimezone(UTC).date()


def changed(first_day: date | None, last: date | None) -> date | None:
    return None if last == first_day else last


# --- feeds -----------------------------------------------------------------------------------------------------------


def _feed_item(item: ElementTree.Element) -> Fields:
    text = first(item, "description") or first(item, "summary")
    guid = first(item, "guid") or first(item, "id")
    when = first(item, "pubDate")
    return {
        "id": short(guid),
        "version": int(guid.rpartition("v")[2]),
        "title": flat(first(item, "title")),
        "abstract": flat(text.partition("Abstract:")[2]),
        "authors": [flat(name) for name in first(item, "creator").split(",")],
        "categories": [node.get("term") or (node.text or "") for node in item.findall("category")],
        "announced": parsedate_to_datetime(when).date() if when else date.fromisoformat(first(item, "published")[:10]),
        "type": first(item, "announce_type"),
        "submitted": None,
        "comment": "",
        "doi": [first(item, "DOI").lower()] if first(item, "DOI") else [],
        "journal": flat(first(item, "journal_reference")),
    }


def whole_feed(path: Path) -> None:
    root = plain_tree(path.read_text())
    feed = parse_feed(path.read_bytes())
    assert feed.whole and feed.problems == ()
    agree(feed.papers, [_feed_item(item) for item in root.iter() if item.tag in ("item", "entry")], path.name)


def old_feed(path: Path) -> None:
    root = plain_tree(path.read_text())
    expected = []
    for item in root.iter("item"):
        suffix = re.search(r"\. \(arXiv:(\S+?)v(\d+) \[(\S+)\]([A-Z ]*)\)$", flat(first(item, "title")))
        assert suffix
        expected.append(
            {
                "id": suffix[1],
                "version": int(suffix[2]),
                "title": flat(first(item, "title"))[: suffix.start()],
                "abstract": flat(first(item, "description")),
                "authors": [flat(name) for name in re.findall(r'<a href="[^"]*">([^<]*)</a>', first(item, "creator"))],
                "categories": [suffix[3]],
                "announced": date.fromisoformat(first(next(root.iter("channel")), "date")[:10]),
                "type": {"": "new", " CROSS LISTED": "cross", " UPDATED": "replace"}[suffix[4]],
            }
        )
    feed = parse_feed(path.read_bytes())
    assert feed.whole and expected
    agree(feed.papers, expected, path.name)


def cut_feed(path: Path) -> None:
    body = path.read_bytes()
    feed = parse_feed(body)
    assert not feed.whole and "breaks off" in feed.problems[0]
    assert feed.items == body.count(b"<item>") == len(feed.papers) > 0
    assert feed.papers[0].announced == date(2025, 9, 18) and feed.papers[0].key == "arxiv:2509.13332"


def written_down_item(path: Path) -> None:
    """The one item that the reference spells out element by element."""
    blocks = re.findall(r"```\s*\n(.*?)```", path.read_text(), re.DOTALL)
    inside = "\n".join(
        block for block in blocks if re.match(r"\s*<(title|guid|id|link|summary|description|category|dc:|arxiv:|pub)", block)
    )
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"'
    items = inside[inside.rindex("<title") :]
    feed = parse_feed(f"<rss {names}><channel><item>{items}</item></channel></rss>".encode())
    (paper,) = feed.papers
    assert feed.whole
    assert (paper.key, paper.version, paper.announce_type) == ("arxiv:2203.01250", 3, AnnounceType.REPLACE_CROSS)
    assert paper.categories == ("math.AP", "math.OC") and paper.announced == date(2024, 8, 23)
    assert [author.name for author in paper.authors] == ["Antonin Monteil", "Paul Pegon"]
    assert "doi:10.5802/jep.257" in paper.keys and "Tome 11" in paper.journal_ref
    assert paper.abstract.startswith("We consider first order local minimization problems")


def item_strings(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) > 2000
    for line in lines:
        record = json.loads(line)
        item = Node(tag="item", attributes={}, children=[Node(tag=tag, attributes={}, text=text) for tag, text in record.items()])
        paper = parse_item(item, None)
        assert paper is not None and paper.key == f"arxiv:{short(record['link'].replace('rss.arxiv', 'arxiv'))}", line[:120]
        old = re.search(r"\.? \(arXiv:\S+?v(\d+) \[(\S+)\]([A-Z ]*)\)$", record["title"])
        new = re.match(r"arXiv:\S+?v(\d+) Announce Type: ([\w-]+)\s+Abstract: ", record["description"])
        if old:
            kind = ("replace" if "UPDATED" in old[3] else "") + (
                "-" if "UPDATED CROSS" in old[3] or "CROSS LISTED UPDATED" in old[3] else ""
            )
            kind += "cross" if "CROSS" in old[3] else ""
            assert (paper.version, paper.categories, paper.title) == (int(old[1]), (old[2],), record["title"][: old.start()]), line[:120]
            assert paper.announce_type == AnnounceType(kind or "new"), line[:120]
        elif new:
            assert (paper.version, paper.announce_type) == (int(new[1]), AnnounceType(new[2])), line[:120]
            assert flat(paper.abstract) == flat(record["description"][new.end() :]), line[:120]


def day_of_another_reader(path: Path) -> None:
    """A day as another reader of the feed wrote it down: our calendar agrees, and where we have the feed so do the papers."""
    day = json.loads(path.read_text())
    assert (day["status"] == "ok") is has_listing(date.fromisoformat(day["date"])) is bool(day["papers"])
    feed = path.with_name(f"reconstructed_rss2_{day['date']}.xml")
    if feed.exists():
        mine = {paper.key: paper.announce_type for paper in parse_feed(feed.read_bytes()).papers}
        assert mine == {f"arxiv:{one['arxiv_id']}": AnnounceType(one["announce_type"]) for one in day["papers"]}


# --- API -------------------------------------------------------------------------------------------------------------


def _body(path: Path) -> str:
    return str(json.loads(path.read_text())["body"]) if path.suffix == ".json" else path.read_text()


def _entry(entry: ElementTree.Element) -> Fields:
    primary = [node.get("term", "") for node in entry.findall("primary_category")]
    dois = [*texts(entry, "doi"), *(link.get("href", "") for link in entry.findall("link") if link.get("title") == "doi")]
    found = [match[0].lower() for text in dois for match in re.finditer(r"10\.\d{4,}/\S+", text)]
    version = re.search(r"v(\d+)$", first(entry, "id"))
    published = utc_day(first(entry, "published"))
    return {
        "id": short(first(entry, "id")),
        "version": int(version[1]) if version else None,
        "title": flat(first(entry, "title")),
        "abstract": flat(first(entry, "summary")),
        "authors": [flat(first(author, "name")) for author in entry.findall("author")],
        "categories": only_categories(primary + [node.get("term", "") for node in entry.findall("category")]),
        "submitted": published,
        "updated": changed(published, utc_day(first(entry, "updated"))),
        "announced": None,
        "comment": flat(first(entry, "comment")),
        "doi": list(dict.fromkeys(found)),
        "journal": flat(first(entry, "journal_ref")),
    }


def api_answer(path: Path) -> None:
    body = _body(path)
    root = plain_tree(body)
    answer = parse_answer(body.encode())
    assert not answer.error and answer.problems == ()
    assert answer.total == int(first(root, "totalResults"))
    agree(answer.papers, [_entry(entry) for entry in root.findall("entry")], path.name)
    given = [flat("".join(node.itertext())) for node in root.iter("affiliation")]
    assert [place for paper in answer.papers for author in paper.authors for place in author.affiliations] == given


def api_error(path: Path) -> None:
    answer = parse_answer(_body(path).encode())
    assert (answer.error, answer.papers, answer.damaged) == ("incorrect id format for abc", (), False)


def cut_api_answer(path: Path) -> None:
    body = path.read_bytes()
    answer = parse_answer(body)
    assert answer.damaged and answer.error
    assert len(answer.papers) == body.count(b"</entry>")


# --- OAI-PMH ---------------------------------------------------------------------------------------------------------


def _harvested(record: ElementTree.Element) -> Fields | None:
    metadata = next(iter(record.iter("metadata")), None)
    if metadata is None:
        return None
    inner = metadata[0] if len(metadata) == 1 else metadata
    if inner.tag == "arXiv":
        created = date.fromisoformat(first(inner, "created"))
        return {
            "id": short(first(inner, "id")),
            "version": None,
            "title": flat(first(inner, "title")),
            "abstract": flat(first(inner, "abstract")),
            "authors": [
                flat(f"{first(person, 'forenames')} {first(person, 'keyname')} {first(person, 'suffix')}")
                for person in inner.iter("author")
            ],
            "categories": only_categories(first(inner, "categories").split()),
            "submitted": created,
            "updated": changed(created, date.fromisoformat(first(inner, "updated")) if first(inner, "updated") else None),
            "announced": None,
            "comment": flat(first(inner, "comments")),
            "doi": some_dois(first(inner, "doi")),
            "journal": flat(first(inner, "journal-ref")),
        }
    if inner.tag == "arXivRaw":
        days = [parsedate_to_datetime(first(version, "date")).date() for version in inner.findall("version")]
        return {
            "id": short(first(inner, "id")),
            "version": len(days),
            "title": flat(first(inner, "title")),
            "abstract": flat(first(inner, "abstract")),
            "authors": [flat(name) for name in re.split(r",| and ", first(inner, "authors"))],
            "categories": only_categories(first(inner, "categories").split()),
            "submitted": days[0],
            "updated": changed(days[0], days[-1]),
            "comment": flat(first(inner, "comments")),
            "doi": some_dois(first(inner, "doi")),
            "journal": flat(first(inner, "journal-ref")),
        }
    return _dublin_core(record, inner)


def _dublin_core(record: ElementTree.Element, inner: ElementTree.Element) -> Fields | None:
    links = [*texts(inner, "identifier"), *(text for header in record.findall("header") for text in texts(header, "identifier"))]
    ids = [link for link in links if re.match(r"https?://arxiv\.org/abs/|oai:arXiv\.org:", link)]
    if not ids:
        return None
    days = sorted(date.fromisoformat(text[:10]) for text in texts(inner, "date"))
    described = [flat(text) for text in texts(inner, "description")]
    return {
        "id": short(ids[0]),
        "title": flat(first(inner, "title")),
        "abstract": next(text for text in described if not text.startswith("Comment: ")),
        "authors": [flat(" ".join(reversed(name.split(", ")))) for name in texts(inner, "creator")],
        "submitted": days[0],
        "updated": changed(days[0], days[-1]),
        "comment": flat(" ".join(text.removeprefix("Comment: ") for text in described if text.startswith("Comment: "))),
        "doi": [text.removeprefix("doi:").lower() for text in texts(inner, "identifier") if text.startswith("doi:")],
        "journal": "; ".join(flat(text) for text in texts(inner, "identifier") if not re.match(r"https?:|doi:", text)),
    }


def _compare(body: str, where: str) -> Harvest:
    root = plain_tree(body)
    harvest = parse_harvest(body.encode())
    records = [_harvested(record) for record in root.iter("record")]
    agree([record.paper for record in harvest.records], [one for one in records if one], where)
    gone = [header for header in root.iter("header") if header.get("status") == "deleted"] if any(root.iter("record")) else []
    assert len(harvest.deleted) == len(gone), where
    assert len(harvest.problems) == len(records) - len(harvest.records) - len(gone), where
    assert harvest.token == next((flat(node.text) for node in root.iter("resumptionToken")), ""), where
    stamps = [first(record, "header/datestamp")[:10] for record in root.iter("record") if _harvested(record)]
    assert [record.changed.isoformat() if record.changed else "" for record in harvest.records] == stamps, where
    return harvest


def harvest_of_arxiv(path: Path) -> None:
    harvest = _compare(path.read_text(), path.name)
    assert harvest.records and not harvest.damaged and not harvest.error and harvest.problems == ()


def harvest_elsewhere(path: Path) -> None:
    """Another archive's answer: the envelope is read, and nothing of it is taken for a paper of arXiv."""
    assert _compare(path.read_text(), path.name).records == ()


def oai_error(path: Path) -> None:
    node = next(plain_tree(path.read_text()).iter("error"))
    harvest = parse_harvest(path.read_bytes())
    assert (harvest.code, harvest.records) == (node.get("code"), ())
    assert harvest.error == (flat(node.text) or harvest.code)
    assert harvest.nothing is (harvest.code == "noRecordsMatch")


def records_without_a_root(path: Path) -> None:
    body = path.read_text()
    expected = [_harvested(plain_tree(record)) for record in re.findall(r"<record>.*?</record>", body, re.DOTALL)]
    agree([record.paper for record in parse_harvest(body.encode()).records], [one for one in expected if one], path.name)
    assert len(expected) == 3


def exchanges(path: Path) -> None:
    for exchange in json.loads(path.read_text()):
        if exchange["status"] == 200:
            _compare(exchange["response"], path.name)
        else:
            harvest = parse_harvest(exchange["response"].encode())
            assert harvest.damaged and harvest.error and harvest.records == ()


def as_another_parser_read_it(path: Path) -> None:
    """What another parser made of the record beside it."""
    seen = json.loads(path.read_text())
    source = next(path.parent.glob(f"adsabs__input__{path.stem.removeprefix('adsabs__output__')}.xml"))
    (record,) = parse_harvest(source.read_bytes()).records
    assert flat(record.paper.abstract) == flat(seen["abstract"]["textEnglish"])
    assert [author.name.split()[-1] for author in record.paper.authors] == [one["name"]["surname"].split()[-1] for one in seen["authors"]]


# --- plain text ------------------------------------------------------------------------------------------------------


def _by_lines(block: str) -> Fields:
    head, _, rest = re.sub(r"^\s*\\\\\n", "", block.strip("\n") + "\n").partition("\n\\\\")
    names = re.search(r"^(?:arXiv:|Paper.*?: )(\S+)", head, re.MULTILINE)
    assert names
    head = re.sub(r"\n[ \t]+", " ", head)
    value = dict(reversed(re.findall(r"^([A-Z][\w-]+):[ ]*(.*)$", head, re.MULTILINE)))
    dates = [parsedate_to_datetime(text).astimezone(UTC).date() for text in re.findall(r"^Date.*?: *(\w{3}, .*? GMT)", head, re.MULTILINE)]
    replaced = re.search(r"^replaced with revised version (.*? GMT)", head, re.MULTILINE)
    last = parsedate_to_datetime(replaced[1]).date() if replaced else max(dates, default=None)
    submitted = dates[0] if dates else None
    return {
        "id": short(names[1]),
        "title": flat(value.get("Title")),
        "abstract": flat(rest.lstrip("\n").partition("\n\\\\")[0]) if not rest.startswith(" (") else "",
        "categories": only_categories(value.get("Categories", "").split()),
        "submitted": submitted,
        "updated": changed(submitted, last),
        "comment": flat(value.get("Comments")),
        "doi": [text.lower() for text in value.get("DOI", "").split()],
        "journal": flat(value.get("Journal-ref")),
    }


def abs_file(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    inside = re.sub(r"(?m)^-{20,}\n", "", text)
    mail = parse_mail(text)
    agree(mail.papers, [_by_lines(inside)], path.name)
    (paper,) = mail.papers
    versions = re.findall(r"^Date \(revised v(\d+)\)", text, re.MULTILINE)
    assert mail.problems == () and paper.version == max(map(int, versions), default=1) and paper.authors
    authors = re.search(r"^Authors?: (.*(?:\n[ \t].*)*)", text, re.MULTILINE)
    assert authors
    if not re.search(r"[(:]|\bet al\b|Jr|,\s*$", authors[1]):
        assert [flat(one.name) for one in paper.authors] == [flat(one) for one in re.split(r",(?:\s+and\s)?|\s+and\s", authors[1])]


def subscription_mail(path: Path) -> None:
    text = path.read_text()
    mail = parse_mail(text)
    blocks = re.split(r"^[-%]{20,}\s*$", text, flags=re.MULTILINE)
    papers = [block for block in blocks if re.search(r"^(?:arXiv:|Paper \(?\*?|Paper:)", block, re.MULTILINE)]
    papers = [block for block in papers if "\\\\" in block]
    agree(mail.papers, [_by_lines(block) for block in papers], path.name)
    end = re.search(r"received from .* to\s+\w{3} (\d+ \w{3} \d+) ", text)
    for paper, block in zip(mail.papers, papers, strict=True):
        if end is None:
            assert (paper.announced, paper.announce_type) == (None, None)
            continue
        kind = ("replace" if "replaced with" in block else "") + ("cross" if "*cross-listing*" in block else "")
        assert paper.announce_type == AnnounceType({"": "new", "replacecross": "replace-cross"}.get(kind, kind))
        closed = datetime.strptime(end[1], "%d %b %y").date()  # noqa: DTZ007 - a day
        assert paper.announced is not None and has_listing(paper.announced) and 1 <= (paper.announced - closed).days <= 3


# --- other exchanges -------------------------------------------------------------------------------------------------


def doi_exchange(path: Path) -> None:
    """However a DOI is written in addresses and answers, it is one key."""
    exchange = json.loads(path.read_text())
    asked = parse_key(exchange["request"]["url"])
    if "/v2/search" in exchange["request"]["url"]:
        assert asked is None
        return
    assert asked is not None and asked.startswith("doi:10.")
    moved = exchange["response"]["headers"].get("location", [""])[0]
    body = exchange["response"]["body"] or ""
    if moved:
        assert asked[4:] in moved.lower().replace("%2f", "/")
    elif '"doi"' in body:
        assert parse_key(json.loads(body)["doi"]) == asked


CASES: dict[str, Check] = {
    "arxiv_rss/PhysBiblio__*.rdf.xml": old_feed,
    "arxiv_rss/TideDra__*.xml": whole_feed,
    "arxiv_rss/arXiv__help__rss_specifications.md": written_down_item,
    "arxiv_rss/arXiv__help__atom_specifications.md": written_down_item,
    "arxiv_rss/reconstructed_rss2_*.xml": whole_feed,
    "arxiv_rss/rss_item_strings_shared.jsonl": item_strings,
    "arxiv_rss/truncated_*.xml": cut_feed,
    "arxiv_rss/wanzhouliu__feed__*.json": day_of_another_reader,
    "arxiv_atom/PhysBiblio__test_arxiv_1.atom.xml": cut_api_answer,
    "arxiv_atom/PhysBiblio__test_arxiv_[34].atom.xml": api_answer,
    "arxiv_atom/arxiv-docs__*.xml": api_answer,
    "arxiv_atom/carlosparaciari__*.txt": api_answer,
    "arxiv_atom/lukasschwab__fixtures__id_[01]*.json": api_answer,
    "arxiv_atom/lukasschwab__fixtures__id_abc_*.json": api_error,
    "arxiv_atom/lukasschwab__fixtures__q_*.json": api_answer,
    "arxiv_oai/adsabs__input__*.xml": harvest_of_arxiv,
    "arxiv_oai/adsabs__output__*.json": as_another_parser_read_it,
    "arxiv_oai/adsabs__output__*noheader.txt": records_without_a_root,
    "arxiv_oai/dissemin__*.xml": oai_error,
    "arxiv_oai/infrae__*.xml": harvest_elsewhere,
    "arxiv_oai/inspirehep__*.xml": harvest_of_arxiv,
    "arxiv_oai/internetarchive__*.xml": harvest_of_arxiv,
    "arxiv_oai/inveniosoftware__data__sample_arxiv_*.xml": harvest_of_arxiv,
    "arxiv_oai/inveniosoftware__data__sample_empty_response.xml": oai_error,
    "arxiv_oai/mloesch__sample_data__[GL]*.xml": harvest_elsewhere,
    "arxiv_oai/mloesch__sample_data__[bcnu]*.xml": oai_error,
    "arxiv_oai/paperhive__*.json": exchanges,
    "arxiv_oai/rocksonchang__*.xml": harvest_of_arxiv,
    "arxiv_abs/*.abs": abs_file,
    "arxiv_listing/*": subscription_mail,
    "misc_http/*.json": doi_exchange,
}
FOLDERS = ("arxiv_rss", "arxiv_atom", "arxiv_oai", "arxiv_abs", "arxiv_listing", "misc_http")


def test_every_recorded_file_is_read_as_a_second_reader_reads_it(test_data: Path) -> None:
    files = [path for folder in FOLDERS for path in sorted((test_data / "sources" / folder).iterdir()) if path.name != "README.md"]
    used: set[str] = set()
    for path in files:
        checks = [pattern for pattern in CASES if fnmatch(f"{path.parent.name}/{path.name}", pattern)]
        assert len(checks) == 1, f"{path.parent.name}/{path.name} is named by {checks or 'no pattern'}"
        used.update(checks)
        CASES[checks[0]](path)
    assert used == set(CASES) and len(files) > 150
