"""Every recorded file is a case of some test. Here stands which test reads which folder; a folder or file that none reads fails the run."""

from __future__ import annotations

from pathlib import Path

#: Folder -> the test that goes through it, and what its files end in where it looks at no others.
READERS = {
    "arxiv_abs": ("test_source_arxiv_recorded.py", ""),
    "arxiv_atom": ("test_source_arxiv_recorded.py", ""),
    "arxiv_listing": ("test_source_arxiv_recorded.py", ""),
    "arxiv_oai": ("test_source_arxiv_recorded.py", ""),
    "arxiv_rss": ("test_source_arxiv_recorded.py", ""),
    "bibtex": ("test_source_references_recorded.py", ""),
    "biorxiv": ("test_source_biorxiv.py", ".json"),
    "crossref": ("test_source_crossref.py", ".json"),
    "dblp": ("test_source_dblp.py", ""),
    "feeds": ("test_source_feeds_recorded.py", ""),
    "huggingface": ("test_source_huggingface.py", ""),
    "misc_http": ("test_source_arxiv_recorded.py", ""),
    "openalex": ("test_source_openalex.py", ".json"),
    "pubmed": ("test_source_pubmed.py", ".xml"),
    "ris": ("test_source_references_recorded.py", ""),
    "semanticscholar": ("test_source_semantic_scholar.py", ".json"),
}


def test_every_recorded_folder_and_file_is_gone_through_by_a_test(test_data: Path) -> None:
    folders = {path.name: path for path in (test_data / "sources").iterdir() if path.is_dir()}
    assert folders.keys() == READERS.keys()
    for name, (test, ending) in READERS.items():
        files = [path for path in folders[name].iterdir() if path.name != "README.md"]
        assert files and [path.name for path in files if not path.name.endswith(ending)] == [], name
        assert f'"{name}"' in (Path(__file__).parent / test).read_text(encoding="utf-8"), f"{test} does not read {name}"
