"""The manifest asks for what the code uses, and for nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import adapters.slack
from adapters.slack.inbound import EVENTS, LOOK_UP
from adapters.slack.settings import SlackSettings
from bot.secret import Secret
from tests.servers.slack import MORE_SCOPES, SCOPES

MANIFEST = (Path(adapters.slack.__file__).parent / "manifest.yaml").read_text(encoding="utf-8")


def _with(*marks: str) -> str:
    """The manifest with the lines of these marks taken in."""
    text = re.sub(rf"^#({'|'.join(marks)})(?= )", "", MANIFEST, flags=re.MULTILINE) if marks else MANIFEST
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _listed(text: str, key: str) -> list[str]:
    """The items below a key, as YAML lists them."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip().partition("#")[0].strip() == f"{key}:")
    depth = len(lines[start]) - len(lines[start].lstrip())
    found = []
    for line in lines[start + 1 :]:
        if len(line) - len(line.lstrip()) <= depth:
            break
        found.append(line.strip(" -").partition(" #")[0].strip())
    return found


def test_it_asks_for_exactly_the_scopes_that_are_used() -> None:
    assert sorted(_listed(_with(), "bot")) == sorted(SCOPES)
    assert sorted(_listed(_with("votes", "links"), "bot")) == sorted([*SCOPES, *MORE_SCOPES])
    assert set(_listed(_with("votes"), "bot")) - set(SCOPES) == {"reactions:read"}


def test_it_subscribes_to_exactly_the_events_that_are_heard() -> None:
    assert sorted(name.partition(".")[0] for name in _listed(_with("votes", "links"), "bot_events")) == sorted(EVENTS)
    assert _listed(_with(), "bot_events") == ["app_home_opened", "app_mention", "message.im"]


def test_it_names_the_shortcut_and_the_command_as_the_code_does() -> None:
    assert f"callback_id: {LOOK_UP}" in _listed(_with(), "shortcuts")
    assert len("Look up papers") <= 24 and "name: Look up papers" in _listed(_with(), "shortcuts")
    command = SlackSettings(bot_token=Secret("x")).command
    assert _listed(_with(), "slash_commands")[0] == f"command: {command}"


def test_it_switches_on_what_forms_pages_and_the_socket_need() -> None:
    for line in ("home_tab_enabled: true", "messages_tab_enabled: true", "socket_mode_enabled: true", "is_enabled: true"):
        assert line in MANIFEST


def test_previews_are_for_the_places_papers_are_linked_from() -> None:
    assert _listed(_with("links"), "unfurl_domains") == ["arxiv.org", "doi.org", "openreview.net", "huggingface.co"]
