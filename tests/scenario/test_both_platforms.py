"""From announcement to posts and answers: one real process between a loopback arXiv, Slack and Discord."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.grammar.reading import COMMANDS
from tests.scenario.rig import eventually, papercrier, running
from tests.servers.arxiv import Announced, ArxivServer
from tests.servers.discord import Answer, DiscordServer
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.servers.slack_parts import Posted, status

pytestmark = pytest.mark.slow

#: Called #papers on both sides, so that both say the same.
SLACK_CHANNEL = "C0PAPERS"

#: A line for each verb that must be answered on both platforms with the same heading.
LINES: dict[str, dict[str, str | int]] = {
    "search": {"query": "transformers"},
    "latest": {"count": 3},
    "today": {},
    "unread": {},
    "show": {"paper": "arxiv:2604.00001"},
    "similar": {"paper": "arxiv:2604.00001"},
    "subscribe": {"value": "Grace Hopper", "kind": "author"},
    "edit": {"rule": "#2", "max": "5"},
    "unsubscribe": {"rule": "#2"},
    "mute": {"value": "survey", "kind": "word", "until": "7d"},
    "mutes": {},
    "unmute": {"mute": "#1"},
    "subscriptions": {},
    "rehearse": {"query": "transformers", "days": 30},
    "schedule": {"when": "mon-fri 10:00", "tz": "Europe/Berlin"},
    "pause": {},
    "resume": {},
    "settings": {"max": 7},
    "preview": {},
    "why": {"paper": "arxiv:2604.00001"},
    "save": {"paper": "arxiv:2604.00001"},
    "saved": {},
    "unsave": {"paper": "arxiv:2604.00001"},
    "top": {"days": "7d"},
    "trend": {"query": "transformers", "months": 6},
    "export": {"format": "bibtex", "query": "transformers"},
    "notes": {"switch": "on"},
    "privacy": {"what": "show"},
    "read": {"paper": "all"},
    "status": {},
    "help": {},
}


#: Feeds are read by a process that lives now: what was announced long ago would be no news to it.
TODAY = format_datetime(datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0))


@dataclass
class Town:
    slack: SlackServer
    discord: DiscordServer
    arxiv: ArxivServer
    folder: Path
    config: Path

    @property
    def database(self) -> Path:
        return self.folder / "papers.db"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with SlackServer() as slack, DiscordServer() as discord, ArxivServer() as arxiv:
        arxiv.announce(
            "cs.CL",
            *(
                Announced(
                    id=f"2604.{number:05d}",
                    title=f"Transformers Reading Table {number}",
                    authors=("Ada Lovelace", "Grace Hopper"),
                    abstract=f"We read table {number} with transformers & find <b>nothing</b> @everyone needs. It takes {number} minutes.",
                )
                for number in range(1, 13)
            ),
            day=TODAY,
        )
        config = tmp_path / "papercrier.toml"
        config.write_text(
            f"""
