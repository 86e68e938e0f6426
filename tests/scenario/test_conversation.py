"""A conversation as people have it, on both platforms with the same words: subscribe by form, rehearse, a digest arrives, why, mute, save,
export, undo. One real process between a loopback arXiv, Slack and Discord."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from tests.scenario.rig import eventually, papercrier, running
from tests.scenario.screens import Screens
from tests.scenario.test_both_platforms import SLACK_CHANNEL, Town, town
from tests.servers.discord import Answer, DiscordServer
from tests.servers.slack import SlackServer
from tests.servers.slack_parts import Posted

pytestmark = pytest.mark.slow
__all__ = ["town"]
#: What somebody who likes one author asks for in the form.
WANTED = {"kind": "author", "value": "Grace Hopper"}


@dataclass
class Seen:
    """What somebody sees: its words, and how to press what stands there by its label."""

    text: str
    #: Label and action.
    pressable: list[tuple[str, str]]
    told: Any

    def action(self, label: str) -> str:
        found = [action for shown, action in self.pressable if shown.startswith(label)]
        assert found, f"no {label!r} among {self.pressable}"
        return found[0]


class Person(Protocol):
    platform: str
    to: str

    async def type(self, verb: str, caption: str, **options: str | int) -> Seen: ...
    async def fill(self, caption: str, **values: str) -> Seen: ...
    async def press(self, seen: Seen, action: str, caption: str) -> Seen: ...
    def posts(self) -> list[Seen]: ...
    def files(self, seen: Seen) -> list[str]: ...


class OnSlack:
    platform, to = "slack", f"slack:{SLACK_CHANNEL}"

    def __init__(self, server: SlackServer, screens: Screens) -> None:
        self.server, self.screens = server, screens

    async def type(self, verb: str, caption: str, **options: str | int) -> Seen:
        named = [
            str(value) if name in ("query", "value", "paper", "format", "kind") else f"{name}:{value}" for name, value in options.items()
        ]
        return self._seen(await self.server.slash(" ".join([verb, *named]), channel=SLACK_CHANNEL), caption)

    async def fill(self, caption: str, **values: str) -> Seen:
        view = await self.server.asks_form("subscribe", channel=SLACK_CHANNEL)
        await self.server.fill(view, "kind", values["kind"])
        await self.server.look_up(view, "value", values["value"], values["value"])
        assert "paper" in view.estimate, "it says what that would have brought"
        self.screens.form("slack", caption, view.content, values)
        sent = await self.server.submit(view)
        assert sent.errors == {} and sent.answer
        return self._seen(sent.answer, f"{caption}: sent")

    async def press(self, seen: Seen, action: str, caption: str) -> Seen:
        return self._seen(await self.server.press(seen.told, action), caption)

    def posts(self) -> list[Seen]:
        return [self._seen(posted, "") for posted in self.server.messages(SLACK_CHANNEL)]

    def files(self, seen: Seen) -> list[str]:
        """A private answer can hold no file: those come by direct message."""
        return [one.name for posted in self.server.messages("@U7") for one in posted.files]

    def _seen(self, posted: Posted, caption: str) -> Seen:
        if caption:
            self.screens.message("slack", caption, posted.blocks)
        return Seen(posted.shown, list(posted.actions.items()), posted)


class OnDiscord:
    platform = "discord"

    def __init__(self, server: DiscordServer, screens: Screens) -> None:
        self.server, self.screens = server, screens
        self.to = f"discord:{server.channel}"

    async def type(self, verb: str, caption: str, **options: str | int) -> Seen:
        return self._answered(await self.server.slash(verb, channel=self.server.channel, **options), caption)

    async def fill(self, caption: str, **values: str) -> Seen:
        opened = await self.server.slash("subscribe", channel=self.server.channel)
        assert opened.form, "the form is the answer"
        self.screens.form("discord", caption, opened.form, values)
        return self._answered(await self.server.submit(opened, **values), f"{caption}: sent")

    async def press(self, seen: Seen, action: str, caption: str) -> Seen:
        return self._answered(await self.server.choose(seen.told["id"], action), caption)

    def posts(self) -> list[Seen]:
        return [self._seen(message, "") for message in self.server.messages(self.server.channel)]

    def files(self, seen: Seen) -> list[str]:
        return [one["filename"] for one in seen.told.get("attachments", [])]

    def _answered(self, answer: Answer, caption: str) -> Seen:
        return self._seen(answer.message, caption)

    def _seen(self, message: dict[str, Any], caption: str) -> Seen:
        if caption:
            self.screens.message("discord", caption, message)
        embeds = message.get("embeds", [])
        text = "\n".join([message.get("content", ""), *(f"{one.get('title', '')}\n{one.get('description', '')}" for one in embeds)])
        parts = [part for row in message.get("components", []) for part in row["components"]]
        buttons = [part for part in parts if part["type"] == 2 and part.get("custom_id")]
        pressable = [(part["label"], part["custom_id"].partition(":")[2].partition("#")[0]) for part in buttons]
        pressable += [(option["label"], option["value"]) for part in parts for option in part.get("options", ())]
        return Seen(text, pressable, message)


async def test_a_group_finds_its_way_on_both_platforms(town: Town) -> None:
    screens = Screens()
    brought = await papercrier("ingest", "--config", town.config, "--json", cwd=town.folder)
    assert brought.document["new"] == 12, brought.err
    people: list[Person] = [OnSlack(town.slack, screens), OnDiscord(town.discord, screens)]
    async with running(town.config):
        await town.slack.connected()
        await town.discord.commands()
        for person in people:
            await converse(person, town)
    page = screens.keep()
    assert page is None or page.stat().st_size > 10_000


async def converse(person: Person, town: Town) -> None:
    # Subscribe by form.
    seen = await person.fill("Subscribe by form", **WANTED)
    assert "Grace Hopper" in seen.text and seen.action("Undo")

    # Rehearse before another rule.
    seen = await person.type("rehearse", "Rehearse", query="transformers", days=365)
    assert "12 papers" in seen.text and seen.action("Subscribe to this")

    # A digest arrives.
    before = len(person.posts())
    sent = await papercrier("digest", "--to", person.to, "--config", town.config, "--json", cwd=town.folder)
    assert set(sent.document["states"]) == {"sent"}, sent.err
    await eventually(lambda: len(person.posts()) > before)
    digest = person.posts()[-1]
    assert "Transformers Reading Table" in digest.text
    _draw(person, digest, "The digest")

    # Why was this paper posted?
    seen = await person.type("why", "Why", paper="arxiv:2604.00012")
    assert "Transformers Reading Table 12" in seen.text and "posted" in seen.text.casefold()

    # Not that word again; and undone.
    seen = await person.type("mute", "Mute", kind="word", value="table")
    seen = await person.press(seen, seen.action("Undo"), "Undo")
    seen = await person.type("mutes", "Mutes")
    assert "table" not in seen.text.casefold()

    # Save from the digest's card, export what was saved.
    saving = next(action for _, action in digest.pressable if action.startswith("save:"))
    seen = await person.press(digest, saving, "Save")
    assert "saved" in seen.text.casefold()
    seen = await person.type("export", "Export", format="bibtex")
    await eventually(lambda: "papers.bib" in person.files(seen))
    seen = await person.type("privacy", "Privacy")
    assert "kept about you" in seen.text


def _draw(person: Person, digest: Seen, caption: str) -> None:
    draw: Callable[..., None] = person.screens.message  # type: ignore[attr-defined]
    draw(person.platform, caption, digest.told.blocks if person.platform == "slack" else digest.told)
