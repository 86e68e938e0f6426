"""Moments as the database keeps them: UTC text of fixed width, so that comparing text compares times."""

from __future__ import annotations

from datetime import datetime

from bot.clock import require_utc


def moment_text(moment: datetime) -> str:
    """``2026-04-22T12:00:00.000000+00:00``. ``ValueError`` for a moment that is not aware UTC."""
    return require_utc(moment).isoformat(timespec="microseconds")


def text_moment(text: str) -> datetime:
    """The moment that ``moment_text`` wrote."""
    return datetime.fromisoformat(text)
