"""Every recorded BibTeX and RIS file: all its entries, counted and read a second time in a simple way."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.papers import fold
from bot.ports import Batch
from bot.sources.charsets import decoded
from bot.sources.files.bibtex import read_bibtex
from bot.sources.files.references import read_references
from bot.sources.files.source import form_of
from bot.text.normalise import normalise

#: Entries that are there for other entries.
NO_WORK = re.compile(r"^\s*@\s*(?:xdata|set|bibnote|control)\s*[{(]", re.IGNORECASE | re.MULTILINE)
ENTRY = re.compile(r"^\s*@\s*(?!comment|string|preamble)[A-Za-z]+\s*[{(]", re.IGNORECASE | re.MULTILINE)
SHARED = re.compile(r"^@xdata\{.*?^\}", re.IGNORECASE | re.MULTILINE | re.DOTALL)
#: ``title = {…}`` or ``"…"`` in one line: most of them.
TITLE = re.compile(r"^\s*title\s*=\s*(?:\{(?P<braced>.*)\}|\"(?P<quoted>[^\"]*)\")\s*,?\s*$", re.IGNORECASE | re.MULTILINE)
#: The same for keywords, where nothing in them is TeX.
PLAIN_KEYWORDS = re.compile(r"^\s*keywords\s*=\s*\{([^{}\\\\$]*)\}\s*,?\s*$", re.IGNORECASE | re.MULTILINE)
#: What is looked at where it is not what the file's own form suggests.
COUNTED = {
    # More entries stand in comments, or one in another.
    "retorquere__import__Allow_spaces_between_href_arguments_for_import__2504.bib": None,
}


def paths(test_data: Path, folder: str) -> list[Path]:
    return sorted(path for path in (test_data / "sources" / folder).iterdir() if path.name != "README.md")


def checked(path: Path, read: Callable[..., Batch]) -> Batch:
    batch = read(path.read_bytes(), name=path.name)
    assert all(re.match(rf"{re.escape(path.name)}:\d+: ", problem) for problem in batch.problems), batch.problems
    for paper in map(normalise, batch.papers):
        assert (paper.title or paper.abstract) and paper.keys is not None
        # What is escaped is meant to be read.
        assert not re.search(r"[{}]", paper.title) or rb"\{" in path.read_bytes(), f"{path.name}: {paper.title}"
        assert all(author.name and not re.search(r"[{}]", author.name) for author in paper.authors), f"{path.name}: {paper.authors}"
    return batch


def test_every_entry_of_every_recorded_bibtex_file_is_read_or_reported(test_data: Path) -> None:
    total = titles = keywords = 0
    for path in paths(test_data, "bibtex"):
        assert form_of(path.read_bytes()) == "bibtex", path.name
        batch, text = checked(path, read_bibtex), decoded(path.read_bytes())
        counted = len(ENTRY.findall(text)) - len(NO_WORK.findall(text))
        if path.name not in COUNTED:
            assert len(batch.papers) + len(batch.problems) == counted, path.name
        found = {fold(normalise(paper).title).replace(" ", "") for paper in batch.papers}
        for match in TITLE.finditer(SHARED.sub("", text)):
            title = match["braced"] or match["quoted"] or ""
            if title.isascii() and not re.search(r"[\\$#<>&^_~]|''|``|xdata", title):
                wanted = fold(re.sub("[{}]", "", title)).replace(" ", "")
                assert any(one.startswith(wanted) for one in found), f"{path.name}: {title}"
                titles += 1
        given = [word.strip() for paper in batch.papers for word in paper.keywords]
        for line in () if batch.problems else PLAIN_KEYWORDS.findall(SHARED.sub("", text)):
            wanted = [word.strip() for word in re.split(r";" if ";" in line else ",", line) if word.strip()]
            assert not [word for word in wanted if word not in given], f"{path.name}: {line}"
            keywords += len(wanted)
        total += len(batch.papers)
    assert total > 500 and titles > 350 and keywords > 200


def test_every_record_of_every_recorded_ris_file_is_read_or_reported(test_data: Path) -> None:
    total = keywords = 0
    for path in paths(test_data, "ris"):
        assert form_of(path.read_bytes()) == "ris", path.name
        batch, text = checked(path, read_references), decoded(path.read_bytes())
        counted = len(re.findall(r"^\s*(?:TY\s+-|PMID-|PT [A-Z]$)", text, re.MULTILINE)) or 1
        assert len(batch.papers) + len(batch.problems) == counted, path.name
        found = {paper.title for paper in batch.papers}
        for tag, title in re.findall(r"^(TI|T1)  - +(\S.*?) *\r?$", text, re.MULTILINE):
            if tag == "TI" and "\nT1  - " not in text:
                assert any(one.startswith(title.rstrip(".")) for one in found), f"{path.name}: {title}"
        wanted = [word.strip() for line in re.findall(r"^KW  - (.*?)\r?$", text, re.MULTILINE) for word in line.split(";") if word.strip()]
        given = [word for paper in batch.papers for word in (*paper.keywords, *paper.categories)]
        assert batch.problems or not [word for word in wanted if not any(one.startswith(word) for one in given)], path.name
        keywords += len(wanted)
        total += len(batch.papers)
    assert total > 200 and keywords > 100


@pytest.mark.parametrize(
    ("name", "title", "authors", "journal", "key"),
    [
        (
            "ris/MrTango__data__example_wos.ris",
            "Interactions stabilizing the structure of the core light-harvesting complex",
            ["PS Parkes-Loach", "AP Majeed", "CJ Law", "PA Loach"],
            "BIOCHEMISTRY 43 (22), 7003-7016",
            "doi:10.1021/bi049798f",
        ),
        (
            "ris/manubot__bibliographies__bibliography.nbib",
            "Sci-Hub provides access to nearly all scholarly literature",
            ["Daniel S Himmelstein", "Ariel Rodriguez Romero"],
            "eLife 7",
            "doi:10.7554/elife.32822",
        ),
        (
            "ris/JabRef__fileformat__RisImporterCorrupted.ris",
            "Editorial: Open Source and Empirical Software Engineering",
            ["Warren Harrison"],
            "Empirical Software Engineering 6 (3), 193-194",
            "doi:10.1023/a:1017379030770",
        ),
    ],
)
def test_some_are_read_to_the_letter(test_data: Path, name: str, title: str, authors: list[str], journal: str, key: str) -> None:
    paper = read_references((test_data / "sources" / name).read_bytes(), name=name).papers[0]
    assert paper.title.startswith(title) and paper.journal_ref == journal and paper.keys[0] == key
    assert [author.name for author in paper.authors][: len(authors)] == authors
