"""``search``, ``show`` and ``commands``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from rich.console import Console
from rich.table import Table

from bot.cli.common import catching, config_option, json_option, print_json
from bot.cli.operator import operator_request
from bot.config import load_config
from bot.domain.papers import StoredPaper, parse_key
from bot.errors import BadInput
from bot.grammar.reading import command_table

if TYPE_CHECKING:
    from bot.domain.messages import Message
    from bot.ports import Sort


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--sort", type=click.Choice(["best", "new", "votes"]), default="best", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@config_option
@json_option
@catching
async def search_command(query: tuple[str, ...], sort: str, limit: int, config_path: Path | None, as_json: bool) -> None:
    """Find papers. The words of QUERY mean what they mean in /papers search."""
    from adapters.console.render import to_panel
    from bot.app import opened
    from bot.cli.documents import paper_document
    from bot.domain.requests import Command
    from bot.query.language import parse_query
    from bot.render.answers import search_page

    parsed, order = parse_query(" ".join(query)), cast("Sort", sort)
    async with opened(load_config(config_path), apply=False) as app:
        page = await app.store.search(parsed, sort=order, limit=limit, today=app.clock.now().date())
        if as_json:
            papers = [paper_document(stored, score) for stored, score in page.hits]
            print_json({"query": parsed.canonical, "total": page.total, "more": page.more, "order": page.order, "papers": papers})
        elif page.hits:
            Console().print(to_panel(without_buttons(search_page(page, parsed, number=0, sort=order, token=""))))
        else:
            # What was probably meant, and what finds more.
            reply = await app.handler.handle(operator_request(Command(verb="search", options={"query": " ".join(query), "sort": sort})))
            Console().print(to_panel(without_buttons(reply.message)))


@click.command("show")
@click.argument("paper", metavar="ID")
@config_option
@json_option
@catching
async def show_command(paper: str, config_path: Path | None, as_json: bool) -> None:
    """One paper in full, by any id or link of it."""
    from adapters.console.render import to_panel
    from bot.app import opened
    from bot.cli.documents import full_document
    from bot.render.common import paper_message

    key = parse_key(paper) or paper.strip()
    async with opened(load_config(config_path), apply=False) as app:
        stored: StoredPaper | None = await app.store.paper(key)
        if stored is None:
            raise BadInput(f'no paper is known as "{paper}"', "papercrier search finds it by its words")
        history = await app.store.history(f"row:{stored.row}")
        if as_json:
            print_json(full_document(stored, history))
        else:
            changes = history.changes if history else ()
            Console().print(to_panel(paper_message(stored, changes=changes)))


@click.command("commands")
@json_option
def commands_command(as_json: bool) -> None:
    """Every command of the chat, as one table."""
    rows = command_table()
    if as_json:
        print_json([{"usage": usage, "summary": summary} for usage, summary in rows])
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("command", style="cyan")
    table.add_column("what it does")
    for usage, summary in rows:
        table.add_row(usage.replace("[", "\\["), summary)
    Console().print(table)


def without_buttons(message: Message) -> Message:
    """What is read at the command line: there is nothing to press."""
    return replace(
        message,
        buttons=(),
        cards=tuple(replace(card, buttons=()) for card in message.cards),
        items=tuple(replace(item, buttons=()) for item in message.items),
    )
