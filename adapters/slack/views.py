"""Opening and changing views: one request each, refused ones explained in one word."""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.answers import error_word, trouble
from adapters.slack.checks_views import check_view
from adapters.slack.render import Block

log = logging.getLogger(__name__)

#: The person was slower than Slack allows, or has moved on: nothing that anybody could mend.
_MOVED_ON = {"hash_conflict", "not_found", "view_not_found", "expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"}


async def open_view(client: AsyncWebClient, view: Block, *, trigger: str) -> tuple[str, str]:
    """The new view's id, or empty; then Slack's word for why not."""
    return await _ask(client, "open", view, trigger_id=trigger)


async def update_view(client: AsyncWebClient, view: Block, *, id: str, hash: str = "") -> tuple[str, str]:
    """The hash that the view has now, or empty; then Slack's word for why not. With ``hash`` only while nobody else changed it."""
    return await _ask(client, "update", view, view_id=id, hash=hash or None)


async def publish_view(client: AsyncWebClient, view: Block, *, user: str, hash: str = "") -> tuple[str, str]:
    """The hash that somebody's own page has now, or empty; then Slack's word for why not."""
    return await _ask(client, "publish", view, user_id=user, hash=hash or None)


async def _ask(client: AsyncWebClient, what: str, view: Block, **more: Any) -> tuple[str, str]:
    if refusal := check_view(view):
        log.error("a view does not fit Slack: %s", refusal)
        return "", refusal.code
    method = {"open": client.views_open, "update": client.views_update, "publish": client.views_publish}[what]
    try:
        answer = await method(view=view, **more)
    except Exception as error:
        word = error_word(error) if isinstance(error, SlackApiError) else ""
        tell = log.info if word in _MOVED_ON else log.warning
        tell("views.%s was not done: %s", what, trouble(error))
        return "", word or trouble(error)
    shown = answer.get("view") or {}
    return str(shown.get("id" if what == "open" else "hash") or ""), ""
