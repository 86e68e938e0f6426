"""Counts over time as pictures: papers per month for one or more queries, and a rehearsal day by day."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from bot.domain.queries import Query
from bot.domain.requests import Attachment, Command, Reply, Request
from bot.errors import BadInput, PapercrierError
from bot.grammar.reading import ROOT
from bot.ports import MOST_SERIES, Chart, Series
from bot.query.language import parse_query
from bot.render.trend import chart_in_words, rehearsal_picture, trend_message
from bot.services.interactions.desk import Desk, argument, fixing
from bot.services.interactions.search import REHEARSAL_DAYS, query_of, rehearsal_of

log = logging.getLogger(__name__)

MONTHS, MOST_MONTHS = 24, 240


async def trend(desk: Desk, request: Request, command: Command) -> Reply:
    """Papers per month, this one included, for each of the queries that ``|`` parts."""
    months = command.number("months", MONTHS)
    if not 2 <= months <= MOST_MONTHS:
        raise BadInput(f"{months} months is out of range", f"ask for 2 to {MOST_MONTHS}, for example months:24")
    with fixing(command, "query"):
        queries = [parse_query(part) for part in split_queries(command.text("query"))]
    if len(queries) > MOST_SERIES:
        raise BadInput(
            f"{len(queries)} lines in one picture cannot be told apart",
            f"compare {MOST_SERIES} at most; put an OR in parentheses: {ROOT} trend (a | b) | c",
        )
    spans = list(_months(desk.today(), months))
    series = tuple([await _series(desk, query, spans) for query in queries])
    total = await desk.store.count_papers()
    chart = Chart(
        title=" | ".join(query.shown for query in queries),
        unit="papers per month",
        series=series,
        source=f"{total:,} papers in the library",
    )
    return await _painted(desk, chart, Reply(message=trend_message(chart)))


async def picture(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """The rehearsal of a remembered search as a picture."""
    days = argument(args, 1)
    rehearsal = await rehearsal_of(desk, await query_of(desk, argument(args, 0)), days=int(days) if days.isdecimal() else REHEARSAL_DAYS)
    days_shown = [rehearsal.first + timedelta(days=offset) for offset in range((rehearsal.last - rehearsal.first).days + 1)]
    points = tuple((day, rehearsal.days.get(day, 0)) for day in days_shown)
    chart = Chart(
        title=rehearsal.query, unit="papers a day", kind="bars", series=(Series(name=rehearsal.query, points=points),), source="rehearsed"
    )
    return await _painted(desk, chart, Reply(message=rehearsal_picture(rehearsal)))


async def _painted(desk: Desk, chart: Chart, reply: Reply) -> Reply:
    """``reply`` with the picture; without it, and as good in words, when it cannot be drawn."""
    if desk.painter is None:
        return reply
    try:
        content = await desk.painter.paint(chart)
    except PapercrierError as error:
        log.warning("an answer goes without its picture", extra={"error": str(error)})
        return reply
    alt = chart_in_words(chart)
    return Reply(message=reply.message, files=(Attachment(name="trend.png", content=content, media_type="image/png", alt=alt),))


async def _series(desk: Desk, query: Query, months: list[date]) -> Series:
    per_day = await desk.store.histogram(query, since=months[0], today=desk.today())
    return Series(name=query.shown, points=tuple(_per_month(per_day, months)))


def _per_month(per_day: Mapping[date, int], months: list[date]) -> Iterator[tuple[date, int]]:
    counts = dict.fromkeys(months, 0)
    for day, count in per_day.items():
        first = day.replace(day=1)
        if first in counts:
            counts[first] += count
    return iter(counts.items())


def _months(today: date, number: int) -> Iterator[date]:
    """The first days of the last months, this one last."""
    last = today.year * 12 + today.month - 1
    for index in range(last - number + 1, last + 1):
        yield date(index // 12, index % 12 + 1, 1)


def split_queries(text: str) -> list[str]:
    """The queries that a ``|`` outside quotes and parentheses parts."""
    parts, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character in '"“”'
        depth += (character == "(") - (character == ")") if not quoted else 0
        if character == "|" and depth <= 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()] or [text]
