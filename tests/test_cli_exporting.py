"""``export`` and ``apply`` at the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import bibtexparser
import pytest
import tomli_w

from tests.test_cli import Said, call

__all__ = ["call"]


@pytest.mark.parametrize(("form", "mark"), [("bibtex", "@misc{"), ("ris", "TY  - GEN"), ("csv", "id,title,authors")])
def test_papers_are_exported(call: Callable[..., Said], form: str, mark: str) -> None:
    said = call("export", form, 'by:"Robin Jia"')
    assert (said.code, said.err) == (0, "")
    assert mark in said.out and "Robin" in said.out


def test_a_file_is_written_where_it_is_wanted(call: Callable[..., Said], tmp_path: Path) -> None:
    said = call("export", "bibtex", "memoriz*", "--out", tmp_path / "deep" / "papers.bib")
    assert (said.code, said.out) == (0, "")
    assert len(bibtexparser.parse_file(str(tmp_path / "deep" / "papers.bib")).entries) >= 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["bibtex"], "a query says which papers"),
        (["rules", "graphs"], "leave the query out"),
        (["opml", "graphs"], "feeds are not searched: leave the query out"),
        (["opml"], "no feeds are read: add a [[sources.feeds]] table"),
        (["rules", "--to", "console:nobody"], "nothing is known about console:nobody"),
        (["word", "graphs"], "'word' is not one of"),
    ],
)
def test_what_cannot_be_exported_is_said_in_one_line(call: Callable[..., Said], arguments: list[str], told: str) -> None:
    said = call("export", *arguments)
    assert said.code == 2 and said.out == "" and told in said.err
    assert said.err.count("\n") == 1


def test_feeds_are_given_as_feed_readers_take_them(call: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "papercrier.toml").write_text(
        '[[sources.feeds]]\nname = "lab-blog"\nurl = "https://example.org/feed.xml?a=1&b=2"\ncategories = ["cs.CL", "cs.LG"]\n'
        '[[sources.feeds]]\nname = "journal"\nurl = "https://example.org/rss"\n'
    )
    said = call("export", "opml", "--config", tmp_path / "papercrier.toml")
    assert (said.code, said.err) == (0, "")
    root = ElementTree.fromstring(said.out)  # noqa: S314 - our own
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "Feeds of Papercrier")
    blog, journal = (dict(outline.items()) for outline in root.iter("outline"))
    url = "https://example.org/feed.xml?a=1&b=2"
    assert blog == {"type": "rss", "text": "lab-blog", "title": "lab-blog", "xmlUrl": url, "category": "cs.CL,cs.LG"}
    assert journal == {"type": "rss", "text": "journal", "title": "journal", "xmlUrl": "https://example.org/rss"}


def test_rules_go_out_and_come_back(call: Callable[..., Said], tmp_path: Path) -> None:
    call("subscribe", "--to", "console:main", "graph parsing")
    call("subscribe", "--to", "console:main", 'by:"Robin Jia"')
    file = tmp_path / "rules.toml"
    call("export", "rules", "--out", file)
    assert "nothing to change" in call("apply", file).out
    file.write_text(
        file.read_text().replace('"graph parsing"', '"trees"').replace("mute = []", 'mute = [{kind = "word", value = "survey"}]')
    )
    said = call("apply", file, "--yes")
    assert "+ console:main subscribe trees" in said.out and "- console:main unsubscribe #1 graph parsing" in said.out
    assert "+ console:main mute word survey" in said.out
    assert "nothing to change" in call("apply", file).out
    [table] = tomllib.loads(call("export", "rules").out)["channels"]
    assert table["mute"] == [{"kind": "word", "value": "survey"}]
    assert table["subscribe"] == ['by:"Robin Jia"', "trees"]


def test_names_and_options_of_rules_come_back_as_they_were_written(call: Callable[..., Said], tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    rules = ['by:"Yann LeCun"', {"query": 'by:"García" trees', "types": ["new"], "max": 3}]
    file.write_text(tomli_w.dumps({"channels": [{"to": "console:main", "subscribe": rules}]}))
    assert '+ console:main subscribe by:"Yann LeCun"' in call("apply", file, "--yes").out
    [table] = tomllib.loads(call("export", "rules").out)["channels"]
    assert table["subscribe"][0] == rules[0] and "García" in table["subscribe"][1]["query"]
    assert (table["subscribe"][1]["types"], table["subscribe"][1]["max"]) == (["new"], 3)
    file.write_text(call("export", "rules").out)
    assert "nothing to change" in call("apply", file).out


def test_nothing_is_changed_without_a_yes(call: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[channels]]\nto = "console:main"\nsubscribe = ["trees"]\n')
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    assert "nothing was changed" in call("apply", file).out
    assert "no subscriptions" in call("subscriptions").out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "there is no such file; papercrier export rules"),
        ("channels = [", "is not valid TOML"),
        ('[store]\nurl = "sqlite:x.db"\n', "only [[channels]] stand in a file of rules"),
        ('[[channels]]\nto = "console:main"\nsubscribe = ["a*"]\n', "channels[0].subscribe[0]"),
        ('[[channels]]\nto = "nowhere"\n', "channels[0].to"),
    ],
)
def test_a_file_that_cannot_be_applied_is_explained(call: Callable[..., Said], tmp_path: Path, text: str | None, told: str) -> None:
    file = tmp_path / "rules.toml"
    if text is not None:
        file.write_text(text)
    said = call("apply", file, "--yes")
    assert said.code != 0 and told in said.err
