"""Domain types as the JSON documents of ``--json``. Their shape is a promise: fields are added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.coverage import Coverage
from bot.domain.deliveries import Delivery
from bot.domain.history import History
from bot.domain.papers import StoredPaper
from bot.domain.subscriptions import Channel, Subscription
from bot.ports import SourceRun
from bot.render.status import StatusReport
from bot.text.summary import summarise


def paper_document(stored: StoredPaper, score: float | None = None) -> dict[str, Any]:
    paper = stored.paper
    document: dict[str, Any] = {
        "id": paper.key,
        "title": paper.title,
        "authors": [author.name for author in paper.authors],
        "url": paper.url,
        "categories": list(paper.categories),
        "submitted": paper.submitted.isoformat() if paper.submitted else None,
        "summary": summarise(paper),
        "links": [{"kind": link.kind.value, "url": link.url} for link in paper.links],
        "votes": paper.votes,
    }
    if score is not None:
        document["score"] = round(score, 6)
    return document


def full_document(stored: StoredPaper, history: History | None = None) -> dict[str, Any]:
    """Everything that is known about one paper, and where it comes from."""
    paper = stored.paper
    document = {
        **paper_document(stored),
        "keys": list(paper.keys),
        "abstract": paper.abstract,
        "author_count": paper.author_count,
        "more_authors": paper.more_authors,
        "organisations": list(paper.organisations),
        "keywords": list(paper.keywords),
        "updated": paper.updated.isoformat() if paper.updated else None,
        "announced": paper.announced.isoformat() if paper.announced else None,
        "announce_type": paper.announce_type.value if paper.announce_type else None,
        "version": paper.version,
        "comment": paper.comment,
        "journal_ref": paper.journal_ref,
        "withdrawn": paper.withdrawn,
        "sources": list(stored.sources),
        "first_seen": stored.first_seen.isoformat(),
    }
    return document if history is None else {**document, "history": history_document(history)}


def history_document(history: History) -> dict[str, Any]:
    return {
        "sources": [{"source": source, "first_seen": at.isoformat()} for source, at in history.sources],
        "records": [
            {"source": one.source, "key": one.key, "first_seen": one.first_seen.isoformat(), "title": one.title} for one in history.records
        ],
        "given_by": {field: list(sources) for field, sources in history.provenance},
        "changes": [
            {
                "kind": one.kind.value,
                "at": one.at.isoformat(),
                "source": one.source,
                "before": one.before,
                "after": one.after,
                "day": one.day.isoformat() if one.day else None,
            }
            for one in history.changes
        ],
    }


def run_document(runs: Sequence[SourceRun]) -> dict[str, Any]:
    """What reading brought: over all the sources read, and source by source."""
    return {**_counts(runs), "sources": [source_document(run) for run in runs]}


def source_document(run: SourceRun) -> dict[str, Any]:
    """What the last reading of one source brought."""
    return {
        "source": run.source,
        "finished_at": run.finished_at.isoformat(),
        "announced": run.announced,
        **_counts([run]),
        "error": run.error or None,
    }


def _counts(runs: Sequence[SourceRun]) -> dict[str, Any]:
    return {
        "read": sum(run.read for run in runs),
        "new": sum(run.new for run in runs),
        "merged": sum(run.merged for run in runs),
        "changed": sum(run.changed for run in runs),
        "unreadable": sum(run.unreadable for run in runs),
        "problems": [problem for run in runs for problem in run.problems] + [run.error for run in runs if run.error],
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def coverage_document(days: Sequence[Coverage]) -> list[dict[str, Any]]:
    """One object for each source, category and announcement day."""
    return [
        {
            "source": one.source,
            "category": one.category,
            "day": one.day.isoformat(),
            "state": one.state.value,
            "announced": one.announced,
            "fetched": one.fetched,
            "new": one.new,
            "merged": one.merged,
            "unreadable": one.unreadable,
            "looked_at": one.looked_at.isoformat(),
            "next_look": _moment(one.next_look),
            "note": one.note or None,
            "repaired_at": one.repaired_at.isoformat() if one.repaired_at else None,
        }
        for one in days
    ]


def subscription_document(subscription: Subscription) -> dict[str, Any]:
    return {
        "number": subscription.number,
        "to": subscription.destination.key,
        "query": subscription.query,
        "kind": subscription.kind,
    }


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "to": delivery.destination.key,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "heading": delivery.message.heading,
        "papers": len(delivery.message.cards),
        "kind": delivery.kind,
        "about": delivery.about or None,
        "parent": delivery.parent or None,
        "remote_id": delivery.remote_id or None,
        "error": delivery.error or None,
        "created_at": _moment(delivery.created_at),
        "first_attempt_at": _moment(delivery.first_attempt_at),
        "attempt_at": _moment(delivery.attempt_at),
        "not_before": _moment(delivery.not_before),
    }


def channel_document(channel: Channel) -> dict[str, Any]:
    settings = channel.settings
    return {
        "to": channel.destination.key,
        "name": channel.destination.name,
        "schedule": str(settings.schedule),
        "timezone": settings.schedule.zone,
        "max": settings.maximum,
        "style": settings.style,
        "fill": settings.fill,
        "deliver": settings.deliver,
        "types": list(settings.types),
        "next_at": channel.next_at.isoformat() if channel.next_at else None,
        "paused": channel.paused or None,
        "origin": channel.origin,
    }


def status_document(report: StatusReport) -> dict[str, Any]:
    return {
        "papers": report.papers,
        "subscriptions": report.subscriptions,
        "sources": [
            {**source_document(run), "next_look": _moment(report.next_look(run)), "unread": report.unread(run)} for run in report.runs
        ],
        "coverage": coverage_document(report.coverage),
        "deliveries": {state.value: count for state, count in report.deliveries.items()},
        "channels": [channel_document(channel) for channel in report.channels],
    }
