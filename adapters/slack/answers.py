"""What Slack's answers mean. One table for posts; every error word Slack documents for them has its class here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.domain.deliveries import Outcome, Receipt

#: Seconds to wait where Slack says "too much" without saying how long.
WAIT = 60.0

OUTCOMES: dict[str, Outcome] = {
    code: outcome
    for outcome, codes in {
        Outcome.RATE_LIMITED: "ratelimited rate_limited message_limit_exceeded team_added_to_org",
        Outcome.UNCERTAIN: "internal_error fatal_error service_unavailable request_timeout",
        Outcome.BAD_CONTENT: "invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long no_text invalid_attachments "
        "too_many_attachments metadata_too_large invalid_metadata_format invalid_metadata_schema markdown_text_conflict "
        "invalid_arguments invalid_json json_not_object attachment_payload_limit_exceeded invalid_charset "
        "cant_update_message edit_window_closed",
        Outcome.NO_ACCESS: "not_in_channel is_archived restricted_action restricted_action_read_only_channel "
        "restricted_action_thread_only_channel restricted_action_non_threadable_channel restricted_action_thread_locked "
        "messages_tab_disabled cannot_reply_to_message ekm_access_denied posting_to_channel_denied cannot_dm_bot user_disabled "
        "as_user_not_supported cannot_post_to_user slack_connect_canvas_sharing_blocked is_inactive",
        Outcome.DELETED: "message_not_found",
        Outcome.GONE: "channel_not_found user_not_found",
        Outcome.BAD_TOKEN: "account_inactive token_revoked invalid_auth not_authed token_expired org_login_required access_denied "
        "two_factor_setup_required app_access_restricted missing_scope not_allowed_token_type no_permission team_access_not_granted "
        "enterprise_is_restricted team_not_found",
    }.items()
    for code in codes.split()
}

_WORKSPACE_WIDE = {"message_limit_exceeded", "team_added_to_org"}

#: What to do about a token that is not accepted.
BOT_TOKEN_STEP = "copy the Bot User OAuth Token (xoxb-) from OAuth & Permissions of your Slack app"  # noqa: S105 - advice, no secret
APP_TOKEN_STEP = "copy an App-Level Token (xapp-) with connections:write from Basic Information of your Slack app"  # noqa: S105


def receipt_of(error: BaseException) -> Receipt:
    """What an exception raised by a post means for the message."""
    if isinstance(error, SlackApiError):
        return _refused(error)
    return Receipt(outcome=Outcome.NOT_SENT if never_left(error) else Outcome.UNCERTAIN, error=type(error).__name__)


def never_left(error: BaseException) -> bool:
    """Whether no byte of the request can have reached Slack: no address, no connection, no encryption, no way past a proxy."""
    return isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.ClientHttpProxyError)


def error_word(error: SlackApiError) -> str:
    """Slack's own word for what is wrong; empty where the body is not Slack's."""
    data = _data(error)
    return str(data.get("error") or "")


def retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    try:
        return max(float(headers.get("Retry-After", WAIT)), 0.0)
    except ValueError:
        return WAIT


def detail(error: SlackApiError) -> str:
    """The error word with what Slack says about it: the scope that is missing, the places of bad blocks."""
    data, word = _data(error), error_word(error)
    if word == "missing_scope":
        return f"missing_scope (needed: {data.get('needed', 'unknown')})"
    reasons = data.get("errors")
    return f"{word}: {'; '.join(map(str, reasons[:3]))}"[:300] if isinstance(reasons, list) and reasons else word


def needed_scope(error: SlackApiError) -> str:
    """The scope that Slack names as missing; empty where it names none."""
    return str(_data(error).get("needed") or "")


def settled(error: SlackApiError) -> bool:
    """Whether Slack has decided, so that asking the same again is of no use."""
    word = error_word(error)
    return bool(word) and _status(error) < 500 and OUTCOMES.get(word) not in (Outcome.RATE_LIMITED, Outcome.UNCERTAIN)


def trouble(error: BaseException) -> str:
    """One word for what went wrong, free of secrets, for people and logs."""
    if isinstance(error, SlackApiError):
        return detail(error) or f"http_{_status(error)}"
    return "timeout" if isinstance(error, asyncio.TimeoutError) else type(error).__name__


def token_is_bad(error: BaseException) -> bool:
    return isinstance(error, SlackApiError) and OUTCOMES.get(error_word(error)) is Outcome.BAD_TOKEN


def _refused(error: SlackApiError) -> Receipt:
    status, word = _status(error), error_word(error)
    outcome = OUTCOMES.get(word)
    if status == 429 or outcome is Outcome.RATE_LIMITED:
        # Slack limits posts channel by channel; only these two words are about the whole workspace.
        bucket: Literal["destination", "platform"] = "platform" if word in _WORKSPACE_WIDE else "destination"
        return Receipt(outcome=Outcome.RATE_LIMITED, error=word or "ratelimited", retry_after=retry_after(error), bucket=bucket)
    if status >= 500 or not word:
        return Receipt(outcome=Outcome.UNCERTAIN, error=word or f"http_{status}")
    # A word nobody documented: whether the message stands is not known, so a look at the channel decides.
    return Receipt(outcome=outcome or Outcome.UNCERTAIN, error=detail(error))


def _status(error: SlackApiError) -> int:
    response = error.response
    return int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)


def _data(error: SlackApiError) -> Mapping[str, object]:
    data = getattr(error.response, "data", None)
    return data if isinstance(data, dict) else {}