[store]
url = "sqlite:{tmp_path / "papers.db"}"
[adapters.slack]
bot_token = "{BOT_TOKEN}"
app_token = "{APP_TOKEN}"
api_url = "{slack.api_url}"
[adapters.discord]
token = "{discord.token}"
api_url = "{discord.api_url}"
gateway_url = "{discord.gateway_url}"
[sources.arxiv]
categories = ["cs.CL"]
{arxiv.config}
[[channels]]
to = "slack:{SLACK_CHANNEL}"
subscribe = ["transformers"]
[[channels]]
to = "discord:{discord.channel}"
subscribe = ['by:"Ada Lovelace"']
"""
        )
        yield Town(slack, discord, arxiv, tmp_path, config)


async def test_an_announced_day_is_posted_to_both_once_even_over_a_kill(town: Town) -> None:
    brought = await papercrier("ingest", "--config", town.config, "--json", cwd=town.folder)
    assert (brought.code, brought.document["read"], brought.document["new"]) == (0, 12, 12), brought.err
    async with running(town.config) as process:
        for to in (f"slack:{SLACK_CHANNEL}", f"discord:{town.discord.channel}"):
            sent = await papercrier("digest", "--to", to, "--config", town.config, "--json", cwd=town.folder)
            assert sent.code == 0 and set(sent.document["states"]) == {"sent"}, sent.err
        process.kill()
    (slack,), (discord,) = town.slack.messages(SLACK_CHANNEL), town.discord.messages(town.discord.channel)
    assert "Transformers Reading Table" in slack.shown
    assert len(discord["embeds"]) == 10
    async with running(town.config):
        for to in (f"slack:{SLACK_CHANNEL}", f"discord:{town.discord.channel}"):
            again = await papercrier("digest", "--to", to, "--config", town.config, "--json", cwd=town.folder)
            assert again.document["messages"] == 0
    assert len(town.slack.messages(SLACK_CHANNEL)) == len(town.discord.messages(town.discord.channel)) == 1


async def test_a_recorded_day_of_arxiv_is_posted_to_both(town: Town, test_data: Path) -> None:
    recorded = (test_data / "sources/arxiv_rss/reconstructed_rss2_2026-04-23.xml").read_bytes()
    town.arxiv.feeds["cs.CL"] = recorded.replace(b"Thu, 23 Apr 2026 00:00:00 -0400", TODAY.encode())
    text = town.config.read_text().replace('["transformers"]', '["language model"]').replace('by:"Ada Lovelace"', "agent* | reasoning")
    town.config.write_text(text.replace("[sources.arxiv]", "[sources.arxiv]\ndetails = false"))
    brought = await papercrier("ingest", "--config", town.config, "--json", cwd=town.folder)
    assert brought.document["read"] > 100 and brought.document["unreadable"] == 0
    async with running(town.config):
        for to in (f"slack:{SLACK_CHANNEL}", f"discord:{town.discord.channel}"):
            sent = await papercrier("digest", "--to", to, "--config", town.config, "--json", cwd=town.folder)
            assert sent.code == 0 and set(sent.document["states"]) == {"sent"}, sent.err
    assert "Show the rest" in town.slack.messages(SLACK_CHANNEL)[0].shown
    assert len(town.discord.messages(town.discord.channel)[0]["embeds"]) == 10


async def test_every_command_is_answered_on_both_platforms_with_the_same_words(town: Town) -> None:
    assert set(LINES) == {spec.verb for spec in COMMANDS}, "each verb of the table has its line here"
    await papercrier("ingest", "--config", town.config, cwd=town.folder)
    async with running(town.config):
        await town.slack.connected()
        await town.discord.commands()
        for verb, options in LINES.items():
            typed = " ".join([verb, *(_typed(name, value) for name, value in options.items())])
            on_slack = await town.slack.slash(typed, channel=SLACK_CHANNEL)
            on_discord = await town.discord.slash(verb, channel=town.discord.channel, **options)
            assert heading_of_slack(on_slack) == heading_of_discord(on_discord), verb


def _typed(name: str, value: str | int) -> str:
    """An option as people type it: the main one bare, the others with their names."""
    return str(value) if name in ("query", "value", "paper", "rule", "mute") else f"{name}:{value}"


def heading_of_slack(posted: Posted) -> str:
    assert posted.blocks, posted
    return next((str(block["text"]["text"]) for block in posted.blocks if block["type"] == "header"), "")


def heading_of_discord(answer: Answer) -> str:
    """The first line without its marks: size, weight, sign and escapes."""
    assert answer.message, answer
    return re.sub(r"[\\*]", "", str(answer.message["content"]).partition("\n")[0]).lstrip("#✅⚠️❌ ")


async def test_a_second_run_is_refused_and_names_the_first(town: Town) -> None:
    async with running(town.config) as process:
        second = await papercrier("run", "--config", town.config, cwd=town.folder)
        assert second.code == 75
        assert str(process.pid) in second.err and second.err.count("\n") == 1


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_wrong_token_ends_the_process_at_once_with_what_to_do(town: Town, platform: str) -> None:
    wrong = {"slack": {"SLACK_BOT_TOKEN": "xoxb-wrong-canary"}, "discord": {"DISCORD_TOKEN": "wrong.discord.canary"}}[platform]
    town.slack.dead_tokens["xoxb-wrong-canary"] = "invalid_auth"
    ended = await papercrier("run", "--config", town.config, cwd=town.folder, timeout=20, **wrong)
    assert ended.code == 1
    last = ended.err.strip().splitlines()[-1]
    assert last.startswith("papercrier: ") and platform.upper() in last.upper()
    assert "canary" not in ended.err + ended.out


async def test_instant_papers_are_posted_when_a_reading_finds_them(town: Town) -> None:
    town.config.write_text(town.config.read_text().replace('subscribe = ["transformers"]', 'subscribe = ["Table 7"]\ndeliver = "instant"'))
    async with running(town.config):
        await eventually(lambda: town.slack.messages(SLACK_CHANNEL))
        await asyncio.sleep(0)
        (message,) = town.slack.messages(SLACK_CHANNEL)
        assert "Table 7" in message.shown and "@everyone" in message.shown


async def test_a_platform_that_is_away_at_the_start_is_served_when_it_comes(town: Town) -> None:
    town.slack.script("auth.test", *(status(503) for _ in range(2)))
    await papercrier("ingest", "--config", town.config, cwd=town.folder)
    async with running(town.config):
        to = f"discord:{town.discord.channel}"
        sent = await papercrier("digest", "--to", to, "--config", town.config, "--json", cwd=town.folder)
        assert set(sent.document["states"]) == {"sent"}, "the other platform does not wait"
        to = f"slack:{SLACK_CHANNEL}"
        sent = await papercrier("digest", "--to", to, "--config", town.config, "--json", cwd=town.folder)
        assert set(sent.document["states"]) == {"sent"}
