"""The documents say what is so: commands, keys, links, figures and code blocks."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from discord import Permissions

from bot.cli.main import VERBS
from bot.config import check_config
from tests.readme import GENERATED, renewed
from tests.scenario.rig import papercrier

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "seeds" / "README.md"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def shell_lines() -> list[list[str]]:
    return [words for block in blocks("sh") for line in block.splitlines() if (words := shlex.split(line, comments=True))]


@pytest.mark.parametrize("document", GENERATED, ids=lambda document: document.name)
def test_what_is_generated_is_up_to_date(document: Path) -> None:
    assert renewed(document) == document.read_text(encoding="utf-8"), "run: python -m tests.readme"


def test_every_verb_of_the_command_line_is_explained() -> None:
    assert not [verb for verb in VERBS if f"papercrier {verb}" not in README]


def test_every_configuration_block_loads() -> None:
    loaded = [check_config(tomllib.loads(block)) for block in blocks("toml")]
    assert loaded and loaded[0].channels[0].to == "slack:C0123ABCD"


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {words[1] for words in shell_lines() if words[0] == "make"}
    assert named and named <= targets


def test_every_file_that_a_document_links_to_is_there() -> None:
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
            assert link.startswith("http") or (document.parent / link).exists(), f"{document}: {link}"


def test_the_invite_link_asks_for_exactly_the_permissions_that_are_named() -> None:
    (value,) = re.findall(r"permissions=(\d+)", README)
    wanted = Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        create_public_threads=True,
        embed_links=True,
        attach_files=True,
        read_message_history=True,
    )
    assert int(value) == wanted.value


@pytest.mark.slow
async def test_the_command_lines_of_the_readme_run_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "my-reading-list.txt").write_text(
        "CLMay 22, 2025Code\nOn Reading Lists That Keep ThemselvesAda Lovelace, Grace Hopper\n"
        "A list that nobody tends grows stale. We show how a small program keeps one fresh, and that groups with it read more.\n"
    )
    (tmp_path / "papercrier.toml").write_text(blocks("toml")[0].replace("slack:C0123ABCD", "console:main"))
    ran = 0
    for words in shell_lines():
        if words[0] == "papercrier" and words[1] not in ("run", "demo"):
            ended = await papercrier(*words[1:], cwd=tmp_path)
            assert ended.code == 0, f"{words}: {ended.err}"
            ran += 1
    assert ran >= 5


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_dependency_says_why_it_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").casefold()
    names = [re.split(r"[<>=\[]", one)[0] for one in project["dependencies"] + project["optional-dependencies"]["dev"]]
    assert not [name for name in names if name.casefold() not in told]


def test_every_requirement_is_pinned_with_hashes() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        for requirement in re.split(r"\n(?=[a-zA-Z])", text):
            if "==" in requirement:
                assert "--hash=sha256:" in requirement, requirement
        assert "://" not in text
