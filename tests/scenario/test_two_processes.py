"""One process reads the sources, another posts and answers: two commands on one file, between loopback servers."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.scenario.rig import eventually, papercrier, running
from tests.servers.arxiv import Announced, ArxivServer, Fault
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer

pytestmark = pytest.mark.slow

CHANNEL = "C0PAPERS"
READER, POSTER = ("--only", "sources"), ("--without", "sources")
TODAY = format_datetime(datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0))


@dataclass
class Town:
    slack: SlackServer
    arxiv: ArxivServer
    config: Path


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with SlackServer() as slack, ArxivServer() as arxiv:
        arxiv.announce("cs.CL", *(Announced(id=f"2604.{n:05d}", title=f"Looms and Table {n}") for n in range(1, 6)), day=TODAY)
        config = tmp_path / "papercrier.toml"
        config.write_text(
            f"""
[store]
url = "sqlite:{tmp_path / "papers.db"}"
[sources.arxiv]
categories = ["cs.CL"]
details = false
{arxiv.config}
[adapters.slack]
bot_token = "{BOT_TOKEN}"
app_token = "{APP_TOKEN}"
api_url = "{slack.api_url}"
[[channels]]
to = "slack:{CHANNEL}"
subscribe = ["Table 3"]
deliver = "instant"
"""
        )
        yield Town(slack, arxiv, config)


async def test_what_one_process_reads_the_other_posts_at_once_and_answers_with(town: Town) -> None:
    # At the same moment, on a database that is not there yet: who comes first makes it.
    async with contextlib.AsyncExitStack() as both:
        reader, poster = await asyncio.gather(*(both.enter_async_context(running(town.config, *part)) for part in (READER, POSTER)))
        await eventually(lambda: town.slack.messages(CHANNEL))
        (message,) = town.slack.messages(CHANNEL)
        assert "Looms and Table 3" in message.shown
        await town.slack.connected()
        answer = await town.slack.slash("latest 3", channel=CHANNEL)
        assert "Looms" in answer.shown
        for part, holder in ((READER, reader), (POSTER, poster), ((), poster)):
            again = await papercrier("run", *part, "--config", town.config, cwd=town.config.parent)
            assert again.code == 75 and f"process {holder.pid} " in again.err and again.err.count("\n") == 1
        poster.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(poster.wait(), 15) == 0
        alone = await papercrier("run", "--config", town.config, cwd=town.config.parent)
        assert alone.code == 75 and "run --without sources" in alone.err and f"process {reader.pid} " in alone.err
        reader.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(reader.wait(), 15) == 0


async def test_a_kill_of_either_loses_nothing_and_repeats_nothing(town: Town) -> None:
    town.arxiv.faults.append(Fault(stall=True))
    async with running(town.config, *POSTER) as poster:
        async with running(town.config, *READER) as reader:
            await eventually(lambda: town.arxiv.asked)
            reader.kill()
            await reader.wait()
        await town.slack.connected()
        assert (await town.slack.slash("help", channel=CHANNEL)).blocks, "people are answered all the same"
        town.arxiv.faults.clear()
        async with running(town.config, *READER):
            await eventually(lambda: town.slack.messages(CHANNEL))
        poster.kill()
        await poster.wait()
    town.arxiv.announce("cs.CL", Announced(id="2604.00009", title="Looms and Table 3 again"), day=TODAY)
    brought = await papercrier("ingest", "--config", town.config, "--json", cwd=town.config.parent)
    assert brought.document["new"] == 1
    async with running(town.config, *POSTER):
        await eventually(lambda: len(town.slack.messages(CHANNEL)) == 2)
    shown = [message.shown for message in town.slack.messages(CHANNEL)]
    assert ["again" in text for text in shown] == [False, True]


async def test_what_cannot_be_shared_out_is_refused(town: Town) -> None:
    none = await papercrier("run", *READER, *POSTER, "--config", town.config, cwd=town.config.parent)
    assert none.code == 2 and none.err.count("\n") == 1
    text = town.config.read_text()
    before, _, after = text.partition("[sources.arxiv]")
    town.config.write_text(before + after[after.index("[adapters.slack]") :])
    nothing = await papercrier("run", *READER, "--config", town.config, cwd=town.config.parent)
    assert nothing.code == 2 and "no source is configured" in nothing.err
