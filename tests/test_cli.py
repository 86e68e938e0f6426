"""The command line: one JSON document, one clear line for every trouble, exit codes that scripts can trust."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import main
from tests.scenario.rig import eventually, papercrier, started
from tests.servers.arxiv import Announced, ArxivServer, Fault
from tests.servers.web import Page, WebServer

PAGE = """CLMay 22, 2025Code
On Reading Lists That Keep ThemselvesAda Lovelace, Grace Hopper
A list that nobody tends grows stale. We show how a small program keeps one fresh, and that groups with it read more than groups without.
what is this line
"""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_TOKEN", "PAPERCRIER_STORE_URL", "PAPERCRIER_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> Said:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


def test_search_gives_the_promised_document(call: Callable[..., Said]) -> None:
    said = call("search", "--json", "memoriz*", 'by:"Robin Jia"')
    assert said.code == 0 and said.err == ""
    assert said.document["query"] == 'memoriz* by:"Robin Jia"'
    assert said.document["total"] == len(said.document["papers"]) >= 1
    assert (said.document["more"], said.document["order"]) == (False, "asked")
    first = said.document["papers"][0]
    assert set(first) == {"id", "title", "authors", "url", "categories", "submitted", "summary", "links", "votes", "score"}
    assert "Robin Jia" in first["authors"]


def test_a_search_for_people_to_read_says_how_it_is_ordered_and_shows_as_many_as_asked_for(call: Callable[..., Said]) -> None:
    said = " ".join(call("search", 'by:"robin JIA"', "--limit", "2").out.split())
    assert "1–2 of" in said and "newest first" in said
    assert 'by:"robin JIA"' in said
    assert "Save" not in said and "Subscribe" not in said
    assert "best match first" in call("search", "memoriz*").out


def test_a_paper_is_shown_by_any_name_it_has(call: Callable[..., Said]) -> None:
    for name in ("arxiv:2510.19811", "2510.19811v2", "https://arxiv.org/pdf/2510.19811"):
        said = call("show", "--json", name)
        assert said.document["id"] == "arxiv:2510.19811"
        assert (said.document["author_count"], said.document["more_authors"]) == (None, True)
    shown = call("show", "2510.19811").out
    assert "Hubble" in shown and "Mohammad Aflah Khan et al." in " ".join(shown.split())


def test_import_counts_everything_and_names_each_line_it_could_not_read(call: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(PAGE)
    said = call("import", "--json", "page.txt")
    assert said.code == 0
    assert {name: said.document[name] for name in ("read", "new", "merged", "changed")} == {"read": 1, "new": 1, "merged": 0, "changed": 0}
    assert said.document["unreadable"] == len(said.document["problems"]) == 1
    assert "page.txt" in said.document["problems"][0] and "what is this line" in said.document["problems"][0]
    again = call("import", "page.txt")
    assert "1 read · 0 new · 0 merged · 0 changed · 1 unreadable" in again.out and "what is this line" in again.out


def test_a_file_without_papers_is_bad_input_and_costs_no_other(call: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "empty.bib").write_text("")
    (tmp_path / "page.txt").write_text(PAGE)
    alone = call("import", "empty.bib")
    assert alone.code == 2 and "empty.bib holds no papers: it is empty; export it again" in alone.err
    among = call("import", "--json", "empty.bib", "page.txt")
    assert (among.code, among.document["new"]) == (2, 1)
    assert [bool(source["error"]) for source in among.document["sources"]] == [True, False]
    assert call("import", "empty.bib", "page.txt", "none.txt").code == 1, "what could not be read at all is worse"


@pytest.mark.parametrize(
    ("name", "entry", "before"),
    [
        ("many.bib", "@inproceedings{{a{0}, title={{Preface to the Many}}, author={{Ada Lovelace}}, year={1}, booktitle={{B {0}}}}}\n", ""),
        ("many.ris", "TY  - JOUR\nTI  - Preface to the Many\nAU  - Lovelace, Ada\nPY  - {1}\nJO  - J {0}\nER  - \n", ""),
        ("many.csv", "Preface to the Many,Ada Lovelace,{1},J {0}\n", "title,authors,year,journal\n"),
    ],
)
def test_works_of_one_title_without_ids_change_nothing_when_they_are_imported_again(
    call: Callable[..., Said], tmp_path: Path, name: str, entry: str, before: str
) -> None:
    (tmp_path / name).write_text(before + "".join(entry.format(number, 1980 + number) for number in range(14)))
    assert "14 read · 1 new" in call("import", name).out
    for _ in range(2):
        assert "14 read · 0 new · 0 merged · 0 changed · 0 unreadable" in call("import", name).out


def test_a_subscription_is_counted_listed_and_posted_once(call: Callable[..., Said], tmp_path: Path) -> None:
    assert "#1 console:main subscribed: reading" in call("subscribe", "--to", "console:main", "Reading").out
    assert call("subscribe", "--to", "console:main", "--json", "reading").document["created"] is False
    assert call("subscribe", "--to", "console:main", "--json", "by:lovelace").document["number"] == 2
    listed = call("subscriptions", "--json").document
    assert listed == [
        {"number": 1, "to": "console:main", "query": "reading", "kind": "keyword"},
        {"number": 2, "to": "console:main", "query": "by:Lovelace", "kind": "author"},
    ] or [one["kind"] for one in listed] == ["keyword", "author"]
    assert "nothing new" in call("preview", "--to", "console:main").out
    (tmp_path / "page.txt").write_text(PAGE)
    call("import", "page.txt")
    preview = call("preview", "--to", "console:main", "--html", "out/page.html")
    assert preview.code == 0 and "Reading Lists" in (tmp_path / "out" / "page.html").read_text()
    assert call("preview", "--to", "console:main", "--json").document["message"]["cards"]
    posted = call("digest", "--to", "console:main")
    assert posted.code == 0 and "Reading Lists" in posted.out
    again = call("digest", "--to", "console:main", "--json")
    assert again.document == {"to": "console:main", "messages": 0, "states": []}
    status = call("status", "--json").document
    assert status["deliveries"]["sent"] == 1 and status["papers"] == 136


def test_commands_are_printed_as_one_table(call: Callable[..., Said]) -> None:
    rows = call("commands", "--json").document
    assert {"usage", "summary"} == set(rows[0]) and len(rows) >= 20
    assert "/papers search" in call("commands").out


def test_the_version_and_help_are_told(call: Callable[..., Said]) -> None:
    assert call("--version").out.startswith("papercrier, version ")
    assert "subscriptions" in call("--help").out


def test_check_shows_the_plan_and_changes_nothing(call: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[[channels]]\nto = "console:main"\nsubscribe = ["looms"]\n')
    said = call("check", "--config", "c.toml")
    assert said.code == 0 and "+ channel console:main" in said.out and "+ console:main subscribe looms" in said.out
    planned = call("check", "--config", "c.toml", "--json").document
    assert planned["changes"] == ["+ channel console:main (mon-fri 09:00 UTC, max 10, digest)", "+ console:main subscribe looms"]
    assert not (tmp_path / "papercrier.db").exists()
    call("import", "--config", "c.toml", "c.toml")
    assert "nothing to change" in call("check", "--config", "c.toml").out
    (tmp_path / "c.toml").write_text("")
    assert "- channel console:main" in call("check", "--config", "c.toml").out


def newer_database(folder: Path) -> None:
    with sqlite3.connect(folder / "papercrier.db") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA application_id=1346589257")
        connection.execute("PRAGMA user_version=9999")
        connection.execute("CREATE TABLE later (x)")
    connection.close()


def another_programs_database(folder: Path) -> None:
    with sqlite3.connect(folder / "papercrier.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()


def a_text_file(folder: Path) -> None:
    (folder / "papercrier.db").write_text("this is no database, but long enough to look like something " * 20)


def a_folder_that_is_a_file(folder: Path) -> None:
    (folder / "file").write_text("")
    (folder / "papercrier.toml").write_text('[store]\nurl = "sqlite:file/papercrier.db"\n')


def a_broken_config(folder: Path) -> None:
    (folder / "papercrier.toml").write_text("[store\n")


def nothing(folder: Path) -> None:
    """The folder stays empty."""


@pytest.mark.parametrize(
    ("prepare", "arguments", "code", "hint"),
    [
        (newer_database, ["search", "x"], 1, "upgrade papercrier"),
        (another_programs_database, ["search", "x"], 1, "name another file"),
        (a_text_file, ["status"], 1, "damaged or no database"),
        (a_folder_that_is_a_file, ["status"], 1, "cannot be used"),
        (a_broken_config, ["status"], 2, "not valid TOML"),
        (nothing, ["search", ""], 2, ""),
        (nothing, ["search", "x" * 10_000], 2, "512"),
        (nothing, ["search", '"open'], 2, "did you mean"),
        (nothing, ["search", "-word"], 2, ""),
        (nothing, ["search", "titel:x"], 2, "title"),
        (nothing, ["search"], 2, "QUERY"),
        (nothing, ["serach", "x"], 2, "serach"),
        (nothing, ["show", "arxiv:9999.99999"], 2, "papercrier search"),
        (nothing, ["digest", "--to", "slack:C0UNKNOWN"], 2, "papercrier subscribe"),
        (nothing, ["digest", "--to", "irc:main"], 2, "slack:C0123ABCD"),
        (nothing, ["subscribe", "--to", "console:main", "x since:7d"], 2, ""),
        (nothing, ["import", "none.txt"], 1, "none.txt"),
        (nothing, ["ingest"], 2, "[sources.arxiv]"),
        (nothing, ["ingest", "nature"], 2, "nature"),
        (nothing, ["run", "--config", "none.toml"], 2, "config.example.toml"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_trouble_is_one_clear_line_and_an_exit_code(
    call: Callable[..., Said], tmp_path: Path, prepare: Callable[[Path], None], arguments: list[str], code: int, hint: str
) -> None:
    prepare(tmp_path)
    said = call(*arguments)
    assert said.code == code
    assert said.err.startswith("papercrier: ") and said.err.count("\n") == 1 and "Traceback" not in said.err
    assert hint in said.err


def test_a_database_that_is_refused_is_left_as_it_was(call: Callable[..., Said], tmp_path: Path) -> None:
    for prepare in (newer_database, a_text_file):
        (tmp_path / "papercrier.db").unlink(missing_ok=True)
        prepare(tmp_path)
        before = (tmp_path / "papercrier.db").read_bytes()
        call("ingest")
        call("status")
        assert (tmp_path / "papercrier.db").read_bytes() == before


def arxiv_config(folder: Path, server: ArxivServer) -> Path:
    path = folder / "papercrier.toml"
    path.write_text(f'[sources.arxiv]\ncategories = ["cs.CL", "cs.LG"]\n{server.config}\n')
    return path


async def test_a_malformed_feed_is_named_and_the_other_is_read(tmp_path: Path) -> None:
    async with ArxivServer() as server:
        server.announce("cs.LG", Announced(id="2604.00001", title="Looms"))
        server.feeds["cs.CL"] = b"<html>not a feed"
        ended = await papercrier("ingest", "--config", arxiv_config(tmp_path, server), "--json", cwd=tmp_path)
    assert ended.code == 0 and ended.document["new"] == 1
    assert any("cs.CL" in problem for problem in ended.document["problems"])


async def test_a_receipt_names_the_source_that_failed_and_what_the_others_brought(tmp_path: Path) -> None:
    async with WebServer() as server:
        server.pages["/good"] = Page(body=b"<rss version='2.0'><channel><item><title>Looms</title></item></channel></rss>")
        server.pages["/bad"] = Page(body=b"<html>maintenance</html>")
        feeds = "".join(f'[[sources.feeds]]\nname = "{name}"\nurl = "{server.url("/" + name)}"\n' for name in ("good", "bad"))
        (tmp_path / "papercrier.toml").write_text(f"[bot]\nseeds = false\n{feeds}")
        told, document = await papercrier("ingest", cwd=tmp_path), await papercrier("ingest", "--json", cwd=tmp_path)
    assert told.code == document.code == 1
    assert "good: 1 read" in told.out and "bad: could not be read · 0 read" in told.out
    assert told.err.startswith("papercrier: bad: there is no feed at this address") and told.err.count("\n") == 1
    status = await papercrier("status", "--json", cwd=tmp_path)
    good, bad = document.document["sources"]
    assert all(one["next_look"] > one["finished_at"] for one in status.document["sources"])
    assert (good["source"], good["error"], bad["source"], bad["new"]) == ("good", None, "bad", 0) and "no feed" in bad["error"]


async def test_an_empty_announcement_is_no_trouble(tmp_path: Path) -> None:
    async with ArxivServer() as server:
        for category in ("cs.CL", "cs.LG"):
            server.announce(category)
        ended = await papercrier("ingest", "--config", arxiv_config(tmp_path, server), "--json", cwd=tmp_path)
    assert (ended.code, ended.document["read"], ended.document["problems"]) == (0, 0, [])


async def test_a_source_that_is_down_ends_with_one_line_and_exit_code_one(tmp_path: Path) -> None:
    async with ArxivServer() as server:
        server.faults.extend(Fault(status=404) for _ in range(20))
        ended = await papercrier("ingest", "--config", arxiv_config(tmp_path, server), "--json", cwd=tmp_path)
    assert ended.code == 1 and "Traceback" not in ended.err
    assert ended.document["read"] == 0 and ended.document["problems"]


async def test_ctrl_c_while_reading_keeps_what_was_stored_and_says_so(tmp_path: Path) -> None:
    async with ArxivServer() as server:
        server.announce("cs.CL", Announced(id="2604.00001", title="Looms"))
        server.faults.append(Fault(stall=True))
        config = arxiv_config(tmp_path, server)
        async with started("ingest", "--config", config, cwd=tmp_path) as process:
            await eventually(lambda: server.asked)
            process.send_signal(signal.SIGINT)
            _, err = await process.communicate()
        assert process.returncode == 130 and err.decode().count("\n") == 1 and "nothing is half written" in err.decode()
        server.faults.clear()
        server.announce("cs.LG")
        ended = await papercrier("ingest", "--config", config, "--json", cwd=tmp_path)
    assert ended.code == 0 and ended.document["new"] == 1


def test_every_delivery_can_be_followed_and_a_held_one_decided(call: Callable[..., Said], tmp_path: Path) -> None:
    call("subscribe", "--to", "console:main", "reading")
    (tmp_path / "page.txt").write_text(PAGE)
    call("import", "page.txt")
    call("digest", "--to", "console:main")
    (sent,) = call("deliveries", "--json").document
    assert sent["to"] == "console:main" and sent["state"] == "sent" and sent["papers"] == 1 and sent["attempts"] == 1
    assert sent["id"] in call("deliveries", "--to", "console:main", "--state", "sent").out
    assert call("deliveries", "--json", "--state", "held").document == []
    with sqlite3.connect(tmp_path / "papercrier.db") as connection:
        connection.execute("UPDATE deliveries SET state = 'held', error = 'cannot be verified'")
    connection.close()
    doctor = call("doctor", "--json")
    assert doctor.code == 1
    (told,) = [one for one in doctor.document if one["level"] == "trouble"]
    assert sent["id"] in told["subject"] and f"papercrier settle {sent['id']}" in told["next_step"]
    assert sent["id"] in call("doctor").out
    assert call("settle", sent["id"], "sent").code == 0
    assert call("deliveries", "--json").document[0]["state"] == "sent"
    assert call("doctor").code == 0
    again = call("settle", sent["id"], "resend")
    assert again.code == 2 and "is sent" in again.err
    assert call("settle", "unknown", "drop").code == 2


def test_a_held_delivery_may_be_posted_again_by_decision(call: Callable[..., Said], tmp_path: Path) -> None:
    call("subscribe", "--to", "console:main", "reading")
    (tmp_path / "page.txt").write_text(PAGE)
    call("import", "page.txt")
    call("digest", "--to", "console:main")
    with sqlite3.connect(tmp_path / "papercrier.db") as connection:
        connection.execute("UPDATE deliveries SET state = 'held'")
        (number,) = connection.execute("SELECT id FROM deliveries").fetchone()
    connection.close()
    call("settle", number, "resend")
    assert call("deliveries", "--json").document[0]["state"] == "pending"


def test_a_backup_is_a_whole_database(call: Callable[..., Said], tmp_path: Path) -> None:
    call("subscribe", "--to", "console:main", "reading")
    assert call("backup", "copy.db").code == 0
    (tmp_path / "papercrier.toml").write_text('[store]\nurl = "sqlite:copy.db"\n')
    assert len(call("subscriptions", "--json").document) == 1
    refused = call("backup", "papercrier.toml/copy.db")
    assert refused.code in (1, 2) and refused.err.count("\n") == 1
