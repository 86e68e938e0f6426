"""Papers and rules as files: what somebody saved, what a query finds, and what a channel follows."""

from __future__ import annotations

import asyncio

from bot.domain.papers import Paper
from bot.domain.requests import Attachment, Command, Reply, Request
from bot.errors import BadInput
from bot.exports import EXPORTS
from bot.grammar.reading import ROOT
from bot.query.language import parse_query
from bot.render.library import exported, rules_exported
from bot.render.words import where
from bot.rule_files import rules_text
from bot.services.interactions.desk import Desk, argument, fixing, known_channel, paper_of_row
from bot.services.interactions.saved import saved_papers
from bot.services.permissions import destination

#: Papers of one file: more are for the command line.
MOST = 500


async def export(desk: Desk, request: Request, command: Command) -> Reply:
    form = command.text("format", "bibtex")
    if form == "rules":
        return await _rules(desk, request, command)
    typed = command.text("query")
    if typed:
        with fixing(command, "query"):
            query = parse_query(typed)
        page = await desk.store.search(query, sort="new", limit=MOST, today=desk.today())
        papers, total, what = [stored.paper for stored, _ in page.hits], page.total, query.shown
    else:
        saved = await saved_papers(desk, request)
        papers, total, what = [stored.paper for stored in saved[:MOST]], len(saved), "saved papers"
    if not papers:
        raise BadInput(
            f'no paper matches "{typed[:80]}"' if typed else "you have not saved a paper yet",
            f"look with {ROOT} search first" if typed else f"save some first, or name a query: {ROOT} export {form} state space models",
        )
    return await _file(form, papers, what, total)


async def export_row(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """The BibTeX entry of one paper, from the menu of its card."""
    stored = await paper_of_row(desk, argument(args, 0))
    return await _file("bibtex", [stored.paper], stored.paper.display_title, 1)


async def _file(form: str, papers: list[Paper], what: str, total: int) -> Reply:
    kind = EXPORTS[form]
    text = await asyncio.to_thread(kind.write, papers)
    file = Attachment(name=f"papers.{kind.ending}", content=text.encode(), media_type=kind.media_type)
    return Reply(message=exported(len(papers), what, total=total, text=text if len(papers) == 1 else ""), files=(file,))


async def _rules(desk: Desk, request: Request, command: Command) -> Reply:
    to = destination(request, command.text("to", "here"))
    channel = await known_channel(desk, to)
    muted = await desk.store.mutes(to, at=desk.clock.now())
    if channel is None and not muted:
        raise BadInput(
            f"nothing is posted to {where(to)} yet", f"subscribe to something first, for example {ROOT} subscribe author Robin Jia"
        )
    held = await desk.store.subscriptions(to)
    content = rules_text([channel] if channel else [], held, muted).encode()
    file = Attachment(name="rules.toml", content=content, media_type="application/toml")
    return Reply(message=rules_exported(len(held), len(muted), where(to)), files=(file,))
