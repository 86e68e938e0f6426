"""A message that somebody wrote: the papers it names, what the group knows of them, and where they were posted before."""

from __future__ import annotations

from bot.domain.papers import StoredPaper
from bot.domain.requests import Lookup, Reply, Request
from bot.errors import BadInput
from bot.grammar.reading import ROOT
from bot.render.library import Posted, looked_up
from bot.services.interactions.desk import Desk, paper_of_key, reader_of
from bot.services.interactions.votes import paper_rows
from bot.text.pasted import pasted_keys


async def look_up(desk: Desk, request: Request, asked: Lookup) -> Reply:
    """A card for each paper, at most five. One that is not in the library yet is asked for where such papers are known."""
    keys = pasted_keys(asked.text)
    if not keys:
        raise BadInput(
            "no paper is named in this message",
            f"links to arXiv, DOIs, OpenReview and Hugging Face papers are understood; {ROOT} search finds papers by words",
        )
    found: list[StoredPaper] = []
    unknown: list[str] = []
    for key in keys:
        stored = await paper_of_key(desk, key)
        if stored is None:
            unknown.append(key)
        elif stored.row not in {one.row for one in found}:
            found.append(stored)
    posted = {stored.row: one for stored in found if (one := await _posted(desk, request, stored.row))}
    return Reply(message=looked_up(found, posted, unknown, reader=await reader_of(desk, request)))


async def _posted(desk: Desk, request: Request, row: int) -> Posted | None:
    """When the paper was posted here, and where that post can be opened."""
    covered = (await desk.store.record(request.place, row)).covered
    if covered is None or not covered.shown:
        return None
    sent = [one for one in covered.deliveries if one.remote_id]
    about = [one for one in sent if row in paper_rows(one.message)] or sent[:1]
    link = desk.link(request.place, about[0].remote_id, about[0].parent) if about else ""
    return Posted(at=covered.at, link=link)
