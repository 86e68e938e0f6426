"""``demo``: one day in a group's channel, without tokens and without network. Every step is the real product, only the day is invented."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.cli.common import catching, save
from bot.clock import SystemClock
from bot.domain.papers import Paper
from bot.ports import Batch

#: The morning of the invented day: the digest is due an hour later.
MORNING = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)
CHANNEL = "console:reading-group"
NAME = "#reading-group"
RULES = ('by:"Oda Brennick"', "memoriz* | unlearning | watermark*", "benchmark* | contamination | reasoning")
SEARCH = '"language models" memoriz*'


class DemoClock(SystemClock):
    """The real clock, moved to the morning of the demo's day; ``turn`` moves it on."""

    def __init__(self) -> None:
        self._shift = MORNING - super().now()

    def now(self) -> datetime:
        return super().now() + self._shift

    def turn(self, **delta: float) -> None:
        self._shift += timedelta(**delta)


@click.command("demo")
@click.option(
    "--html",
    "html",
    type=click.Path(path_type=Path),
    default=Path("out/digest.html"),
    show_default=True,
    metavar="FILE",
    help="Where to draw the digest as Slack and Discord would.",
)
@catching
async def demo_command(html: Path) -> None:
    """One day in a group's channel: no tokens, no network."""
    with tempfile.TemporaryDirectory(prefix="papercrier-demo-") as folder:
        await _play(Path(folder), html)


async def _play(folder: Path, html: Path) -> None:
    from adapters.console import ConsoleAdapter
    from adapters.console.render import to_panel
    from bot.app import opened
    from bot.cli.operator import operator_request
    from bot.config import check_config
    from bot.domain.requests import Command
    from bot.preview.page import preview_page
    from bot.services.ingest import Progress as Reading
    from bot.sources.seeds import load_demo_day

    console = Console(highlight=False)
    clock = DemoClock()
    config = check_config(
        {
            "store": {"url": f"sqlite:{folder / 'demo.db'}"},
            "channels": [
                {"to": CHANNEL, "name": NAME, "subscribe": list(RULES[:2]), "schedule": "daily 09:00", "max": 5, "fill": "unread"},
            ],
        }
    )
    console.print(_banner())
    async with opened(config, clock) as app:
        _step(
            console, 1, "The starter corpus is in the store", f"{await app.store.count_papers():,} papers, merged from four listing pages"
        )
        channel = await app.store.channel(CHANNEL, tenant=None)
        assert channel is not None  # noqa: S101 - declared just above

        _step(console, 2, f"{NAME} follows an author and two topics", f"/papers subscribe {RULES[2]}")
        for rule in RULES[:2]:
            console.print(Padding(Text(f"✓ subscribed: {rule}", style="green"), (0, 0, 0, 2)))
        ask = Command(verb="subscribe", options={"value": RULES[2], "kind": "query"})
        reply = await app.handler.handle(operator_request(ask, channel.destination))
        console.print(to_panel(reply.message))

        _step(console, 3, "A day is announced", "papercrier ingest reads it; every rule is matched on the way in")
        papers = load_demo_day()
        with Progress(
            TextColumn("  reading"), BarColumn(), MofNCompleteColumn(), TextColumn("papers"), console=console, transient=True
        ) as bar:
            task = bar.add_task("reading", total=len(papers))

            def show(reading: Reading) -> None:
                bar.update(task, completed=reading.read)

            run = await app.ingest.run(_Day(papers), watch=show)
        counts = Table.grid(padding=(0, 3))
        counts.add_row(*(Text(f"{number} {word}", style="bold") for number, word in _counts(run.read, run.new, run.merged, run.unreadable)))
        console.print(Padding(counts, (0, 0, 0, 2)))

        _step(console, 4, "09:00: the digest is due", "planned, written down, posted once")
        message = await app.digests.preview(channel)
        clock.turn(hours=1, minutes=1)
        dispatcher = app.dispatcher({"console": ConsoleAdapter(console)})
        await app.digests.plan_due()
        await dispatcher.drain()

        _step(console, 5, "Somebody searches", f"/papers search {SEARCH}")
        reply = await app.handler.handle(operator_request(Command(verb="search", options={"query": SEARCH}), channel.destination))
        console.print(to_panel(reply.message))

        _step(console, 6, "The next day brings nothing new", "the channel asks to be filled, so it gets what it has not read yet")
        clock.turn(days=1)
        await app.digests.plan_due()
        await dispatcher.drain()

        if message:
            save(html, preview_page(message, channel.destination))
        console.print(_closing(html))


class _Day:
    """The invented day as a source."""

    name = "demo"

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = papers

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        for start in range(0, len(self._papers), 4):
            part = tuple(self._papers[start : start + 4])
            yield Batch(papers=part, announced=len(part))


def _counts(read: int, new: int, merged: int, unreadable: int) -> list[tuple[int, str]]:
    return [(read, "read"), (new, "new"), (merged, "merged"), (unreadable, "unreadable")]


def _banner() -> Padding:
    title = Text("Papercrier", style="bold magenta")
    line = Text("One day in a reading group's channel. No tokens, no network; the papers of the day and their authors are invented.")
    return Padding(Group(title, line), (1, 0, 0, 0))


def _step(console: Console, number: int, title: str, detail: str) -> None:
    console.print()
    console.print(Rule(Text(f" {number}  {title} ", style="bold"), align="left", style="magenta"))
    console.print(Padding(Text(detail, style="bright_black"), (0, 0, 1, 2)))


def _closing(html: Path) -> Padding:
    return Padding(
        Group(
            Rule(style="magenta"),
            Text.assemble("The digest as Slack and Discord would draw it: ", (str(html.resolve()), "bold")),
            Text(),
            Text("Next, for your own channel:"),
            Text.assemble("  1  ", ("cp config.example.toml papercrier.toml", "bold"), "  and put your channel and its rules in"),
            Text.assemble(
                "  2  ",
                ("export SLACK_BOT_TOKEN=… SLACK_APP_TOKEN=…", "bold"),
                " or ",
                ("DISCORD_TOKEN=…", "bold"),
                "  then ",
                ("papercrier check && papercrier run", "bold"),
            ),
            Text("     (first: . .venv/bin/activate; both platforms are in the README, step by step)", style="bright_black"),
        ),
        (1, 0),
    )
