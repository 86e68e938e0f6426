"""Writes what is generated in the documents. ``python -m tests.readme`` renews it; a test fails when something is stale."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from adapters.discord.outcomes import ANSWERS as DISCORD_ANSWERS
from adapters.slack.answers import OUTCOMES as SLACK_OUTCOMES
from bot.config_sources import SourcesTable
from bot.domain.deliveries import TRANSITIONS, Outcome
from bot.grammar.reading import command_table
from bot.sources.registry import KINDS

ROOT = Path(__file__).parent.parent


def commands() -> str:
    """The table of commands."""
    return _table(("command", "what it does"), [(f"`{usage}`", summary) for usage, summary in command_table()])


def transitions() -> str:
    """The moves that the store allows."""
    rows = [
        (f"`{state}`", ", ".join(f"`{to}`" for to in sorted(moves)) or "nowhere: it is settled") for state, moves in TRANSITIONS.items()
    ]
    return _table(("from", "to"), rows)


def outcomes() -> str:
    """What Slack's error words and Discord's status and code mean for a post."""
    discord: dict[Outcome, list[str]] = {}
    for (status, code), outcome in DISCORD_ANSWERS.items():
        discord.setdefault(outcome, []).append(f"{status}/{code}" if code else f"{status}")
    slack: dict[Outcome, list[str]] = {}
    for word, outcome in SLACK_OUTCOMES.items():
        slack.setdefault(outcome, []).append(word)

    def listed(codes: list[str]) -> str:
        return ", ".join(f"`{code}`" for code in codes) or "-"

    rows = [(f"`{outcome}`", listed(discord.get(outcome, [])), listed(slack.get(outcome, []))) for outcome in Outcome]
    return _table(("outcome", "Discord", "Slack"), rows)


def sources() -> str:
    """What is read, and how often unless the configuration says otherwise."""
    rows = [
        (f"**{kind.title}**" + (f" `{kind.table}`" if kind.table else ""), kind.reads, kind.key, kind.when or _every(kind.table))
        for kind in KINDS
    ]
    return _table(("source", "what it reads", "key", "how often"), rows)


def _every(table: str) -> str:
    """The default of ``every_minutes`` in words."""
    annotation = SourcesTable.model_fields[table].annotation
    (model,) = {one for one in _walk(annotation) if isinstance(one, type) and issubclass(one, BaseModel)}
    minutes = model.model_fields["every_minutes"].default
    return f"every {minutes} minutes" if minutes % 60 else f"every {minutes // 60} hours".replace("every 1 hours", "every hour")


def _walk(annotation: object) -> Iterator[object]:
    yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _walk(inner)


#: Document -> the marked places in it and what belongs there.
GENERATED: dict[Path, dict[str, Callable[[], str]]] = {
    ROOT / "README.md": {"commands": commands, "sources": sources},
    ROOT / "docs" / "delivery.md": {"transitions": transitions, "outcomes": outcomes},
}


def renewed(document: Path) -> str:
    """The text of ``document`` with every generated place as it is today."""
    text = document.read_text(encoding="utf-8")
    for name, make in GENERATED[document].items():
        place = re.compile(rf"(<!-- {name}:[^\n]*-->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)
        assert place.search(text), f"{document} has no place for {name}"
        made = make()
        text = place.sub(lambda found, made=made: f"{found[1]}{made}{found[3]}", text)  # type: ignore[misc]
    return text


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    for document in GENERATED:
        document.write_text(renewed(document), encoding="utf-8")
