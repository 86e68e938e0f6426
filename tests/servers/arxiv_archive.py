"""What the loopback arXiv knows of past days: its listing pages, and its records by the day of their last change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol
from xml.sax.saxutils import escape


class Listed(Protocol):
    """A paper as the server knows it."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def authors(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def type(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def comment(self) -> str: ...
    @property
    def published(self) -> str: ...
    @property
    def updated(self) -> str: ...


@dataclass
class Archive:
    """``days``: category, then day, then what was announced on it. ``hidden``: (category, day) that listing pages leave out."""

    days: dict[str, dict[date, list[Listed]]] = field(default_factory=dict)
    hidden: set[tuple[str, date]] = field(default_factory=set)
    #: Records of a page of OAI-PMH.
    page: int = 1000
    #: Tokens that were given out and are not accepted any more.
    expired: bool = False

    def add(self, category: str, day: date, papers: Iterable[Listed]) -> None:
        self.days.setdefault(category, {}).setdefault(day, []).extend(papers)

    def listing(self, category: str) -> str:
        days = [day for day in sorted(self.days.get(category, {}), reverse=True) if (category, day) not in self.hidden]
        parts = []
        for day in days[:5]:
            papers = [paper for paper in self.days[category][day] if not paper.type.startswith("replace")]
            if not papers:
                continue
            entries = "".join(
                f'<dt><a name=\'item{number}\'>[{number}]</a> <a href ="/abs/{paper.id}" title="Abstract" id="{paper.id}">'
                f"arXiv:{paper.id}</a>{f' (cross-list from {paper.categories[0]})' if paper.type == 'cross' else ''}</dt>"
                f"<dd><div class='meta'><div class='list-title'>{escape(paper.title)}</div></div></dd>"
                for number, paper in enumerate(papers, 1)
            )
            parts.append(f"<h3>{day:%a, %-d %b %Y} (showing {len(papers)} of {len(papers)} entries )</h3>{entries}")
        return f"<html><body><h1>Invented listing</h1><h2>Of {category}</h2><dl id='articles'>{''.join(parts)}</dl></body></html>"

    def harvest(self, query: Mapping[str, str]) -> str:
        """The answer to a ListRecords question."""
        if token := query.get("resumptionToken"):
            if self.expired:
                return _oai('<error code="badResumptionToken">the token has expired</error>')
            since, until, wanted, start = token.split("|")
        else:
            since, until, wanted, start = query.get("from", ""), query.get("until", ""), query.get("set", ""), "0"
        records = {}
        for category, days in self.days.items():
            if wanted and not wanted.endswith(category.replace(".", ":")):
                continue
            for day, papers in days.items():
                if (since or "0") <= day.isoformat() <= (until or "9"):
                    records |= {paper.id: (day, paper) for paper in papers}
        ordered = sorted(records.values(), key=lambda one: (one[0], one[1].id))
        if not ordered:
            return _oai('<error code="noRecordsMatch">nothing matches</error>')
        first = int(start)
        page = "".join(_record(day, paper) for day, paper in ordered[first : first + self.page])
        more = first + self.page < len(ordered)
        token = f"{since}|{until}|{wanted}|{first + self.page}" if more else ""
        return _oai(f"<ListRecords>{page}<resumptionToken>{token}</resumptionToken></ListRecords>")


def _record(day: date, paper: Listed) -> str:
    people = "".join(
        f"<author><keyname>{escape(name.rpartition(' ')[2])}</keyname><forenames>{escape(name.rpartition(' ')[0])}</forenames></author>"
        for name in paper.authors
    )
    updated = f"<updated>{paper.updated[:10]}</updated>" if paper.version > 1 else ""
    return f"""<record><header><identifier>oai:arXiv.org:{paper.id}</identifier><datestamp>{day}</datestamp></header>
<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{paper.id}</id><created>{paper.published[:10]}</created>{updated}
<authors>{people}</authors><title>{escape(paper.title)}</title><categories>{" ".join(paper.categories)}</categories>
<comments>{escape(paper.comment)}</comments><abstract>{escape(paper.abstract)}</abstract></arXiv></metadata></record>"""


def _oai(inside: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-04-22T03:00:00Z</responseDate>{inside}</OAI-PMH>"""
