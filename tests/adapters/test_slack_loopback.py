"""The loopback Slack refuses what Slack refuses, so that a test that passes here means something."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack import BOT_TOKEN, MORE_SCOPES, SlackServer

HERE = "C0123ABCD"
BLOCK = {"type": "section", "text": {"type": "plain_text", "text": "x"}}


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def _modal(**fields: Any) -> dict[str, Any]:
    return {"type": "modal", "title": _plain("T"), "blocks": [BLOCK], **fields}


def _question(**fields: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "a", **fields}
    return {"type": "input", "block_id": "ask:f:q", "label": _plain("Q"), "element": element}


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        yield running


@pytest.fixture
def client(server: SlackServer) -> AsyncWebClient:
    return AsyncWebClient(token=BOT_TOKEN, base_url=server.api_url, retry_handlers=[])


async def refused(work: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await work
    return str(caught.value.response["error"])


async def test_a_trigger_opens_one_view_within_three_seconds(server: SlackServer, client: AsyncWebClient) -> None:
    trigger = server.trigger()
    await client.views_open(trigger_id=trigger, view=_modal())
    assert await refused(client.views_open(trigger_id=trigger, view=_modal())) == "exchanged_trigger_id"
    assert await refused(client.views_open(trigger_id="made.up", view=_modal())) == "invalid_trigger_id"
    late = server.trigger()
    server.advance(3.5)
    assert await refused(client.views_open(trigger_id=late, view=_modal())) == "expired_trigger_id"


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"type": "home", "blocks": [BLOCK]},
        _modal(title=_plain("x" * 25)),
        _modal(blocks=[BLOCK] * 101),
        _modal(blocks=[_question()]),
        _modal(submit=_plain("Go"), blocks=[_question(max_length=3_001)]),
        _modal(submit=_plain("Go"), blocks=[_question(max_length=3, initial_value="four")]),
        _modal(submit=_plain("Go"), blocks=[_question(), _question()]),
        _modal(submit=_plain("Go"), blocks=[{**_question(), "element": {"type": "static_select", "action_id": "a", "options": []}}]),
        _modal(private_metadata="x" * 3_001),
        _modal(colour="red"),
    ],
)
async def test_a_view_beyond_the_limits_is_no_view(server: SlackServer, client: AsyncWebClient, view: dict[str, Any]) -> None:
    assert await refused(client.views_open(trigger_id=server.trigger(), view=view)) == "invalid_arguments"
    assert server.modal() is None


async def test_a_view_of_too_many_bytes_is_too_large(server: SlackServer, client: AsyncWebClient) -> None:
    long = {"type": "section", "text": {"type": "plain_text", "text": "名" * 2_900}}
    assert await refused(client.views_open(trigger_id=server.trigger(), view=_modal(blocks=[long] * 40))) == "view_too_large"


async def test_views_are_changed_by_who_knows_their_newest_hash_while_they_are_open(server: SlackServer, client: AsyncWebClient) -> None:
    view = (await client.views_open(trigger_id=server.trigger(), view=_modal()))["view"]
    await client.views_update(view_id=view["id"], hash=view["hash"], view=_modal(title=_plain("U")))
    assert await refused(client.views_update(view_id=view["id"], hash=view["hash"], view=_modal())) == "hash_conflict"
    shown = server.modal()
    assert shown and shown.title == "U"
    server.close_view(shown)
    assert await refused(client.views_update(view_id=view["id"], view=_modal())) == "not_found"


async def test_at_most_three_views_lie_on_top_of_each_other(server: SlackServer, client: AsyncWebClient) -> None:
    assert await refused(client.views_push(trigger_id=server.trigger(), view=_modal())) == "not_found"
    await client.views_open(trigger_id=server.trigger(), view=_modal())
    for _ in range(2):
        await client.views_push(trigger_id=server.trigger(), view=_modal())
    assert await refused(client.views_push(trigger_id=server.trigger(), view=_modal())) == "push_limit_reached"


async def test_somebodys_page_is_a_home_view_and_has_a_hash(server: SlackServer, client: AsyncWebClient) -> None:
    assert await refused(client.views_publish(user_id="U7", view=_modal())) == "invalid_arguments"
    page = (await client.views_publish(user_id="U7", view={"type": "home", "blocks": [BLOCK]}))["view"]
    await client.views_publish(user_id="U7", hash=page["hash"], view={"type": "home", "blocks": [BLOCK]})
    assert await refused(client.views_publish(user_id="U7", hash=page["hash"], view={"type": "home", "blocks": []})) == "hash_conflict"


async def test_a_file_is_announced_uploaded_whole_and_shared_once_by_the_id_of_a_conversation(
    server: SlackServer, client: AsyncWebClient
) -> None:
    assert await refused(client.files_getUploadURLExternal(filename="x", length=0)) == "missing_argument"
    assert await refused(client.files_getUploadURLExternal(filename="x", length=1, alt_txt="x" * 1_001)) == "alt_txt_too_large"
    ticket = await client.files_getUploadURLExternal(filename="x", length=3)
    named = [{"id": ticket["file_id"], "title": "x"}]
    assert await refused(client.files_completeUploadExternal(files=named, channel_id=HERE)) == "file_not_found"
    upload = await _upload(ticket["upload_url"], b"four")
    assert upload == 400
    assert await _upload(ticket["upload_url"], b"abc") == 200
    assert await refused(client.files_completeUploadExternal(files=named, channel_id="U7")) == "invalid_channel"
    await client.files_completeUploadExternal(files=named, channel_id=HERE)
    assert await refused(client.files_completeUploadExternal(files=named, channel_id=HERE)) == "file_not_found"
    assert server.messages(HERE)[0].files[0].content == b"abc"
    server.scopes.discard("files:write")
    assert await refused(client.files_getUploadURLExternal(filename="x", length=3)) == "missing_scope"


async def test_only_links_that_were_told_get_a_preview(server: SlackServer, client: AsyncWebClient) -> None:
    unfurls = {"https://arxiv.org/abs/1": {"blocks": [BLOCK]}}
    assert await refused(client.chat_unfurl(channel=HERE, ts="1.1", unfurls=unfurls)) == "missing_scope"
    server.scopes |= set(MORE_SCOPES)
    assert await refused(client.chat_unfurl(channel=HERE, ts="1.1", unfurls=unfurls)) == "cannot_find_message"
    server.links_told(unfurl_id="un1", source="composer", channel=HERE, ts="1.1", urls=tuple(unfurls))
    other = {"https://arxiv.org/abs/2": {"blocks": [BLOCK]}}
    assert await refused(client.chat_unfurl(channel=HERE, ts="1.1", unfurls=other)) == "cannot_unfurl_url"
    assert await refused(client.chat_unfurl(unfurl_id="un1", unfurls=unfurls)) == "missing_unfurl_id"
    bad = {"https://arxiv.org/abs/1": {"blocks": [BLOCK] * 51}}
    assert await refused(client.chat_unfurl(unfurl_id="un1", source="composer", unfurls=bad)) == "cannot_parse_attachment"
    await client.chat_unfurl(unfurl_id="un1", source="composer", unfurls=unfurls)
    assert [preview.url for preview in server.previews] == list(unfurls)


async def test_people_fill_in_forms_as_slacks_client_lets_them(server: SlackServer, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=server.trigger(), view=_modal(submit=_plain("Go"), blocks=[_question(max_length=5)]))
    view = server.modal()
    assert view
    with pytest.raises(ValueError, match="5 characters"):
        view.put("q", "longer")
    with pytest.raises(ValueError, match="one line"):
        view.put("q", "a\nb")
    with pytest.raises(ValueError, match="before it sends"):
        await server.submit(view)
    view.put("q", "five")
    await client.views_update(view_id=view.id, view=_modal(submit=_plain("Go"), blocks=[BLOCK, _question(max_length=5)]))
    assert view.filled == {"q": ("five",)} and json.dumps(view.told())


async def _upload(url: str, content: bytes) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=content) as answer:
        return answer.status
